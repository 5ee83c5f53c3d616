//! The cases: what is counted, each in a process of its own.
//!
//! A case prepares its input, does its work once so that nothing in it happens for the first time,
//! and does it once more inside [`counted_by_callgrind`], the only function that is counted.

use std::hint::black_box;

use sempre::{
    machine::replay::Replayer,
    storage::{StoredRecord, record},
    workflow::Driver,
};

use crate::{
    Outcome,
    run::{Run, Steps},
};

/// Steps that leave a little over a thousand events.
const STEPS_OF_THOUSAND_EVENTS: u32 = 166;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Case {
    /// A history of a thousand events is told to its program.
    ReplayOfThousandEvents,
    /// An activity ends: the workflow task, the next activity and its first attempt.
    Transition,
    /// The transition becomes a record.
    RecordEncode,
    /// The record becomes a transition.
    RecordDecode,
}

impl Case {
    pub(crate) const ALL: [Self; 4] = [
        Self::ReplayOfThousandEvents,
        Self::Transition,
        Self::RecordEncode,
        Self::RecordDecode,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ReplayOfThousandEvents => "replay-1000",
            Self::Transition => "transition",
            Self::RecordEncode => "record-encode",
            Self::RecordDecode => "record-decode",
        }
    }

    pub(crate) fn find(name: &str) -> Outcome<Self> {
        let mut all = Self::ALL.into_iter();
        let case = all.find(|case| case.name() == name);
        case.ok_or_else(|| format!("there is no case {name}").into())
    }

    /// Does the work, as callgrind's tool or without it.
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::ReplayOfThousandEvents => replay(),
            Self::Transition => transition(),
            Self::RecordEncode => encode(),
            Self::RecordDecode => decode(),
        }
    }
}

/// The function that callgrind looks for.
#[inline(never)]
fn counted_by_callgrind<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

fn replay() -> Outcome {
    let run = Run::with_steps(STEPS_OF_THOUSAND_EVENTS)?;
    let tell = || {
        let mut replayer = Replayer::new(Box::new(Driver::<Steps>::new()));
        replayer
            .handle_history(black_box(&run.events))
            .map_err(|failure| failure.failure.to_string())
    };
    tell()?;
    Ok(counted_by_callgrind(tell)?)
}

fn transition() -> Outcome {
    let mut run = Run::with_steps(STEPS_OF_THOUSAND_EVENTS)?;
    run.step()?;
    counted_by_callgrind(|| run.step()).map(drop)
}

fn encode() -> Outcome {
    let mut run = Run::with_steps(STEPS_OF_THOUSAND_EVENTS)?;
    let sealed = run.step()?;
    let write = || record::encode(run.id, sealed.number, black_box(&sealed.transition));
    drop(write());
    drop(counted_by_callgrind(write));
    Ok(())
}

fn decode() -> Outcome {
    let mut run = Run::with_steps(STEPS_OF_THOUSAND_EVENTS)?;
    let sealed = run.step()?;
    let stored = StoredRecord {
        number: sealed.number,
        bytes: record::encode(run.id, sealed.number, &sealed.transition),
    };
    let read = || record::decode(run.id, black_box(&stored));
    drop(read()?);
    drop(counted_by_callgrind(read)?);
    Ok(())
}
