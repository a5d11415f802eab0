//! The README's and the guide's pages. Their Rust blocks run as doctests of this crate; `cli/tests/guide.rs` and `vm/capi/tests/guide.rs` see to the other blocks.
// A build script is shown as the file that it is.
#![allow(clippy::needless_doctest_main)]
#[doc = include_str!(concat!(env!("OUT_DIR"), "/readme.md"))]
pub mod readme {}
#[doc = include_str!("src/embedding.md")]
pub mod embedding {}
#[doc = include_str!("src/build-scripts.md")]
pub mod build_scripts {}
#[doc = include_str!("src/plugins.md")]
pub mod plugins {}
#[doc = include_str!("src/wasi.md")]
pub mod wasi {}
#[doc = include_str!("src/updates.md")]
pub mod updates {}
#[doc = include_str!("src/stability.md")]
pub mod stability {}
#[doc = include_str!("src/porting.md")]
pub mod porting {}
#[doc = include_str!("src/troubleshooting.md")]
pub mod troubleshooting {}
#[doc = include_str!("src/tailored.md")]
pub mod tailored {}
#[doc = include_str!("src/looking.md")]
pub mod looking {}
