//! What the command line says about itself, and how it behaves where nobody watches.

mod hardtack;

use hardtack::{file, hardtack, scratch};
use std::process::{Command, Stdio};

/// The subcommands, as `--help` lists them.
fn subcommands() -> Vec<String> {
    let help = hardtack(["--help"]).exits(0).stdout;
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("a list of commands");
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_string).collect()
}

#[test]
fn help_teaches_by_examples() {
    let names = subcommands();
    for name in ["compile", "run", "verify", "dump", "diff", "size", "keygen", "sign", "completions", "man"] {
        assert!(names.iter().any(|n| n == name), "{name} is not listed: {names:?}");
    }
    hardtack(["--help"]).exits(0).mentions("Examples:").mentions("Exit codes:").mentions("NO_COLOR");
    for name in names.iter().filter(|name| *name != "help") {
        let help = hardtack([name, "--help"]).exits(0).stdout;
        let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{name} --help has no examples"));
        let uses = |line: &str| line.contains(&format!("hardtack {name}"));
        assert!(examples.lines().any(uses), "no example of {name} uses it:\n{examples}");
    }
    // Each of the commands in the overview's examples exists.
    let help = hardtack(["--help"]).stdout;
    let used = help.lines().filter_map(|line| line.trim().strip_prefix("hardtack ")?.split_whitespace().next());
    for used in used.filter(|word| !word.starts_with('-')) {
        assert!(names.iter().any(|n| n == used), "an example uses `hardtack {used}`");
    }
}

#[test]
fn misspelt_subcommands_and_options_are_recognised() {
    hardtack(["complie", "x"]).exits(2).complains("compile");
    hardtack(["run", "--feul", "3", "x"]).exits(2).complains("--fuel");
    hardtack(["man", "compil"]).exits(2).complains("did you mean `compile`");
    hardtack(["completions", "tcsh"]).exits(2).complains("fish");
}

#[test]
fn shells_complete() {
    for (shell, sign) in [
        ("bash", "complete -F _hardtack"),
        ("zsh", "#compdef hardtack"),
        ("fish", "complete -c hardtack"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[hardtack]"),
    ] {
        let script = hardtack(["completions", shell]).exits(0).mentions(sign).stdout;
        for name in subcommands() {
            assert!(script.contains(&name), "{shell} doesn't complete {name}");
        }
        assert!(script.contains("max-memory"), "{shell} doesn't complete options");
    }
    // The script works in a real shell.
    let script = hardtack(["completions", "bash"]).stdout;
    let dir = scratch("shells_complete");
    let script = file(&dir, "hardtack.bash", script);
    let ask = format!(
        "source {script}; COMP_WORDS=(hardtack comp); COMP_CWORD=1; _hardtack hardtack comp hardtack; echo ${{COMPREPLY[@]}}"
    );
    match Command::new("bash").args(["--norc", "-c", &ask]).output() {
        Ok(out) => assert_eq!(String::from_utf8_lossy(&out.stdout), "compile completions\n", "{out:?}"),
        Err(error) => println!("skipped in a real shell: no bash ({error})"),
    }
}

#[test]
fn every_subcommand_has_a_man_page() {
    let dir = scratch("every_subcommand_has_a_man_page");
    hardtack(["man", "--dir", dir.join("man1").to_str().unwrap()]).exits(0).prints("");
    let page = |name: &str| std::fs::read_to_string(dir.join("man1").join(format!("{name}.1"))).unwrap();
    assert!(page("hardtack").contains(".TH hardtack 1"), "{}", page("hardtack"));
    for name in subcommands().iter().filter(|name| *name != "help") {
        let text = page(&format!("hardtack-{name}"));
        assert!(text.contains(&format!("hardtack\\-{name}")), "{text}");
        assert!(text.contains(".SH EXAMPLES\n.nf\n  hardtack "), "{name} has no examples:\n{text}");
        assert_eq!(hardtack(["man", name]).exits(0).stdout, text);
    }
    assert_eq!(hardtack(["man"]).exits(0).stdout, page("hardtack"));
}

#[test]
fn colours_are_for_those_who_see_them() {
    let dir = scratch("colours_are_for_those_who_see_them");
    let a = file(&dir, "a.wat", r#"(module (func (export "f") (result i32) (i32.const 1)))"#);
    let b = file(&dir, "b.wat", r#"(module (func (export "f") (result i32) (i32.const 2)))"#);
    let run = |forced: bool, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hardtack"));
        command.args(args).env_remove("NO_COLOR").env_remove("CLICOLOR").stdin(Stdio::null());
        if forced {
            command.env("CLICOLOR_FORCE", "1")
        } else {
            command.env_remove("CLICOLOR_FORCE")
        };
        let out = command.output().expect("it starts");
        String::from_utf8([out.stdout, out.stderr].concat()).expect("text")
    };
    for args in [&["diff", &a, &b][..], &["size", &a], &["run", "missing.wasm"]] {
        let (plain, coloured) = (run(false, args), run(true, args));
        assert!(!plain.contains('\x1b'), "{plain:?}");
        assert!(coloured.contains('\x1b'), "{coloured:?}");
        let stripped = anstream::adapter::strip_str(&coloured).to_string();
        assert_eq!(stripped, plain);
    }
}

/// Where somebody watches: `script` gives the command a terminal.
#[cfg(target_os = "linux")]
#[test]
fn terminals_are_spared_binary_files_and_told_where_others_are() {
    let dir = scratch("terminals");
    let input = file(&dir, "a.wat", "(module)");
    let on_terminal = |command: &str| {
        let command = format!("{} {command}", env!("CARGO_BIN_EXE_hardtack"));
        Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .output()
    };
    let out = match on_terminal(&format!("compile {input} -o -")) {
        Ok(out) => out,
        Err(error) => return println!("skipped: no `script` to make a terminal ({error})"),
    };
    let text = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(2), "{text}");
    assert!(text.contains("name a file with -o") && text.contains("\x1b["), "{text:?}");
    // What is to be opened with something else is named where somebody reads it, and only there.
    let out = on_terminal(&format!("explore {input}")).expect("there is `script`");
    assert!(String::from_utf8_lossy(&out.stdout).contains("a.html"), "{out:?}");
    assert_eq!(hardtack(["explore", &input]).exits(0).stderr, "");
}
