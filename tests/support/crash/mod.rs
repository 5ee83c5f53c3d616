//! What the crash tests and the processes that they kill have in common.

pub mod attempt;
pub mod codec;
pub mod journey;
pub mod ledger;
pub mod life;
pub mod parcel;
pub mod parent;
pub mod protocol;
