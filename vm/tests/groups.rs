//! Which files a VM reads depends on the instruction groups that it is built with. Holds for any set of features.

use hardtack_compiler::{Groups, Options, compile};
use hardtack_format::error::Error;
use hardtack_format::isa::Group;
use hardtack_format::read::{File, Reader};
use hardtack_vm::Module;

/// A module whose function needs the group: what it does, and the group.
const NEEDY: [(&str, Group); 4] = [
    ("(func (param i32) (result i32) (i32.rotl (local.get 0) (i32.const 3)))", Group::base),
    ("(func (param f64) (result f64) (f64.sqrt (local.get 0)))", Group::float),
    ("(table 1 externref) (func (result externref) (table.get (i32.const 0)))", Group::refs),
    (
        "(func (param i32 i32 i32) (result i32) (i32.xor (i32.and (local.get 0) (local.get 1)) (local.get 2)))",
        Group::fused,
    ),
];

/// What the features of this build say.
fn has(group: Group) -> bool {
    match group {
        Group::base => true,
        Group::float => cfg!(feature = "float"),
        Group::refs => cfg!(feature = "refs"),
        Group::fused => cfg!(feature = "fused"),
    }
}

fn file(module: &str) -> Vec<u8> {
    let options = Options { names: false, ..Options::default() };
    compile(format!("(module {module})").as_bytes(), &options).expect("it compiles")
}

#[test]
fn files_that_need_a_missing_group_are_refused_by_its_name() {
    let mut named = Groups::default();
    for (module, group) in NEEDY {
        let file = file(module);
        assert!(File::parse(&file, &Reader::default()).expect("it is sound").header.groups.has(group), "{module}");
        named = named.with(group);
        match (Module::load(file), has(group)) {
            (Ok(_), true) => {}
            (Err(refusal), false) => {
                assert!(matches!(refusal.format_error(), Error::Groups { .. }), "{refusal}");
                assert!(refusal.to_string().contains(group.name()), "{refusal}");
            }
            (result, has) => panic!("{group:?}, which this build has: {has}: {result:?}"),
        }
    }
    assert_eq!(named, Groups::STANDARD, "every group is tried");
}

/// A file that hides what it needs fares no better: the opcodes of a group that is left out don't exist. (With the feature
/// `integrity` the build id gives it away earlier.)
#[test]
#[cfg(not(feature = "integrity"))]
fn files_that_hide_a_group_are_refused() {
    use hardtack_format::rules::Rule;
    for (module, group) in NEEDY.into_iter().filter(|(_, group)| *group != Group::base) {
        let mut file = file(module);
        file[16..32].copy_from_slice(&Group::base.bit().to_le_bytes());
        let refusal = Module::load(file).expect_err("the header doesn't name the group");
        let expected = if has(group) { Rule::GroupNamed } else { Rule::Opcode };
        assert_eq!(refusal.format_error().rule(), Some(expected), "{group:?}: {refusal}");
    }
}
