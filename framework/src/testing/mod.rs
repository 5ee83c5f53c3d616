//! Floor 8: what tests of workflows and of storage adapters are made with.
//!
//! [`FaultStore`] makes a store fail and wait on demand; [`ManualClock`] is moved by hand;
//! [`conformance`] checks that a store keeps the rules of the port. Nothing here sleeps, and nothing
//! depends on luck.
//!
//! Absent on purpose: anything that a program in production would use.

mod clock;
pub mod conformance;
mod fault;
mod intercept;

pub use self::{clock::ManualClock, fault::FaultStore, intercept::InterceptedStore};

#[cfg(test)]
mod tests;
