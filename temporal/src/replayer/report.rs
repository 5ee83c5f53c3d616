//! What became of all histories, counted.

use std::{
    fmt,
    process::{ExitCode, Termination},
};

use derive_more::Display;
use serde_json::{Value, json};

use super::{Replay, ReplayOutcome, print};

/// What became of the histories that were replayed, in the order in which they were found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ReplayReport {
    /// One entry for each history, and for each file that holds none.
    pub replays: Vec<Replay>,
    /// Files that were left alone because they are not named as histories are.
    pub skipped: usize,
}

/// The counts of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Display)]
#[display(
    "replayed={replayed} diverged={diverged} unregistered={unregistered} unreadable={unreadable} \
     skipped={skipped} events={events} workflow_tasks={workflow_tasks}"
)]
#[non_exhaustive]
pub struct ReplayCounts {
    /// Histories that the code fits.
    pub replayed: usize,
    /// Histories that the code does not fit.
    pub diverged: usize,
    /// Histories of workflow types that are not registered.
    pub unregistered: usize,
    /// Files that hold no history, or one that cannot be replayed.
    pub unreadable: usize,
    /// Files that were left alone because they are not named as histories are.
    pub skipped: usize,
    /// Events of the histories that the code fits.
    pub events: usize,
    /// Workflow tasks of the histories that the code fits.
    pub workflow_tasks: usize,
}

/// What a replay comes to; the worst that was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// The code fits every history. The exit code is 0.
    Fits,
    /// The code does not fit a history, or there is no code for one. The exit code is 1.
    Differs,
    /// Nothing differs, but files could not be read, or nothing was replayed. The exit code is 2.
    Incomplete,
}

impl ReplayReport {
    /// How many became what.
    pub fn counts(&self) -> ReplayCounts {
        let mut counts = ReplayCounts {
            skipped: self.skipped,
            ..ReplayCounts::default()
        };
        for replay in &self.replays {
            match &replay.outcome {
                ReplayOutcome::Replayed {
                    events,
                    workflow_tasks,
                } => {
                    counts.replayed += 1;
                    counts.events += events;
                    counts.workflow_tasks += workflow_tasks;
                }
                ReplayOutcome::Diverged(_) => counts.diverged += 1,
                ReplayOutcome::Unregistered { .. } => counts.unregistered += 1,
                ReplayOutcome::Unreadable(_) => counts.unreadable += 1,
            }
        }
        counts
    }

    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        let counts = self.counts();
        if counts.diverged + counts.unregistered > 0 {
            Verdict::Differs
        } else if counts.unreadable > 0 || counts.replayed == 0 {
            Verdict::Incomplete
        } else {
            Verdict::Fits
        }
    }

    /// Whether the code fits every history, and every file was one.
    pub fn is_success(&self) -> bool {
        self.verdict() == Verdict::Fits
    }

    /// The report for programs: `success`, the counts, and a list of what became of each history.
    pub fn to_json(&self) -> Value {
        let counts = self.counts();
        let histories: Vec<_> = self.replays.iter().map(entry).collect();
        json!({
            "success": self.is_success(),
            "replayed": counts.replayed,
            "diverged": counts.diverged,
            "unregistered": counts.unregistered,
            "unreadable": counts.unreadable,
            "skipped": counts.skipped,
            "events": counts.events,
            "workflowTasks": counts.workflow_tasks,
            "histories": histories,
        })
    }
}

fn entry(replay: &Replay) -> Value {
    let mut entry = json!({
        "path": replay.path.to_string_lossy(),
        "outcome": replay.outcome.name(),
    });
    let mut put = |key: &str, value: Value| {
        if let Value::Object(fields) = &mut entry {
            fields.insert(key.to_owned(), value);
        }
    };
    if let Some(position) = replay.position {
        put("position", position.into());
    }
    if let Some((workflow_type, workflow_id)) = &replay.workflow {
        put("workflowType", workflow_type.as_str().into());
        put("workflowId", workflow_id.as_str().into());
    }
    if let ReplayOutcome::Replayed {
        events,
        workflow_tasks,
    } = replay.outcome
    {
        put("events", events.into());
        put("workflowTasks", workflow_tasks.into());
    }
    if let Some(event_id) = replay.outcome.event_id() {
        put("eventId", event_id.get().into());
    }
    if let Some(complaint) = replay.outcome.complaint() {
        put("complaint", complaint.into());
    }
    entry
}

/// What is wrong, and the counts.
impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print::plain(self))
    }
}

impl Verdict {
    /// The exit code as a number.
    pub fn code(self) -> u8 {
        match self {
            Self::Fits => 0,
            Self::Differs => 1,
            Self::Incomplete => 2,
        }
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        verdict.code().into()
    }
}

/// A `main` may return it.
impl Termination for Verdict {
    fn report(self) -> ExitCode {
        self.into()
    }
}
