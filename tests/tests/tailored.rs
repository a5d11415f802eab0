//! Instruction sets of applications: how they are found, what VMs make of them, what they refuse.

use hardtack_compiler::isa::InstructionSet;
use hardtack_compiler::isa::tailor::{Budget, Input, Options as Choice, tailor};
use hardtack_compiler::{Options, compile};
use hardtack_format::isa::{Row, STANDARD};
use hardtack_format::meta::{ExternKind, ValType};
use hardtack_format::operand::{Kind, Sort};
use hardtack_format::own;
use hardtack_format::rules::Rule;
use hardtack_tests::{cases, tack, tailored};
use hardtack_vm::{Engine, Instance, Module, Store};

/// Rows of the set that tests use.
const ROWS: usize = 250;

/// The set in `src/tailored.isa` is what is found for the case library and `small.wat`, every time; with `HARDTACK_BLESS=1` it is written.
#[test]
fn the_same_modules_give_the_same_set() {
    let texts = cases::all().into_iter().map(|case| (case.name, case.text));
    // These count as much as ten others each, so that the set has something for most of them.
    let sound = include_str!("../fuzz/src/sound.wat");
    let more = [("small", tailored::SMALL), ("sound", sound)].map(|(name, text)| (name.to_string(), text.to_string()));
    let texts = texts.chain(more.into_iter().cycle().take(20));
    let files: Vec<(String, Vec<u8>)> = texts
        .map(|(name, text)| (name, compile(text.as_bytes(), &Options::default()).expect("cases are valid")))
        .collect();
    let inputs: Vec<Input<'_>> = files.iter().map(|(name, tack)| Input { name, tack }).collect();
    let choice = Choice { budget: Budget::Rows(ROWS), profile: None, common: 1, prune: false };
    let found = tailor(&inputs, &choice).expect("the files are sound");
    assert_eq!(found.rows, ROWS);
    if std::env::var_os("HARDTACK_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tailored.isa"), &found.text)
            .expect("it can be written");
        return;
    }
    assert!(found.text == tailored::TEXT, "run with HARDTACK_BLESS=1 to write the set anew");
}

#[test]
fn compiler_and_vm_agree_on_the_set() {
    assert_eq!(tailored::SET.identity(), tailored::set().identity());
    assert_eq!(tailored::SET.len(), ROWS);
    assert_ne!(tailored::SET.identity(), 0);
}

#[test]
fn a_vm_without_the_set_refuses_the_file_and_names_the_set() {
    let tack = compile(tailored::SMALL.as_bytes(), &tailored::options()).expect("the module is valid");
    let refusals = [Module::load(tack.clone()), Engine::default().load(tack.clone())];
    for refusal in refusals {
        let error = refusal.expect_err("the VM has no such set").to_string();
        assert!(error.contains(&format!("{:032x}", tailored::SET.identity())), "{error}");
        assert!(error.contains("isa!"), "{error}");
    }
    assert!(tailored::engine().load(tack).is_ok());
    // A VM with the set runs files for any VM as well.
    let standard = compile(tailored::SMALL.as_bytes(), &Options::default()).expect("the module is valid");
    assert!(tailored::engine().load(standard).is_ok());
}

const SUMS: &str = r#"(module
    (memory 1)
    (func (export "sums") (param $n i32) (result i32) (local $s i32)
        (loop $again
            (i32.store (local.get $n) (local.get $s))
            (local.set $s (i32.add (i32.mul (local.get $s) (i32.const 31)) (i32.load8_u (local.get $n))))
            (local.set $s (i32.xor (local.get $s) (i32.shl (local.get $n) (i32.const 5))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (local.get $s)))"#;

hardtack_vm::isa!(FIRST = "sets/first.isa");
hardtack_vm::isa!(SECOND = "sets/second.isa");

#[test]
fn several_sets_live_in_one_process() {
    let engine = Engine::default().with_isa(&FIRST).with_isa(&SECOND);
    let texts = [None, Some(include_str!("sets/first.isa")), Some(include_str!("sets/second.isa"))];
    let mut store = Store::new(&engine, ());
    let results = texts.map(|text| {
        let isa = text.map(|text| InstructionSet::parse(text).expect("the set is well-formed"));
        let tack = compile(SUMS.as_bytes(), &Options { isa, ..Options::default() }).expect("the module is valid");
        let module = engine.load(tack).expect("the engine has the set");
        let instance = Instance::new(&mut store, &module, &[]).expect("it needs nothing");
        let sums = instance.get_typed_func::<i32, i32>(&store, "sums").expect("it is exported");
        sums.call(&mut store, 1000).expect("it returns")
    });
    assert_eq!(results[0], results[1]);
    assert_eq!(results[0], results[2]);
    assert_ne!(FIRST.identity(), SECOND.identity());
}

/// A function of one of the set's own instructions, with these operands, and what the VM says of it.
fn alone(position: usize, values: &[u64]) -> Result<Module, hardtack_vm::LoadError> {
    let isa = tailored::set().isa();
    let mut module = tack::Module::new();
    let ty = module.ty(&[ValType::I64; 4], &[]);
    module.memory(1);
    module.import_global("global", ValType::I64);
    module.global(ValType::I64);
    module.export("memory", ExternKind::Memory, 0);
    let mut code = tack::Code::new();
    // Somewhere to go back to.
    code.put(Row::copy, &[Kind::Slot, Kind::Slot], &[0, 0]);
    code.put_in(isa, own::opcode(position), values);
    code.put(Row::ret, &[], &[]);
    module.func(ty, FRAME, 0, code);
    tailored::engine().load(module.finish_for(isa).expect("it can be written"))
}

/// Slots of its frame.
const FRAME: u16 = 40;

#[test]
fn operands_of_own_instructions_keep_the_rules() {
    let isa = tailored::set().isa();
    let mut refused = 0;
    for (position, instr) in isa.own.instrs.iter().enumerate() {
        let name = isa.own.rows[position].name;
        let length = u64::from(instr.units);
        let copy = tack::units_of(STANDARD.find(Row::copy.index(), &[Kind::Slot, Kind::Slot]).expect("it exists"));
        let sound = |kind: &Kind| match kind.sort() {
            Sort::Forward => length,
            Sort::Backward => copy,
            _ => 0,
        };
        let values: Vec<u64> = instr.operands().iter().map(sound).collect();
        if let Err(error) = alone(position, &values) {
            panic!("{name} with {values:?}: {error}");
        }
        for (operand, kind) in instr.operands().iter().enumerate() {
            let wrong: &[(u64, Rule)] = match kind.sort() {
                Sort::Slot => &[(FRAME as u64, Rule::Slot), (255, Rule::Slot)],
                Sort::Forward => &[(0, Rule::Forward), (1, Rule::TargetStart), (0xffff, Rule::Forward)],
                Sort::Backward => &[(copy + 1, Rule::Backward), (1, Rule::TargetStart), (0xffff, Rule::Backward)],
                Sort::Global => &[(1, Rule::Global), (0xffff, Rule::Global)],
                Sort::ImportedGlobal => &[(1, Rule::ImportedGlobal)],
                _ => &[],
            };
            for (value, rule) in wrong {
                let mut values = values.clone();
                values[operand] = *value;
                let error = alone(position, &values).err().map(|e| e.to_string()).unwrap_or_default();
                assert!(
                    error.contains(&rule.to_string()),
                    "{name}, operand {operand} is {value}: {rule} expected, {error:?}"
                );
                refused += 1;
            }
        }
    }
    assert!(refused > ROWS, "{refused}");
}

#[test]
fn an_opcode_beyond_the_set_is_refused() {
    let isa = tailored::set().isa();
    let sound = {
        let mut module = tack::Module::new();
        let ty = module.ty(&[], &[]);
        let mut code = tack::Code::new();
        code.put(Row::ret, &[], &[]);
        module.func(ty, 0, 0, code);
        module.finish_for(isa).expect("it can be written")
    };
    let ret = STANDARD.find(Row::ret.index(), &[]).expect("it exists").to_le_bytes();
    let at = sound.windows(2).rposition(|pair| pair == ret).expect("the code ends with it");
    for opcode in [own::opcode(ROWS), own::opcode(ROWS) - 1, 0x8000] {
        let mut file = sound.clone();
        file[at..at + 2].copy_from_slice(&opcode.to_le_bytes());
        tack::reseal(&mut file);
        let error = tailored::engine().load(file).expect_err("there is no such instruction").to_string();
        assert!(error.contains(&Rule::Opcode.to_string()), "{error}");
    }
    assert!(tailored::engine().load(sound).is_ok());
}
