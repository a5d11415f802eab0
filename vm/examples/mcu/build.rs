//! Bakes the guest for the instruction groups that the firmware's VM has, and says where flash and RAM lie.

use hardtack_compiler::{Groups, Options, compile};
use hardtack_format::isa::Group;
use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=guest.wat");
    println!("cargo::rerun-if-changed=memory.x");
    let guest = fs::read("guest.wat").expect("the guest's source");
    let mut groups = Groups::default().with(Group::base);
    for group in Group::ALL {
        if env::var_os(format!("CARGO_FEATURE_{}", group.name().to_uppercase())).is_some() {
            groups = groups.with(*group);
        }
    }
    let options = Options { names: false, groups, ..Options::default() };
    for (name, source) in [("guest.tack", &guest[..]), ("empty.tack", b"(module)")] {
        let tack = compile(source, &options).expect("the guest compiles");
        fs::write(out.join(name), tack).expect("OUT_DIR is writable");
    }
    fs::copy("memory.x", out.join("memory.x")).expect("OUT_DIR is writable");
    println!("cargo::rustc-link-search={}", out.display());
}
