//! Compiles the guests into the directory that cargo gives to build scripts.

use hardtack_compiler::Build;

fn main() {
    Build::new("../guests/score.wat").compile();
    // Without names: smaller, and nobody reads backtraces of it.
    Build::new("../guests/text.wasm").names(false).compile();
}
