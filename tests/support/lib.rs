//! What the behaviour tests share: a scenario is told three times, by three kinds of engine.
//!
//! * [`Scenario`] runs one async function live, with a full replay for each workflow task, and with
//!   each execution evicted after each message; all three have to leave the same histories, and
//!   each history has to obey the grammar and to be what its program says to it.
//! * [`World`] is what a scenario is given: an engine on a store in memory that can fail and wait,
//!   a clock that is moved by hand, and a [`Stage`] on which the test itself plays the activities.
//!
//! Nothing in here sleeps. What a test waits for it is told by a reply, an attempt or the clock.

use sempre::client::WorkflowDescription;

mod block_on;
#[path = "../campaign/mod.rs"]
pub mod campaign;
pub mod courier;
pub mod crash;
pub mod family;
mod history;
mod ledger;
mod log;
mod mode;
#[path = "../powercut/mod.rs"]
pub mod powercut;
pub mod recorded;
mod request;
mod scenario;
mod shelf;
#[path = "../simulation/mod.rs"]
pub mod simulation;
mod stage;
mod veil;
pub mod workflow;
mod world;

pub use self::{
    block_on::{Outcome, block_on},
    history::check as check_history,
    ledger::Ledger,
    log::{Line, Log},
    mode::Mode,
    request::Request,
    scenario::Scenario,
    shelf::Shelf,
    stage::{Actors, Attempt, Stage, StageError},
    veil::Veil,
    world::World,
};

/// What `describe` says is wrong with a run, in words.
pub fn problems(run: &WorkflowDescription) -> Vec<String> {
    run.problems.iter().map(ToString::to_string).collect()
}
