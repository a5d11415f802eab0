//! Execution: the dispatch loop and what surrounds it.

mod backtrace;
pub(crate) mod context;
#[cfg(feature = "stats")]
pub(crate) mod counting;
pub(crate) mod driver;
mod hand;
mod handlers;
mod operand;
pub(crate) mod reference;
mod slow;
pub(crate) mod stack;
pub(crate) mod storage;
pub(crate) mod suspend;
