//! What the test files of this crate share.

pub mod cases;
pub mod corpus;
pub mod random;
pub mod script;
pub mod spectest;
pub mod tack;
pub mod tailored;
pub mod workspace;
