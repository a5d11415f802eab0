//! Signatures: what is changed, cut short or signed by somebody else is refused, and what is signed is still run in place.
#![allow(missing_docs)]

use ed25519_compact::{KeyPair, Seed};
use hardtack_format::read::{File, Reader};
use hardtack_format::signature::{LEN, SIGNATURE_LEN, SectionError, attach};
use hardtack_vm::signature::{PublicKey, verify, verify_detached};
use hardtack_vm::{Engine, Linker, Module, SignatureError, Store};

const WAT: &str = r#"(module
    (memory 1) (data (i32.const 0) "some data")
    (func $answer (export "answer") (result i32) (i32.load8_u (i32.const 0))))"#;

fn pair(seed: u8) -> KeyPair {
    KeyPair::from_seed(Seed::new([seed; 32]))
}

fn public(pair: &KeyPair) -> PublicKey {
    PublicKey::from_bytes(*pair.pk).expect("a key that was just made")
}

fn unsigned() -> Vec<u8> {
    hardtack_compiler::compile(WAT.as_bytes(), &Default::default()).expect("it compiles")
}

fn signed(pair: &KeyPair) -> Vec<u8> {
    let bytes = unsigned();
    let file = File::parse(&bytes, &Reader::default()).expect("the compiler writes whole files");
    attach(&file, &pair.pk, |message| *pair.sk.sign(message, None)).expect("it fits")
}

#[test]
fn a_signed_file_loads_and_runs() {
    let (pair, other) = (pair(1), public(&pair(2)));
    let keys = [other, public(&pair)];
    let bytes = signed(&pair);
    assert_eq!(verify(&bytes, &keys), Ok(&keys[1]));
    let run = |module: &Module| {
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine).instantiate(&mut store, module).expect("it needs nothing");
        let answer = instance.get_typed_func::<(), i32>(&store, "answer").expect("it is exported");
        answer.call(&mut store, ()).expect("it runs")
    };
    let module = Module::load_signed(bytes.clone(), &keys).expect("it is signed");
    assert_eq!(run(&module), i32::from(b's'));
    // Who doesn't ask for signatures loads it all the same, and sees the same build.
    assert_eq!(run(&Module::load(bytes).expect("it loads")), i32::from(b's'));
    assert_eq!(module.build_id(), Module::load(unsigned()).expect("it loads").build_id());
    assert_eq!(module.func_name(0), Some("answer"));
}

#[test]
fn every_byte_is_signed() {
    let pair = pair(1);
    let keys = [public(&pair)];
    let good = signed(&pair);
    assert!(verify(&good, &keys).is_ok());
    for at in 0..good.len() {
        for bit in [0x01, 0x80] {
            let mut bad = good.clone();
            bad[at] ^= bit;
            assert!(verify(&bad, &keys).is_err(), "byte {at} can be changed");
        }
    }
}

#[test]
fn only_trusted_keys_count() {
    let (one, two) = (pair(1), pair(2));
    let bytes = signed(&one);
    assert_eq!(verify(&bytes, &[public(&two)]), Err(SignatureError::UnknownKey));
    assert_eq!(verify(&bytes, &[]), Err(SignatureError::UnknownKey));
    assert_eq!(verify(&unsigned(), &[public(&one)]), Err(SignatureError::Missing));
    assert_eq!(Module::load_signed(unsigned(), &[public(&one)]).err(), Some(SignatureError::Missing));

    // Somebody who signs in another's name.
    let plain = unsigned();
    let file = File::parse(&plain, &Reader::default()).expect("it is whole");
    let forged = attach(&file, &one.pk, |message| *two.sk.sign(message, None)).expect("it fits");
    assert_eq!(verify(&forged, &[public(&one), public(&two)]), Err(SignatureError::Mismatch));

    // A signature moved to another file.
    let mut moved = hardtack_compiler::compile(b"(module (memory 2))", &Default::default()).expect("it compiles");
    let other = File::parse(&moved, &Reader::default()).expect("it is whole");
    let taken = *bytes.last_chunk::<SIGNATURE_LEN>().expect("it is signed");
    moved = attach(&other, &one.pk, |_| taken).expect("it fits");
    assert_eq!(verify(&moved, &[public(&one)]), Err(SignatureError::Mismatch));
}

#[test]
fn what_is_cut_short_is_refused() {
    let pair = pair(1);
    let keys = [public(&pair)];
    let good = signed(&pair);
    for len in 0..good.len() {
        assert!(verify(&good[..len], &keys).is_err(), "{len} bytes are enough");
    }
    // With a header and section table that fit the rest: the section itself is too short.
    let bytes = unsigned();
    let file = File::parse(&bytes, &Reader::default()).expect("it is whole");
    for len in [0, 1, LEN - 1, LEN + 1] {
        let mut section = good[good.len() - LEN..].to_vec();
        section.resize(len, 0);
        let id = hardtack_format::module::SectionId::SIGNATURE;
        let short = hardtack_format::write::with_section(&file, id, Some(&section)).expect("it fits");
        assert_eq!(verify(&short, &keys), Err(SignatureError::Malformed(SectionError::Length(len))));
        // Unsigned is not unsafe.
        assert!(Module::load(short).is_ok());
    }
}

#[test]
fn a_signature_may_lie_beside_the_file() {
    let (one, two) = (pair(1), pair(2));
    let file = unsigned();
    let signature = *one.sk.sign(&file, None);
    let keys = [public(&two), public(&one)];
    assert_eq!(verify_detached(&file, &signature, &keys), Ok(&keys[1]));
    assert_eq!(verify_detached(&file, &signature, &keys[..1]), Err(SignatureError::Mismatch));
    assert!(matches!(verify_detached(&file, &signature[1..], &keys), Err(SignatureError::Malformed(_))));
    let mut changed = file.clone();
    changed[40] ^= 1;
    assert_eq!(verify_detached(&changed, &signature, &keys), Err(SignatureError::Mismatch));
}

#[test]
fn weak_keys_are_no_keys() {
    assert_eq!(PublicKey::from_bytes([0; 32]), Err(SignatureError::Key));
    let mut one = [0; 32];
    one[0] = 1;
    assert_eq!(PublicKey::from_bytes(one), Err(SignatureError::Key));
    assert_eq!(PublicKey::from_pem("not a key"), Err(SignatureError::Key));
    let key = public(&pair(1));
    assert_eq!(PublicKey::from_bytes(key.to_bytes()), Ok(key));
    assert_eq!(key.to_string().len(), 64);
}
