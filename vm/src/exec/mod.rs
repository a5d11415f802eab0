//! Execution: the dispatch loop and what surrounds it.

mod backtrace;
// The small dispatcher leaves such instructions to the driver.
#[cfg_attr(feature = "compact", allow(dead_code))]
mod bulk;
#[cfg(feature = "compact")]
mod compact;
pub mod context;
#[cfg(feature = "stats")]
pub(crate) mod counting;
pub(crate) mod driver;
mod hand;
// The small dispatcher takes only the frame of handlers from it.
#[cfg_attr(feature = "compact", allow(dead_code, unused_macros))]
pub mod handlers;
pub mod operand;
pub(crate) mod predict;
pub(crate) mod reference;
mod slow;
pub(crate) mod stack;
pub(crate) mod storage;
pub(crate) mod suspend;

// The dispatcher that this VM is built with.
#[cfg(feature = "compact")]
use compact as dispatcher;
#[cfg(not(feature = "compact"))]
use handlers as dispatcher;
