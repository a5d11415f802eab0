//! Bakes the module that the page on build scripts includes.

fn main() {
    hardtack_compiler::Build::new("plugin.wat").compile();
}
