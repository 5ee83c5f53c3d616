//! Floor 9: what tests of workflows and of storage adapters are made with.
//!
//! A `TestEnvironment` (of `runtime`) is an engine in memory whose days pass in milliseconds;
//! [`replay`] tells histories to the code that wrote them. [`FaultStore`] makes a store fail and wait on demand; [`ManualClock`] is moved by hand;
//! `SteppedEngine` (of `runtime`) is an engine without threads, which goes on when it is told to;
//! [`conformance`] checks that a store keeps the rules of the port. Nothing here sleeps, and nothing
//! depends on luck.
//!
//! Absent on purpose: anything that a program in production would use.

mod activity;
mod clock;
pub mod conformance;
#[cfg(feature = "runtime")]
mod crash;
#[cfg(feature = "runtime")]
mod environment;
mod fault;
mod intercept;
pub mod replay;
#[cfg(feature = "runtime")]
mod run;

pub use self::{
    activity::{ActivityEnvironment, AttemptError},
    clock::ManualClock,
    fault::FaultStore,
    intercept::InterceptedStore,
};
#[cfg(feature = "runtime")]
pub use self::{
    crash::CrashRunner,
    environment::{ActivityMock, MockAnswer, TestEnvironment, TestEnvironmentBuilder},
    run::run_test,
};
#[cfg(feature = "runtime")]
pub use crate::runtime::{RunCounter, SteppedEngine};

#[cfg(test)]
mod tests;
