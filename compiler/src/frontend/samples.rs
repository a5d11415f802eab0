//! Programs for tests: real ones, and made-up ones that go to extremes.

/// Names and bytes of the programs of the corpus: `HARDTACK_CORPUS` names its directory. Where there is
/// none, tests that use it have nothing to do.
pub(crate) fn corpus() -> Vec<(String, Vec<u8>)> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus");
    let directory = std::env::var("HARDTACK_CORPUS").unwrap_or_else(|_| default.to_string());
    let Ok(entries) = std::fs::read_dir(&directory) else {
        println!("no corpus at {directory}: set HARDTACK_CORPUS");
        return vec![];
    };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    paths.sort();
    let name = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read(path).expect("readable"))).collect()
}

/// A module with one function `(func (param i32))` of this body, encoded by hand: the text format nests natively.
fn with_body(body: &[u8]) -> Vec<u8> {
    fn leb(mut n: usize) -> Vec<u8> {
        let mut out = vec![];
        loop {
            let byte = (n & 0x7f) as u8;
            n >>= 7;
            out.push(if n == 0 { byte } else { byte | 0x80 });
            if n == 0 {
                return out;
            }
        }
    }
    let mut wasm = b"\0asm\x01\0\0\0\x01\x05\x01\x60\x01\x7f\0\x03\x02\x01\0".to_vec();
    let body = [&[0], body, &[0x0b]].concat();
    let section = [vec![1], leb(body.len()), body].concat();
    wasm.push(10);
    wasm.extend(leb(section.len()));
    wasm.extend(section);
    wasm
}

/// Functions that take quadratic time or deep recursion where anything does.
pub(crate) fn extremes() -> Vec<Vec<u8>> {
    let depth = 100_000;
    let nest = |open: &[u8], inner: &[u8], close: &[u8]| {
        with_body(&[open.repeat(depth), inner.to_vec(), close.repeat(depth)].concat())
    };
    let table = |count: u32, depths: &dyn Fn(u32) -> u8| {
        // local.get 0; br_table with `count` targets (less than 2^14) and the default 0
        let length = [(count & 0x7f) as u8 | 0x80, (count >> 7) as u8];
        let targets: Vec<u8> = (0..count).map(depths).collect();
        [&[0x20, 0, 0x0e][..], &length, &targets, &[0]].concat()
    };
    vec![
        // Nested blocks; blocks with an exit at the end; blocks with an exit at the start.
        nest(&[0x02, 0x40], &[], &[0x0b]),
        nest(&[0x02, 0x40], &[], &[0x20, 0, 0x0d, 0, 0x0b]),
        nest(&[0x02, 0x40, 0x20, 0, 0x0d, 0], &[], &[0x0b]),
        // Loops that read a local, and loops that write it.
        nest(&[0x03, 0x40], &[0x20, 0, 0x1a], &[0x0b]),
        nest(&[0x03, 0x40], &[], &[0x20, 0, 0x45, 0x22, 0, 0x0d, 0, 0x0b]),
        // `if`s with a second arm each.
        nest(&[0x20, 0, 0x04, 0x40], &[], &[0x05, 0x20, 0, 0x45, 0x21, 0, 0x0b]),
        // One block with very many exits.
        with_body(&[&[0x02, 0x40][..], &[0x20, 0, 0x0d, 0].repeat(2 * depth), &[0x0b]].concat()),
        // Loops one after another, each of which changes the local.
        with_body(&[0x03, 0x40, 0x20, 0, 0x45, 0x22, 0, 0x0d, 0, 0x0b].repeat(depth / 2)),
        // Tables: one of many targets that are few blocks, and very many tables.
        with_body(
            &[&[0x02, 0x40].repeat(100)[..], &table(16_000, &|nth| (nth % 100) as u8), &[0x0b].repeat(100)].concat(),
        ),
        with_body(&[&[0x02, 0x40][..], &table(128, &|_| 0), &[0x0b]].concat().repeat(10_000)),
        // A long chain of additions of constants.
        with_body(&[&[0x20, 0][..], &[0x41, 1, 0x6a].repeat(2 * depth), &[0x21, 0]].concat()),
    ]
}
