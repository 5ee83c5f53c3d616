//! A test environment: an engine in memory whose days pass in milliseconds.
//!
//! Time stands still while there is something to do. It moves when a test waits for a result and
//! the engine has come to rest: then it jumps to the next deadline, and never further. An engine is
//! at rest when
//!
//! * no request of the test is on its way,
//! * no attempt of an activity runs, on any thread,
//! * every transition is durable, and what it caused has happened,
//! * and the engine's thread has gone through all of its mail and found nothing to do, several
//!   times in a row, with nothing new in between.
//!
//! All of that is known from counts and from the thread itself, so nothing polls and nothing waits
//! for the machine's clock. While the test does something other than wait for a result, or while an
//! activity runs, time stands still, so a timeout never comes before what it waits for.
//!
//! Absent on purpose: more than one thread of workflows, and a store that outlives the test.

mod builder;
mod bulk;
mod environment;
mod mock;
mod restartable;
mod service;
mod skipper;
mod standstill;

pub use self::{
    builder::TestEnvironmentBuilder,
    environment::TestEnvironment,
    mock::{ActivityMock, MockAnswer},
};
