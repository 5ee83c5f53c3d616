//! What became of all histories, counted.

use std::{
    collections::BTreeMap,
    fmt,
    process::{ExitCode, Termination},
};

use derive_more::Display;
use sempre::model::{WorkflowType, WorkflowVersion};
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
    /// Stores whose open runs were looked at, also where there are none.
    pub stores: usize,
}

/// What became of the histories of one version of a workflow.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct WorkflowCounts {
    /// Histories that the code fits.
    pub replayed: usize,
    /// Histories that the code does not fit.
    pub diverged: usize,
    /// Histories without code.
    pub unregistered: usize,
    /// Histories that cannot be read.
    pub unreadable: usize,
    /// Patches that histories have and the code does not ask for, with the number of histories.
    pub missing_patches: BTreeMap<String, usize>,
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

    /// What became of the histories of each workflow, and of each version that runs stay with; `None`
    /// for runs that have not begun.
    pub fn workflows(&self) -> BTreeMap<(WorkflowType, Option<WorkflowVersion>), WorkflowCounts> {
        let mut workflows: BTreeMap<_, WorkflowCounts> = BTreeMap::new();
        for replay in &self.replays {
            let Some((workflow_type, _)) = &replay.workflow else {
                continue;
            };
            let kind = (workflow_type.clone(), replay.version);
            let counts = workflows.entry(kind).or_default();
            match &replay.outcome {
                ReplayOutcome::Replayed { .. } => counts.replayed += 1,
                ReplayOutcome::Diverged(_) => counts.diverged += 1,
                ReplayOutcome::Unregistered { .. } => counts.unregistered += 1,
                ReplayOutcome::Unreadable(_) => counts.unreadable += 1,
            }
            if let Some(patch) = replay.outcome.missing_patch() {
                let missing = counts.missing_patches.entry(patch.to_owned());
                *missing.or_default() += 1;
            }
        }
        workflows
    }

    /// What it comes to, as the exit code of a program.
    pub fn exit_code(&self) -> ExitCode {
        self.verdict().into()
    }

    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        let counts = self.counts();
        let is_empty = counts.replayed == 0 && self.stores == 0;
        if counts.diverged + counts.unregistered > 0 {
            Verdict::Differs
        } else if counts.unreadable > 0 || is_empty {
            Verdict::Incomplete
        } else {
            Verdict::Fits
        }
    }

    /// Whether the code fits every history, and every file was one.
    pub fn is_success(&self) -> bool {
        self.verdict() == Verdict::Fits
    }

    /// The report for programs: `success`, the counts, those of each version of each workflow, and a list
    /// of what became of each history.
    pub fn to_json(&self) -> Value {
        let counts = self.counts();
        let workflows: Vec<_> = self.workflows().into_iter().map(workflow).collect();
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
            "workflows": workflows,
            "histories": histories,
        })
    }
}

fn workflow(
    ((workflow_type, version), counts): ((WorkflowType, Option<WorkflowVersion>), WorkflowCounts),
) -> Value {
    json!({
        "workflowType": workflow_type.as_str(),
        "version": version.map(WorkflowVersion::get),
        "replayed": counts.replayed,
        "diverged": counts.diverged,
        "unregistered": counts.unregistered,
        "unreadable": counts.unreadable,
        "missingPatches": counts.missing_patches,
    })
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
    if let Some(version) = replay.version {
        put("version", version.get().into());
    }
    if let Some(patch) = replay.outcome.missing_patch() {
        put("missingPatch", patch.into());
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
