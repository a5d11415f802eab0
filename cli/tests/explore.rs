//! `hardtack explore`, and how it and the flame graph of `hardtack profile` look.
//!
//! With `HARDTACK_CHROMIUM=1` the page is loaded in headless Chromium; `HARDTACK_CHROMIUM=install` installs Debian's first.

mod hardtack;

use hardtack::{file, hardtack, scratch};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const SUM: &str = r#"(module
    (memory (export "memory") 1)
    (func $double (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
    (func $"su<m" (export "sum") (param $n i32) (result i32) (local $total i32)
        (loop $next
            (local.set $total (i32.add (local.get $total) (i32.load offset=8 (local.get $n))))
            (local.set $n (i32.sub (local.get $n) (i32.const 4)))
            (br_if $next (local.get $n)))
        (call $double (local.get $total))))"#;

/// Writes a page and reads it back.
fn explore(args: &[&str], page: &Path) -> String {
    let args = ["explore"].iter().chain(args).copied().chain(["-o", page.to_str().unwrap()]);
    hardtack(args).exits(0).prints("");
    std::fs::read_to_string(page).unwrap()
}

/// The data of an element of the page.
fn data(page: &str, id: &str) -> Value {
    let start = format!("<script type=\"application/json\" id=\"{id}\">");
    let text = page.split_once(&start).unwrap_or_else(|| panic!("no {id}")).1;
    serde_json::from_str(text.split_once("</script>").unwrap().0).unwrap()
}

/// Links of the lines of a column that contain a text.
fn links(function: &Value, column: &str, text: &str) -> Vec<u64> {
    let lines = function[column].as_array().unwrap().iter();
    lines.filter(|l| l[1].as_str().unwrap().contains(text)).map(|l| l[0].as_u64().unwrap()).collect()
}

#[test]
fn lines_are_linked_to_what_they_came_from() {
    let dir = scratch("lines_are_linked_to_what_they_came_from");
    let input = file(&dir, "sum.wat", SUM);
    for level in ["-O0", "-O2"] {
        let page = explore(&[level, "--no-inline", &input], &dir.join("sum.html"));
        assert!(page.contains("<title>"), "{}", &page[..200]);
        let module = data(&page, "module");
        assert_eq!(module["functions"].as_array().unwrap().len(), 2);
        assert_eq!(module["functions"][1][1], "su<m");
        let sum = data(&page, "f1");
        // The load has one line of text, one of IR, and one instruction, linked to one another and to the operand before it.
        let load = links(&sum, "wat", "i32.load offset=8");
        assert_eq!(load.len(), 1, "{sum}");
        assert_ne!(load[0], 0);
        assert_eq!(links(&sum, "ir", "i32_load")[..1], load[..], "{sum}");
        assert!(links(&sum, "code", "_load").contains(&load[0]), "{sum}");
        let subtraction = links(&sum, "wat", "i32.sub");
        assert_ne!(subtraction, load);
        // What is not in the IR belongs to what uses it.
        assert!(links(&sum, "wat", "local.get").iter().all(|link| *link != 0), "{sum}");
        // Structure belongs to nothing.
        assert_eq!(links(&sum, "wat", "end"), [0]);
        let double = data(&page, "f0");
        assert!(links(&double, "wat", "i32.mul").iter().all(|link| links(&double, "ir", "").contains(link)));
    }
}

#[test]
fn a_tack_file_shows_its_instructions() {
    let dir = scratch("a_tack_file_shows_its_instructions");
    let input = file(&dir, "sum.wat", SUM);
    hardtack(["compile", &input]).exits(0);
    let page = explore(&[dir.join("sum.tack").to_str().unwrap()], &dir.join("sum.html"));
    let sum = data(&page, "f1");
    assert_eq!(sum["wat"].as_array().unwrap().len() + sum["ir"].as_array().unwrap().len(), 0);
    assert!(!links(&sum, "code", "_load").is_empty());
    hardtack(["explore", "-"]).exits(2).complains("-o");
}

#[test]
fn the_page_needs_no_network() {
    let dir = scratch("the_page_needs_no_network");
    let page = explore(&[&file(&dir, "sum.wat", SUM)], &dir.join("sum.html"));
    for way in ["http:", "https:", "src=", "href=", "import(", "fetch(", "url(", "@import"] {
        assert!(!page.contains(way), "{way}");
    }
    assert!(page.contains("default-src 'none'"));
    // Names can't break out of their element.
    assert!(page.contains("su\\u003cm") && !page.contains("su<m"));
}

/// A module of many functions.
fn many(count: usize) -> Vec<u8> {
    let mut text = String::from("(module (memory 1)");
    for i in 0..count {
        text += &format!(
            "(func $function_{i} (param i32) (result i32) (i32.add (i32.load offset={i} (local.get 0)) (i32.const {i})))"
        );
    }
    wat::parse_str(text + ")").unwrap()
}

#[test]
fn thousands_of_functions_fit() {
    let dir = scratch("thousands_of_functions_fit");
    let input = file(&dir, "many.wasm", many(5_000));
    let page = explore(&[&input], &dir.join("many.html"));
    assert_eq!(data(&page, "module")["functions"].as_array().unwrap().len(), 5_000);
    assert_eq!(links(&data(&page, "f4999"), "code", "i32_load").len(), 1);
    assert!(page.len() < 10_000_000, "{} bytes", page.len());
}

/// The document after the page's script has run, and where its picture is; `None` without a browser.
fn browse(page: &Path, fragment: &str) -> Option<(String, PathBuf)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explore/chromium.sh");
    let Some(asked) = std::env::var_os("HARDTACK_CHROMIUM") else {
        println!("not looked at in a browser: that takes a while, and HARDTACK_CHROMIUM isn't set");
        return None;
    };
    if asked == "install" {
        assert!(Command::new(&script).arg("install").status().unwrap().success(), "chromium can't be installed");
    }
    let picture = page.with_extension("png");
    let address = format!("{}#{fragment}", page.display());
    let output = Command::new(&script).arg(address).arg(&picture).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    println!("see {}", picture.display());
    Some((String::from_utf8_lossy(&output.stdout).into_owned(), picture))
}

#[test]
fn a_browser_shows_the_columns() {
    let dir = scratch("a_browser_shows_the_columns");
    let page = dir.join("sum.html");
    let text = explore(&[&file(&dir, "sum.wat", SUM)], &page);
    let lines = data(&text, "f1");
    let load = lines["wat"].as_array().unwrap().iter().find(|l| l[1].as_str().unwrap().contains("i32.load")).unwrap();
    let Some((document, picture)) = browse(&page, &format!("f1@{:x}", load[2].as_u64().unwrap())) else { return };
    assert!(document.contains("<b>su&lt;m</b>"), "{document}");
    assert!(document.contains("2 of 2"), "{document}");
    // The address says what is marked: in each column the load, and in the text its operand.
    let marked: Vec<&str> =
        document.split("class=\"line on\"").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    for wanted in ["i32.load offset=8", "i32_load"] {
        assert!(marked.iter().any(|line| line.contains(wanted)), "{wanted}: {marked:?}");
    }
    // However often the loop is repeated, nothing else is.
    let belongs = |line: &str| ["load", "add", "local.get"].iter().any(|part| line.contains(part));
    assert!(marked.len() >= 3 && marked.iter().all(|line| belongs(line)), "{marked:?}");
    assert!(std::fs::metadata(picture).unwrap().len() > 10_000);
}

#[test]
fn a_browser_copes_with_thousands_of_functions() {
    let dir = scratch("a_browser_copes_with_thousands_of_functions");
    let page = dir.join("many.html");
    explore(&[&file(&dir, "many.wasm", many(5_000))], &page);
    let Some((document, _)) = browse(&page, "f4321") else { return };
    assert!(document.contains("5,000 of 5,000") && document.contains("<b>function_4321</b>"));
    // Only what can be seen exists.
    let rows = document.matches("class=\"row").count();
    assert!((10..200).contains(&rows), "{rows} rows");
    let Some((document, picture)) = browse(&page, "map") else { return };
    assert!(document.contains("aria-pressed=\"true\""));
    assert!(std::fs::metadata(picture).unwrap().len() > 10_000);
}

#[test]
fn a_browser_draws_the_flame_graph() {
    let dir = scratch("a_browser_draws_the_flame_graph");
    let picture = dir.join("flame.svg");
    let input = file(
        &dir,
        "busy.wat",
        r#"(module
            (func $inner (param i32) (result i32) (local i32)
                (loop $next
                    (local.set 1 (i32.mul (i32.add (local.get 1) (local.get 0)) (i32.const 31)))
                    (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get 1))
            (func $outer (export "run") (param i32) (result i32) (local i32)
                (loop $next
                    (local.set 1 (i32.xor (local.get 1) (call $inner (local.get 0))))
                    (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get 1)))"#,
    );
    let args = ["profile", "-O0", "--every", "7", "-o", picture.to_str().unwrap(), "--invoke", "run", &input, "100"];
    hardtack(args).exits(0);
    let Some((document, picture)) = browse(&picture, "") else { return };
    // Its script has written the names that fit, and its frames are as wide as the window.
    for wanted in ["<title>inner (", "<title>outer (", ">inner ", ">outer ", "width=\"1580\""] {
        assert!(document.contains(wanted), "no {wanted}");
    }
    assert!(std::fs::metadata(picture).unwrap().len() > 5_000);
}
