//! `hardtack`: the command line, on a VM with the standard instructions.
#![forbid(unsafe_code)]

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hardtack_cli::main_with(&[])
}
