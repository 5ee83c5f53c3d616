//! The authority on one run: messages in, transitions out.
//!
//! What a Temporal history service does for one run, without I/O. [`ExecutionState`] is the fold
//! of the run's [`Transition`](crate::model::Transition)s. A message is decided by one function of
//! [`decide`] in a [`Draft`], which becomes the next transition, the [`Effect`]s that wait for it to
//! be durable, and the [`Message`]s to other runs, which only wait for their turn to be written:
//!
//! 1. `Draft::new(&mut state, now)`, with the time of the wall clock, whatever it was before;
//! 2. any number of `decide::…(&mut draft, message)`; a rejection leaves the draft as it was;
//! 3. `draft.seal()`: hand the transition over to be written, then bring the messages to their
//!    receivers, and once it is durable release the effects in order.
//!
//! Recovery folds the stored transitions with [`ExecutionState::apply`] and then calls
//! [`decide::lose_activity_attempts`]. After each step of the wall clock it is told
//! [`ExecutionState::follow_clock`].
//!
//! Absent on purpose: where a workflow task is run. It may start and complete within one draft, or
//! be away for many transitions; what happens meanwhile is buffered.

mod activity;
mod apply;
mod check;
mod child;
mod close;
mod command;
mod control;
mod cron;
pub mod decide;
mod draft;
mod effect;
mod other_command;
mod outbox;
mod pause;
mod pending;
mod problem;
mod progress;
mod property;
mod property_command;
mod rare;
mod rejection;
mod reset;
pub mod retry;
mod schedule;
mod since;
mod size;
mod state;
mod succession;
pub mod timeout;
mod update;
mod user_data;
mod workflow_task;

#[cfg(feature = "runtime")]
pub(crate) use self::cron::Schedule as CronSchedule;
pub use self::{
    child::PendingChild,
    draft::{Draft, FailedAttempt, Sealed},
    effect::{ActivityTask, Effect},
    outbox::{Message, MessageContent, MessageOutcome},
    pause::Pause,
    pending::{
        ActivityState, DroppedDetails, LinePlace, PendingActivity, PendingTimer,
        PendingWorkflowTask, WorkflowTaskProblem, WorkflowTaskStart,
    },
    problem::{Problem, ProblemKind, Surroundings},
    rejection::Rejection,
    since::Since,
    state::ExecutionState,
    update::{AdmittedUpdate, UpdateProgress},
    workflow_task::SERVICE,
};

#[cfg(test)]
mod tests;
