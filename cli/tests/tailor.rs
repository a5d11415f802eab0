//! `hardtack tailor`, `--isa` wherever there is one, and `hardtack stats --record`. What a VM that has the set does is in `tailored.rs`.

mod hardtack;

use hardtack::{file, hardtack, scratch};
use std::path::Path;

const WORK: &str = include_str!("tailored/work.wat");
/// Another module, with other instructions.
const OTHER: &str = r#"(module (func (export "run") (param i64 i64) (result i64) (local i64)
    (loop $next
        (local.set 2 (i64.add (local.get 2) (i64.shr_u (local.get 0) (local.get 1))))
        (br_if $next (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (local.get 1))))
    (local.get 2)))"#;

fn text(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn rows(set: &str) -> usize {
    text(set).lines().filter(|line| line.trim_start().starts_with("family base {")).count()
}

/// What the file is compiled for, as `dump --isa` says.
fn identity(tack: &str, set: &str) -> String {
    let dump = hardtack(["dump", tack, "--isa", set]).exits(0).stdout;
    let line = dump.lines().find_map(|line| line.strip_prefix("instruction set "));
    line.unwrap_or_else(|| panic!("{dump}")).to_string()
}

#[test]
fn the_same_modules_give_the_same_set() {
    let dir = scratch("the_same_modules_give_the_same_set");
    let (work, other) = (file(&dir, "work.wat", WORK), file(&dir, "other.wat", OTHER));
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let (set, again) = (path("app.isa"), path("again.isa"));
    for out in [&set, &again] {
        hardtack(["tailor", &work, &other, "-o", out])
            .exits(0)
            .prints("")
            .complains("bytes of handlers")
            .complains("% of the dispatches of")
            .complains("other.wat");
    }
    assert_eq!(text(&set), text(&again));
    hardtack(["tailor", &work, &other]).exits(0).prints(&text(&set));
    assert!(rows(&set) > 3, "{}", text(&set));
    assert!(text(&set).contains("% of the dispatches: "), "each row says what it saves:\n{}", text(&set));

    hardtack(["tailor", &work, "--rows", "2", "-o", &set]).exits(0);
    assert_eq!(rows(&set), 2, "{}", text(&set));
    hardtack(["tailor", &work, "--budget", "0", "-o", &set]).exits(0).complains("0 instructions");
    assert_eq!(rows(&set), 0, "{}", text(&set));
    hardtack(["tailor", &work, "--budget", "64", "--rows", "3"]).exits(2).complains("--budget");
    hardtack(["tailor"]).exits(2).complains("FILE");
    hardtack(["tailor", &path("none.wat")]).exits(1).complains("none.wat");
}

#[test]
fn vms_without_the_set_refuse_the_file_by_name() {
    let dir = scratch("vms_without_the_set_refuse_the_file_by_name");
    let work = file(&dir, "work.wat", WORK);
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let (set, tack, plain) = (path("app.isa"), path("work.tack"), path("plain.tack"));
    hardtack(["tailor", &work, "-o", &set]).exits(0);
    hardtack(["compile", &work, "--isa", &set]).exits(0);
    hardtack(["compile", &work, "-o", &plain]).exits(0);
    let identity = identity(&tack, &set);
    assert!(std::fs::read(&tack).unwrap().len() < std::fs::read(&plain).unwrap().len(), "the set makes it shorter");
    hardtack(["keygen", &path("key")]).exits(0);
    let key = path("key.key");
    let commands: [&[&str]; 7] = [
        &["verify", &tack],
        &["run", &tack, "--invoke", "run", "1"],
        &["run", &work, "--isa", &set, "--invoke", "run", "1"],
        &["stats", &tack, "--isa", &set, "--invoke", "run", "1"],
        &["profile", &tack, "--invoke", "run", "1"],
        &["sign", &tack, "--key", &key],
        &["tailor", &tack],
    ];
    for command in commands {
        hardtack(command).exits(1).complains(&identity).complains("isa!").complains("--isa");
    }
    hardtack(["verify", "--json", &tack]).exits(1).mentions(r#""ok":false"#).mentions(&identity);
    hardtack(["tailor", &work, "--isa", &set]).exits(2).complains("leave out --isa");
    // The file itself is whole.
    hardtack(["run", &plain, "--symbols", &tack, "--invoke", "run", "1"]).exits(2).complains("belong to build");

    let bad = file(&dir, "bad.isa", "rows! {\n    familly base");
    hardtack(["compile", &work, "--isa", &bad]).exits(2).complains("bad.isa").complains("familly");
    hardtack(["compile", &work, "--isa", &path("none.isa")]).exits(2).complains("none.isa");
}

#[test]
fn files_of_a_set_can_be_looked_into() {
    let dir = scratch("files_of_a_set_can_be_looked_into");
    let (work, other) = (file(&dir, "work.wat", WORK), file(&dir, "other.wat", OTHER));
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let (set, wrong, tack, page) = (path("app.isa"), path("wrong.isa"), path("work.tack"), path("work.html"));
    hardtack(["tailor", &work, "-o", &set]).exits(0);
    hardtack(["tailor", &other, "-o", &wrong]).exits(0);
    hardtack(["compile", &work, "--isa", &set]).exits(0);
    let identity = identity(&tack, &set);

    let dump = hardtack(["dump", &tack, "--isa", &set]).exits(0);
    assert!(dump.stdout.contains(r#"export "run": func (i32) -> (i32)"#), "{dump:?}");
    assert!(dump.stdout.lines().any(|line| line.starts_with("  own")), "{dump:?}");
    assert!(!dump.stdout.contains("not safe to load"), "{dump:?}");
    let func = hardtack(["dump", &tack, "--isa", &set, "--func", "mix"]).exits(0).stdout;
    hardtack(["dump", &work, "--isa", &set, "--func", "mix"]).exits(0).prints(&func);
    let emitted = hardtack(["compile", &work, "--isa", &set, "--emit", "tack", "--func", "run"]).exits(0).stdout;
    assert!(emitted.lines().any(|line| line.trim_start().starts_with("own")), "{emitted}");

    hardtack(["diff", &tack, &work, "--isa", &set]).exits(0).mentions("The same build.");
    let plain = path("plain.tack");
    hardtack(["compile", &work, "-o", &plain]).exits(0);
    hardtack(["diff", &plain, &tack, "--isa", &set]).exits(1).mentions("+  own");
    hardtack(["size", &tack, "--isa", &set]).exits(0).mentions("mix");
    hardtack(["explore", &tack, "--isa", &set, "-o", &page]).exits(0);
    assert!(text(&page).contains("  own"));
    hardtack(["explore", &work, "--isa", &set, "-o", &page]).exits(0);
    assert!(text(&page).contains("  own"));

    // Without the set, or with another, they say which is meant. For `diff`, 2 is any failure.
    let commands: [&[&str]; 4] =
        [&["dump", &tack], &["diff", &tack, &plain], &["size", &tack], &["explore", "-o", &page, &tack]];
    for command in commands {
        hardtack(command).exits(2).complains(&identity).complains("--isa");
        let other: [&str; 2] = ["--isa", &wrong];
        hardtack(command.iter().chain(&other)).exits(2).complains(&identity).complains("--isa names set");
    }
    // A damaged file is refused whether its code can be checked here or not.
    let mut bytes = std::fs::read(&tack).unwrap();
    // In the declarations.
    bytes[0x90] ^= 1;
    let bad = file(&dir, "bad.tack", bytes);
    hardtack(["size", &bad, "--isa", &set]).exits(1).complains("bad.tack");
}

#[test]
fn profiles_add_up_and_are_used() {
    let dir = scratch("profiles_add_up_and_are_used");
    let (work, other) = (file(&dir, "work.wat", WORK), file(&dir, "other.wat", OTHER));
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let (profile, set, guessed) = (path("app.profile"), path("app.isa"), path("guessed.isa"));
    let counts = || -> Vec<(u64, u64)> {
        let text = text(&profile);
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        lines.filter_map(|(unit, count)| Some((unit.parse().ok()?, count.parse().ok()?))).collect()
    };
    let record = ["stats", &work, "--record", &profile, "--invoke", "run", "20"];
    hardtack(record).exits(0);
    let once = counts();
    assert!(once.len() > 5 && once.iter().any(|(_, count)| *count > 100), "{once:?}");
    hardtack(record).exits(0);
    assert_eq!(counts(), once.iter().map(|(unit, count)| (*unit, 2 * count)).collect::<Vec<_>>());

    hardtack(["tailor", &work, "--profile", &profile, "-o", &set]).exits(0);
    assert!(text(&set).contains("(by profile)"), "{}", text(&set));
    hardtack(["tailor", &work, "-o", &guessed]).exits(0);
    assert!(text(&guessed).contains("(by its loops)"), "{}", text(&guessed));

    // A module that it knows nothing of; one among others is only mentioned.
    hardtack(["tailor", &other, "--profile", &profile]).exits(1).complains("knows no run of").complains("--record");
    hardtack(["tailor", &work, "-O0", "--profile", &profile]).exits(1).complains("knows no run of");
    hardtack(["tailor", &work, &other, "--profile", &profile]).exits(0).complains("is judged by its loops");
    // Something else.
    let before = text(&profile);
    let bad = file(&dir, "bad.profile", before.replacen(' ', "", 3));
    hardtack(["tailor", &work, "--profile", &bad]).exits(1).complains("bad.profile").complains("1");
    hardtack(["stats", &work, "--record", &bad, "--invoke", "run", "1"]).exits(1).complains("bad.profile").prints("");
    hardtack(["tailor", &work, "--profile", &path("none.profile")]).exits(1).complains("none.profile");
}

#[test]
fn a_pruned_set_names_what_it_leaves_out() {
    let dir = scratch("a_pruned_set_names_what_it_leaves_out");
    let (work, other) = (file(&dir, "work.wat", WORK), file(&dir, "other.wat", OTHER));
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let (set, whole, tack) = (path("app.isa"), path("whole.isa"), path("work.tack"));
    hardtack(["tailor", &work, "--prune", "-o", &set]).exits(0);
    hardtack(["tailor", &work, "-o", &whole]).exits(0);
    assert!(text(&set).contains("without [") && !text(&whole).contains("without ["), "{}", text(&set));
    hardtack(["compile", &work, "--isa", &set, "-o", &tack]).exits(0);
    let pruned = identity(&tack, &set);
    hardtack(["compile", &work, "--isa", &whole, "-o", &tack]).exits(0);
    assert_ne!(pruned, identity(&tack, &whole), "what is left out is part of the identity");
    // Other modules can do without as well.
    hardtack(["compile", &other, "--isa", &set, "-o", &tack]).exits(0);
    assert_eq!(identity(&tack, &set), pruned);
}

#[test]
fn a_runner_is_a_project() {
    let dir = scratch("a_runner_is_a_project");
    let work = file(&dir, "work.wat", WORK);
    let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
    let (set, runner) = (path("app.isa"), path("new/runner"));
    hardtack(["tailor", &work, "--runner", &runner]).exits(0).prints("").complains("cargo build --release");
    hardtack(["tailor", &work, "--runner", &runner, "-o", &set]).exits(0);
    assert_eq!(text(&format!("{runner}/app.isa")), text(&set));
    let manifest: toml::Table = text(&format!("{runner}/Cargo.toml")).parse().expect("it is TOML");
    for name in ["hardtack-cli", "hardtack-vm"] {
        let place = manifest["dependencies"][name]["path"].as_str().expect("the sources are here");
        let package: toml::Table = text(&format!("{place}/Cargo.toml")).parse().expect("it is TOML");
        assert_eq!(package["package"]["name"].as_str(), Some(name));
    }
    assert!(text(&format!("{runner}/src/main.rs")).contains(r#"isa!(APP = "../app.isa")"#));

    // For a set that is there, in place of another.
    hardtack(["tailor", &work, "--rows", "1", "-o", &set]).exits(0);
    hardtack(["tailor", "--isa", &set, "--runner", &runner]).exits(0);
    assert_eq!(text(&format!("{runner}/app.isa")), text(&set));
    hardtack(["tailor", "--isa", &set]).exits(2).complains("--runner");
    hardtack(["tailor", "--isa", &set, "--runner", &runner, &work]).exits(2).complains("leave out");

    // What isn't a runner stays as it is.
    let project = path("project");
    std::fs::create_dir(&project).unwrap();
    let theirs = file(Path::new(&project), "Cargo.toml", "[package]\nname = \"theirs\"\n");
    hardtack(["tailor", &work, "--runner", &project]).exits(2).complains("no runner");
    assert_eq!(text(&theirs), "[package]\nname = \"theirs\"\n");
    assert_eq!(std::fs::read_dir(&project).unwrap().count(), 1);
    hardtack(["tailor", &work, "--runner", &work]).exits(1).complains("work.wat");
}
