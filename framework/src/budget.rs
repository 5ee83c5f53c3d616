//! Runs workflow code outside of the time budget that tokio gives to each of its tasks.
//!
//! Inside of a task, tokio's locks, semaphores and channels answer 128 times, and then claim to be
//! pending until the task yields. How much of that budget is left depends on what else the thread
//! has done, so workflow code that used it up would wait where its history does not.
//!
//! The one file below the actors that speaks of tokio, because the replay checks, which have no
//! actors, run on tasks of tokio as well.

use std::collections::BTreeMap;

use derive_more::Debug;
use futures::future::{FutureExt, lazy};

use crate::{
    machine::{
        replay::{Activation, Program, ProgramCommand, QueryFailure},
        task::WorkflowTaskFailure,
    },
    model::{
        Failure, Payload, Payloads, QueryName, SignalName, event::update, transition::SignalDropped,
    },
};

/// A program whose code runs outside of every budget.
#[derive(Debug)]
pub(crate) struct Unconstrained(#[debug(skip)] Box<dyn Program>);

impl Unconstrained {
    /// The same program, whose code runs outside of every budget.
    pub(crate) fn of(program: Box<dyn Program>) -> Box<dyn Program> {
        Box::new(Self(program))
    }
}

impl Program for Unconstrained {
    fn activate(
        &mut self,
        activation: Activation,
    ) -> Result<Vec<ProgramCommand>, WorkflowTaskFailure> {
        unconstrained(|| self.0.activate(activation))
    }

    fn dropped_signals(&self) -> &BTreeMap<SignalName, SignalDropped> {
        self.0.dropped_signals()
    }

    fn check_update(&mut self, request: &update::Request) -> Result<(), Failure> {
        unconstrained(|| self.0.check_update(request))
    }

    fn query(&mut self, name: &QueryName, input: &Payloads) -> Result<Payload, QueryFailure> {
        unconstrained(|| self.0.query(name, input))
    }
}

#[expect(clippy::expect_used, reason = "what is lazy is ready at once")]
fn unconstrained<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::unconstrained(lazy(|_| work()))
        .now_or_never()
        .expect("a lazy future is ready at its first poll")
}
