//! `hardtack keygen`, `sign` and `verify --key`.

mod hardtack;

use hardtack::{file, hardtack, scratch, with_input};
use std::path::Path;
use std::process::Command;

const ANSWER: &str = r#"(module (func (export "answer") (result i32) (i32.const 42)))"#;

/// A directory with keys `one` and `two`, and `answer.tack`, which isn't signed.
fn prepared(test: &str) -> (std::path::PathBuf, impl Fn(&str) -> String) {
    let dir = scratch(test);
    let input = file(&dir, "answer.wat", ANSWER);
    hardtack(["compile", &input]).exits(0);
    let here = dir.clone();
    let path = move |name: &str| here.join(name).to_str().unwrap().to_string();
    for name in ["one", "two"] {
        hardtack(["keygen", &path(name)]).exits(0).mentions("the secret key").mentions("the public key");
    }
    (dir, path)
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn keys_are_made_once() {
    let (_, path) = prepared("keys_are_made_once");
    let text = |name: &str| String::from_utf8(read(&path(name))).unwrap();
    assert!(text("one.key").starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(text("one.pub").starts_with("-----BEGIN PUBLIC KEY-----\n"));
    assert_ne!(text("one.pub"), text("two.pub"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path("one.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others can read the secret key: {mode:o}");
    }
    let before = text("one.key");
    hardtack(["keygen", &path("one")]).exits(1).complains("is there already").complains("--force");
    assert_eq!(text("one.key"), before);
    // Half a pair is not made a whole one of another.
    std::fs::remove_file(path("one.key")).unwrap();
    hardtack(["keygen", &path("one")]).exits(1).complains("one.pub");
    assert!(!Path::new(&path("one.key")).exists());
    hardtack(["keygen", &path("one"), "--force"]).exits(0);
    assert_ne!(text("one.key"), before);
}

#[test]
fn what_is_signed_is_verified_and_runs() {
    let (_, path) = prepared("what_is_signed_is_verified_and_runs");
    let (plain, signed) = (path("answer.tack"), path("signed.tack"));
    let before = read(&plain);
    hardtack(["sign", &plain, "--key", &path("one.key"), "-o", &signed]).exits(0).prints("");
    assert_eq!(read(&plain), before);
    hardtack(["verify", &signed, "--key", &path("one.pub")]).exits(0).mentions(", signed by ");
    hardtack(["verify", &signed, "--key", &path("two.pub"), "--key", &path("one.pub")]).exits(0);
    hardtack(["run", &signed, "--invoke", "answer"]).exits(0).prints("42\n");
    hardtack(["verify", &signed]).exits(0).mentions("not checked");
    hardtack(["verify", &signed, "--json"]).exits(0).mentions(r#""checked":false"#);
    hardtack(["verify", &signed, "--json", "--key", &path("one.pub")]).exits(0).mentions(r#""checked":true"#);
    hardtack(["verify", &plain, "--json"]).exits(0).mentions(r#""signature":null"#);

    // In place and by way of pipes: the same bytes, since nothing about a signature is random.
    hardtack(["sign", &plain, "--key", &path("one.key")]).exits(0);
    assert_eq!(read(&plain), read(&signed));
    let piped = path("piped.tack");
    with_input(["sign", "-", "-k", &path("one.key"), "-o", &piped], &before).exits(0);
    assert_eq!(read(&piped), read(&signed));
    // A second signature takes the place of the first, and taking it out leaves what was there before.
    hardtack(["sign", &plain, "--key", &path("two.key")]).exits(0);
    hardtack(["verify", &plain, "--key", &path("one.pub")]).exits(1).complains("not trusted");
    hardtack(["verify", &plain, "--key", &path("two.pub")]).exits(0);
    hardtack(["sign", &plain, "--remove"]).exits(0);
    assert_eq!(read(&plain), before);
}

#[test]
fn what_is_not_signed_is_refused() {
    let (dir, path) = prepared("what_is_not_signed_is_refused");
    let (plain, signed) = (path("answer.tack"), path("signed.tack"));
    hardtack(["sign", &plain, "--key", &path("one.key"), "-o", &signed]).exits(0);
    let public = path("one.pub");
    hardtack(["verify", &plain, "--key", &public]).exits(1).complains("answer.tack: the file is not signed");
    let good = read(&signed);

    // Damage that the VM doesn't see: the signature itself, and debug information.
    let mut bad = good.clone();
    *bad.last_mut().unwrap() ^= 1;
    let bad = file(&dir, "bad.tack", bad);
    hardtack(["verify", &bad]).exits(0);
    hardtack(["verify", &bad, "--key", &public]).exits(1).complains("does not match");
    hardtack(["verify", &bad, "--key", &public, "--json"])
        .exits(1)
        .mentions(r#""ok":false"#)
        .mentions("does not match");

    // Truncated: the length in the header gives it away.
    let short = file(&dir, "short.tack", &good[..good.len() - 1]);
    hardtack(["verify", &short, "--key", &public]).exits(1).complains("short.tack: ");
    // One of several.
    hardtack(["verify", &signed, &plain, "--key", &public])
        .exits(1)
        .mentions("signed.tack: ok")
        .complains("answer.tack");
}

#[test]
fn signatures_may_lie_beside_the_file() {
    let (dir, path) = prepared("signatures_may_lie_beside_the_file");
    let (plain, public) = (path("answer.tack"), path("one.pub"));
    let before = read(&plain);
    hardtack(["sign", &plain, "--key", &path("one.key"), "--detached"]).exits(0);
    assert_eq!(read(&plain), before);
    let sig = path("answer.tack.sig");
    let signature = read(&sig);
    assert_eq!(signature.len(), 64);
    hardtack(["verify", &plain, "--key", &public, "--signature", &sig]).exits(0).mentions("signed by");
    hardtack(["verify", &plain, "--key", &path("two.pub"), "--signature", &sig]).exits(1).complains("does not match");
    let short = file(&dir, "short.sig", &signature[1..]);
    hardtack(["verify", &plain, "--key", &public, "--signature", &short]).exits(1).complains("63 bytes");
    hardtack(["verify", &plain, "--signature", &sig]).exits(2).complains("--key");
    hardtack(["verify", &plain, &plain, "--key", &public, "--signature", &sig]).exits(2);
}

#[test]
fn keys_and_files_that_are_none_are_told() {
    let (dir, path) = prepared("keys_and_files_that_are_none_are_told");
    let plain = path("answer.tack");
    hardtack(["sign", &plain, "--key", &path("one.pub")]).exits(1).complains("holds a public key");
    hardtack(["verify", &plain, "--key", &path("one.key")]).exits(1).complains("holds a secret key");
    let none = file(&dir, "none.pub", "nothing");
    hardtack(["verify", &plain, "--key", &none]).exits(1).complains("none.pub").complains("not an Ed25519 public key");
    hardtack(["sign", &plain, "--key", &none]).exits(1).complains("none.pub").complains("not an Ed25519 secret key");
    hardtack(["sign", &plain]).exits(2).complains("--key");
    hardtack(["sign", &path("answer.wat"), "--key", &path("one.key")]).exits(1).complains("hardtack compile");
    // Nobody signs what nobody can load.
    let mut bytes = read(&plain);
    bytes[100] ^= 0xff;
    let damaged = file(&dir, "damaged.tack", bytes);
    hardtack(["sign", &damaged, "--key", &path("one.key")]).exits(1).complains("damaged.tack: ");
}

/// The promise in `sign --help`: other tools can make keys, and check.
#[test]
fn openssl_agrees() {
    let openssl = |args: &[&str]| Command::new("openssl").args(args).output();
    if !openssl(&["version"]).is_ok_and(|out| out.status.success()) {
        println!("skipped: there is no openssl here");
        return;
    }
    let (dir, path) = prepared("openssl_agrees");
    let (signed, key, public) = (path("signed.tack"), path("theirs.key"), path("theirs.pub"));
    let succeeds = |args: &[&str]| {
        let out = openssl(args).expect("it started before");
        assert!(out.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    };
    succeeds(&["genpkey", "-algorithm", "ed25519", "-out", &key]);
    succeeds(&["pkey", "-in", &key, "-pubout", "-out", &public]);
    hardtack(["sign", &path("answer.tack"), "--key", &key, "-o", &signed]).exits(0);
    hardtack(["verify", &signed, "--key", &public]).exits(0);
    let bytes = read(&signed);
    let (message, signature) = bytes.split_at(bytes.len() - 64);
    let (message, signature) = (file(&dir, "message", message), file(&dir, "signature", signature));
    succeeds(&["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", &public, "-in", &message, "-sigfile", &signature]);
}
