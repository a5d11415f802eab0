//! The Swift package, compiled and tested where there is a Swift toolchain.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[test]
fn compiles_and_runs() {
    let there_is = |program: &str| Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    for program in ["swift", "pkg-config"] {
        if !there_is(program) {
            println!("skipped: there is no `{program}`");
            return;
        }
    }
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("swift");
    fs::create_dir_all(&place).expect("a directory can be made");
    let tests = env::current_exe().expect("tests have a path");
    let libraries = tests.parent().expect("tests lie somewhere");
    let mut install = Command::new(home.join("install.sh"));
    install.arg("--prefix").arg(place.join("prefix")).arg("--from").arg(libraries);
    assert!(install.status().expect("the script runs").success());
    let plugin = fs::read(home.join("examples/plugin.wat")).expect("the plugin is there");
    let plugin = hardtack_compiler::compile(&plugin, &Default::default()).expect("the plugin compiles");
    fs::write(place.join("plugin.tack"), plugin).expect("the plugin can be written");
    let mut test = Command::new("swift");
    test.arg("test").arg("--package-path").arg(home.join("swift")).arg("--scratch-path").arg(place.join("build"));
    test.env("PKG_CONFIG_PATH", place.join("prefix/lib/pkgconfig")).env("LD_LIBRARY_PATH", place.join("prefix/lib"));
    test.env("HARDTACK_PLUGIN", place.join("plugin.tack"));
    assert!(test.status().expect("swift runs").success(), "the package fails its tests");
}
