//! The C and C++ programs, built with the system's compilers against both libraries, and run.
//!
//! With HARDTACK_VALGRIND set they run under valgrind, which then must find nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::{env, fs};

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether a program can be run.
fn there_is(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Why the programs can't be built here, if they can't.
fn hindrance(compiler: &str) -> Option<String> {
    if !cfg!(unix) {
        return Some("the test knows the command lines of unix compilers only".into());
    }
    (!there_is(compiler)).then(|| format!("there is no `{compiler}`"))
}

/// Runs a command that has to succeed.
fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}\n{err}", output.status);
    output
}

/// A directory for this run's files, with the libraries installed in `prefix`, by the script that users install them with.
fn place() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).expect("a directory can be made");
        // The libraries are where the tests are.
        let tests = env::current_exe().expect("tests have a path");
        let libraries = tests.parent().expect("tests lie somewhere");
        let mut install = Command::new(home().join("install.sh"));
        install.arg("--prefix").arg(place.join("prefix")).arg("--from").arg(libraries);
        if !cfg!(feature = "wasi") {
            install.arg("--no-wasi");
        }
        run(&mut install);
        place
    })
}

/// What pkg-config says, or what it would say where there is none.
fn flags(library: &str) -> Vec<String> {
    let prefix = place().join("prefix");
    let file = fs::read_to_string(prefix.join("lib/pkgconfig/hardtack.pc")).expect("the file was installed");
    let value = |key: &str| -> String {
        let line = file.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("{key} is there"));
        let prefix = prefix.to_str().expect("paths are text");
        line.replace("${includedir}", "${prefix}/include")
            .replace("${libdir}", "${prefix}/lib")
            .replace("${prefix}", prefix)
    };
    let said = if there_is("pkg-config") {
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")).args(["--cflags", "--libs", "hardtack"]);
        if library == "static" {
            command.arg("--static");
        }
        String::from_utf8(run(&mut command).stdout).expect("flags are text")
    } else {
        println!("there is no pkg-config: the file is read here");
        format!("{} {} {}", value("Cflags:"), value("Libs:"), value("Libs.private:"))
    };
    let static_library = prefix.join("lib/libhardtack.a").display().to_string();
    said.split_whitespace()
        .map(|flag| if library == "static" && flag == "-lhardtack" { static_library.clone() } else { flag.into() })
        .collect()
}

/// Compiles a module, builds a program, runs it with the module, and returns what it prints.
fn program(compiler: &str, library: &str, source: &str, module: &str) -> Option<String> {
    if let Some(hindrance) = hindrance(compiler) {
        println!("skipped: {hindrance}");
        return None;
    }
    let source = home().join(source);
    let name = format!("{}-{}-{library}", source.file_stem()?.to_str()?, compiler.replace('+', "p"));
    let (binary, tack) = (place().join(&name), place().join(format!("{name}.tack")));
    let wat = fs::read(home().join(module)).expect("the module is there");
    let bytes = hardtack_compiler::compile(&wat, &Default::default()).expect("the module compiles");
    fs::write(&tack, bytes).expect("the module can be written");
    let standard = if compiler == "g++" { "-std=c++17" } else { "-std=c99" };
    let mut build = Command::new(compiler);
    build.args([standard, "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic"]).arg(&source).arg("-o").arg(&binary);
    build.args(flags(library));
    // A static library has no run path of its own; C++ threads need this on older systems.
    build.arg("-pthread").arg(format!("-Wl,-rpath,{}", place().join("prefix/lib").display()));
    run(&mut build);
    let mut command = if env::var_os("HARDTACK_VALGRIND").is_some() {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["-q", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect", "--error-exitcode=99"]);
        valgrind.arg(&binary);
        valgrind
    } else {
        Command::new(&binary)
    };
    let output = run(command.arg(&tack).current_dir(place()));
    Some(String::from_utf8(output.stdout).expect("programs print text"))
}

/// What both plugin hosts have to say about a plugin.
fn has_lines(text: Option<String>, lines: &[&str]) {
    let Some(text) = text else { return };
    for line in lines {
        assert!(text.lines().any(|found| found == *line), "`{line}` isn't in:\n{text}");
    }
}

#[test]
fn the_example_in_c() {
    let lines = [
        "logged: hello from the plugin",
        "it has spoken 1 time",
        "sum(100) = 5050",
        "it asked for all memory and got 16 pages",
        "lie: the plugin talks too much",
        "spin: all fuel consumed",
        "kind 6: sing: there is no exported function named `sing`; did you mean `spin`?",
    ];
    for library in ["static", "shared"] {
        has_lines(program("gcc", library, "examples/plugin.c", "examples/plugin.wat"), &lines);
    }
}

#[test]
fn the_example_in_cpp() {
    let lines = [
        "it needs host.log",
        "logged: hello from the plugin",
        "sum(100) = 5050",
        "spin: interrupted",
        "lie: the plugin lies about its memory",
        "dig: call stack exhausted, 64 frames and more",
    ];
    has_lines(program("g++", "static", "examples/plugin.cpp", "examples/plugin.wat"), &lines);
}

#[test]
fn every_function() {
    has_lines(program("gcc", "static", "tests/c/api.c", "tests/c/api.wat"), &["all is well"]);
}

#[cfg(feature = "wasi")]
#[test]
fn wasi() {
    has_lines(program("gcc", "static", "tests/c/wasi.c", "tests/c/wasi.wat"), &["hello", "all is well"]);
}
