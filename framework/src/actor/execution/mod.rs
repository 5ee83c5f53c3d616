//! The execution actor: one run in memory, its state, its program, and its mailbox.
//!
//! Each message is one *step*: decide, run the workflow tasks that became possible, start the
//! activities that can start, seal everything into one transition, hand it to the committer. What
//! the step causes is released when the transition is durable; the next message does not wait.
//!
//! A panic anywhere in a step breaks the actor, not the shard: it is discarded with what it had in
//! memory, and rebuilt from its records.

mod actor;
mod attempts;
mod damage;
mod effects;
mod flight;
mod load;
mod local;
mod messages;
mod newborn;
mod open_task;
mod problems;
mod program;
mod replace;
mod request;
mod reset;
mod step;
mod tasks;
mod update;
mod waiting;
mod weight;

pub(super) use self::{actor::Execution, damage::check_readable};
pub(crate) use self::{
    load::{read_events, read_state},
    update::UNFINISHED,
};
