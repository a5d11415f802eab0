//! Fills and copies of memory: little ones are done by handlers, others by the driver, and nobody can tell which.

use hardtack_compiler::{Options, compile};
use hardtack_vm::{Engine, Instance, Memory, Module, Store, TrapCode, TypedFunc};

const GUEST: &str = r#"(module
    (memory (export "memory") 3)
    (func (export "fill") (param i32 i32 i32) (memory.fill (local.get 0) (local.get 1) (local.get 2)))
    (func (export "copy") (param i32 i32 i32) (memory.copy (local.get 0) (local.get 1) (local.get 2))))"#;
const SIZE: usize = 3 << 16;
const PLENTY: u64 = 1 << 30;
/// Around a unit of fuel, what is copied at once, and the largest piece.
const LENGTHS: [usize; 15] =
    [0, 1, 63, 64, 65, 127, 128, 16_384, 16_385, 32_769, 40_000, 65_535, 65_536, 65_537, 131_072];

struct Guest {
    store: Store<()>,
    memory: Memory,
    fill: TypedFunc<(u32, u32, u32), ()>,
    copy: TypedFunc<(u32, u32, u32), ()>,
}

fn guest() -> Guest {
    let module = Module::load(compile(GUEST.as_bytes(), &Options::default()).unwrap()).unwrap();
    let mut store = Store::new(&Engine::default(), ());
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let memory = instance.get_memory(&store, "memory").unwrap();
    let fill = instance.get_typed_func(&store, "fill").unwrap();
    let copy = instance.get_typed_func(&store, "copy").unwrap();
    Guest { store, memory, fill, copy }
}

impl Guest {
    /// Calls a function with some fuel: what it used, or the trap.
    fn call(&mut self, copy: bool, args: (usize, usize, usize), fuel: u64) -> Result<u64, TrapCode> {
        let args = (args.0 as u32, args.1 as u32, args.2 as u32);
        self.store.set_fuel(fuel);
        let func = if copy { &self.copy } else { &self.fill };
        func.call(&mut self.store, args).map_err(|e| e.as_trap_code().expect("only traps"))?;
        Ok(fuel - self.store.get_fuel())
    }

    /// Makes every byte different from those near it.
    fn pattern(&mut self) -> Vec<u8> {
        let bytes: Vec<u8> = (0..SIZE).map(|i| (i % 251) as u8).collect();
        self.memory.write(&mut self.store, 0, &bytes).unwrap();
        bytes
    }
}

#[test]
fn lengths_around_pieces() {
    let mut guest = guest();
    let none = guest.call(false, (0, 0, 0), PLENTY).unwrap();
    for len in LENGTHS {
        // 1 for each 64 bytes of each piece of 64 KiB: see SPEC.md, fuel.
        let pieces = (len / 65_536 * 1024 + len % 65_536 / 64) as u64;
        for (to, from) in [(0, SIZE - len), (SIZE - len, 0), (7, 8), (8, 7), (5, 5)] {
            if to + len > SIZE || from + len > SIZE {
                continue;
            }
            let mut expected = guest.pattern();
            expected.copy_within(from..from + len, to);
            assert_eq!(guest.call(true, (to, from, len), PLENTY), Ok(none + pieces), "copy of {len}");
            assert_eq!(guest.memory.data(&guest.store), expected, "copy of {len} from {from} to {to}");
            expected[to..to + len].fill(0xa5);
            assert_eq!(guest.call(false, (to, 0xffff_ffa5, len), PLENTY), Ok(none + pieces), "fill of {len}");
            assert_eq!(guest.memory.data(&guest.store), expected, "fill of {len} from {to} on");
        }
    }
}

#[test]
fn out_of_bounds_does_nothing() {
    let mut guest = guest();
    let untouched = guest.pattern();
    let beyond = Err(TrapCode::MemoryOutOfBounds);
    for (at, len) in [
        (SIZE, 1),
        (SIZE - 1, 2),
        (SIZE + 1, 0),
        (1, SIZE),
        (u32::MAX as usize, 1),
        (1, u32::MAX as usize),
        (u32::MAX as usize, u32::MAX as usize),
    ] {
        assert_eq!(guest.call(false, (at, 1, len), PLENTY), beyond, "fill of {len} from {at} on");
        assert_eq!(guest.call(true, (at, 0, len), PLENTY), beyond, "copy of {len} to {at}");
        assert_eq!(guest.call(true, (0, at, len), PLENTY), beyond, "copy of {len} from {at}");
        assert_eq!(guest.memory.data(&guest.store), untouched);
    }
}

#[test]
fn each_needs_its_fuel() {
    let mut guest = guest();
    for len in [64, 6400, 65_536] {
        let needed = guest.call(false, (0, 0, len), PLENTY).unwrap();
        for copy in [false, true] {
            assert_eq!(guest.call(copy, (0, 1, len), needed), Ok(needed));
            let before = guest.pattern();
            assert_eq!(guest.call(copy, (0, 1, len), needed - 1), Err(TrapCode::OutOfFuel));
            assert_eq!(guest.memory.data(&guest.store), before, "it is paid for before it is done");
        }
    }
}
