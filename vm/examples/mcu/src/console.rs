//! What the firmware prints, without the standard library's formatting.

use cortex_m_semihosting::hio;

/// Prints a line.
pub fn line(text: &str) {
    write(text.as_bytes());
    write(b"\n");
}

/// Prints a name and a number.
pub fn number(name: &str, mut value: usize) {
    let mut digits = [0; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    write(name.as_bytes());
    write(b": ");
    write(&digits[at..]);
    write(b"\n");
}

fn write(bytes: &[u8]) {
    if let Ok(mut console) = hio::hstdout() {
        let _ = console.write_all(bytes);
    }
}
