//! What the crash test and the process that it kills have in common.

pub mod codec;
pub mod journey;
pub mod ledger;
pub mod protocol;
