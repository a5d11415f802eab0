//! The official preview 1 programs, run by the real binary.

mod hardtack;
mod testsuite;

use hardtack::{hardtack, scratch};
use std::path::Path;
use testsuite::{Ended, Given, all_pass, entries};

/// Programs that can't pass on this system, and why. One that passes all the same fails the test.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn all_programs_pass() {
    let scratch = scratch("wasi_testsuite");
    all_pass(EXCEPTIONS, |given| run(given, &scratch));
}

fn run(given: &Given, scratch: &Path) -> Result<Ended, String> {
    let mut args: Vec<String> = vec!["run".into()];
    if let Some(root) = &given.root {
        let copy = scratch.join(given.name.replace('/', "-"));
        copy_dir(root, &copy).map_err(|error| format!("copying {}: {error}", root.display()))?;
        args.extend(["--dir".into(), format!("{}::/", copy.display())]);
    }
    for (name, value) in &given.env {
        args.extend(["--env".into(), format!("{name}={value}")]);
    }
    args.extend([given.program.display().to_string(), "--".into()]);
    args.extend(given.args.iter().cloned());
    let ran = hardtack(&args);
    Ok(Ended { code: ran.code.into(), stdout: ran.stdout, stderr: ran.stderr })
}

fn copy_dir(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for path in entries(from) {
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_dir(&path, &target)?;
        } else {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}
