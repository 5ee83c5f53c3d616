//! What has to hold in every world, one promise a file.
//!
//! An invariant is told what happens, moment by moment, and holds it against the facts. A new
//! feature adds to the files here, or a file of its own to [`all`].

mod acknowledged;
mod attempt;
mod cause;
mod chain;
mod child;
mod dialog;
mod fold;
mod index;
mod message;
mod once;
mod outcome;
mod pause;
mod progress;
mod retention;
mod schedule;
mod secrecy;
mod timer;

use std::collections::BTreeMap;

use derive_more::{Debug, Display};
use sempre::{
    client::Description, model::RunId, schedule::ScheduleDescription, storage::MemoryStore,
};

use crate::simulation::{
    activity::{Attempt, AttemptKey},
    client::{Answer, Asked, Clients},
    facts::{Fact, Facts},
    plan::Settings,
    script::Standing,
    time,
};

/// Something that has happened in a world.
#[derive(Debug)]
pub(crate) enum Moment<'m> {
    /// A transition was synced.
    Synced(&'m Fact),
    /// An attempt has begun.
    Began(&'m Attempt),
    /// An attempt has learned that it is to stop.
    ToldToStop(&'m Attempt),
    /// An attempt has reported this number.
    Said(AttemptKey, u32),
    /// An attempt has heard something from its workflow.
    Heard(&'m Attempt),
    /// A client was answered.
    Answered(&'m Asked, &'m Answer),
    /// Everything is written, and the engine has nothing to do at this time.
    Rested(&'m Rest),
    /// A process is gone; this is what the next one finds.
    Gone(&'m MemoryStore),
    /// How the schedules stand that are there, when nobody sleeps any more.
    SchedulesDescribed(&'m [Box<ScheduleDescription>]),
    /// The world has come to its end: no fault is left, nothing runs, nobody sleeps.
    Quiet(&'m BTreeMap<RunId, Report>),
    /// All runs were helped to their ends.
    Over(&'m Clients),
}

/// How an engine stands that has come to rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    /// Whether a read has failed since it was started, or a run was set aside.
    pub(crate) is_troubled: bool,
    /// When it was started.
    pub(crate) since: time::Moment,
}

/// What the engine says of a run that is open.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) description: Box<Description>,
    pub(crate) standing: Option<Standing>,
}

/// A promise that a world has broken.
#[derive(Clone, PartialEq, Eq, Debug, Display)]
#[display("{invariant}: {what}")]
pub(crate) struct Breach {
    /// Which invariant.
    pub(crate) invariant: &'static str,
    /// What was not as it has to be.
    pub(crate) what: String,
}

/// One promise.
pub(crate) trait Invariant {
    /// What it says, in a few words.
    fn name(&self) -> &'static str;

    /// Holds what has happened against the facts.
    fn check(&mut self, moment: &Moment<'_>, facts: &Facts) -> Result<(), String>;
}

/// All of them, for a world with these settings.
pub(crate) fn all(settings: &Settings) -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(acknowledged::Acknowledged::default()),
        Box::new(once::Once::default()),
        Box::new(cause::Cause),
        Box::new(chain::Chain),
        Box::new(child::Children::default()),
        Box::new(attempt::Attempts::default()),
        Box::new(dialog::Dialog::default()),
        Box::new(fold::Fold),
        Box::new(index::Index),
        Box::new(message::Messages::default()),
        Box::new(timer::Timers::default()),
        Box::new(outcome::Outcome),
        Box::new(pause::Pauses::default()),
        Box::new(progress::Progress),
        Box::new(schedule::Schedules::default()),
        Box::new(retention::Retention {
            forgets: settings.forgets,
        }),
        Box::new(secrecy::Secrecy {
            is_veiled: settings.coding.is_veiled,
        }),
    ]
}
