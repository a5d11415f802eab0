//! The examples, run as they stand.
#![allow(dead_code, missing_docs)]

macro_rules! examples { ($( $name:ident, $path:literal; )*) => { $(
    #[path = $path]
    mod $name;

    #[test]
    fn $name() {
        $name::main().expect("the example runs to its end");
    }
)* } }

examples! {
    hello, "../examples/hello.rs";
    hostile, "../examples/hostile.rs";
    plugin_limits, "../examples/plugin_limits.rs";
    stop_a_loop, "../examples/stop_a_loop.rs";
}
