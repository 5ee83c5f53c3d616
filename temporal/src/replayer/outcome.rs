//! What became of one history.

use std::path::PathBuf;

use derive_more::Debug;
use sempre::{
    model::{EventId, WorkflowId, WorkflowType, WorkflowVersion},
    testing::replay,
};

use crate::HistoryFileError;

/// One history, or one file that holds none: where it is, and what became of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Replay {
    /// The file, or the folder of the store; empty if the history was at hand.
    pub path: PathBuf,
    /// Which history of the file it is, from 1, where the file has several.
    pub position: Option<usize>,
    /// Whose history it is, where that could be read.
    pub workflow: Option<(WorkflowType, WorkflowId)>,
    /// The version of the workflow's code that the run stays with, if it stays with one.
    pub version: Option<WorkflowVersion>,
    /// What became of it.
    pub outcome: ReplayOutcome,
}

/// What became of a history.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReplayOutcome {
    /// The code says what the history says.
    Replayed {
        /// Events of the history.
        events: usize,
        /// Workflow tasks whose answers were given again.
        workflow_tasks: usize,
    },
    /// The code does not fit the history; the report says where, and what to do.
    Diverged(Box<replay::ReplayError>),
    /// No workflow of this type is registered. Register it, or take the history away.
    Unregistered {
        /// The type.
        workflow_type: WorkflowType,
        /// The version that the run stays with, if others are registered.
        version: Option<WorkflowVersion>,
    },
    /// The file does not hold a history that can be replayed.
    Unreadable(HistoryFileError),
}

impl ReplayOutcome {
    /// Its name, as reports write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Replayed { .. } => "replayed",
            Self::Diverged(_) => "diverged",
            Self::Unregistered { .. } => "unregistered",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// The patch that the history has and the code does not ask for, if that is what is wrong.
    pub fn missing_patch(&self) -> Option<&str> {
        match self {
            Self::Diverged(report) => report.mismatch.missing_patch(),
            _ => None,
        }
    }

    /// The event that is wrong, where it is one and known.
    pub fn event_id(&self) -> Option<EventId> {
        match self {
            Self::Replayed { .. } | Self::Unregistered { .. } => None,
            Self::Diverged(report) => report.mismatch.event_id(),
            Self::Unreadable(error) => error.event_id(),
        }
    }

    /// What is wrong; `None` if nothing is.
    ///
    /// The events of a history that does not fit are left out, because there may be thousands.
    pub fn complaint(&self) -> Option<String> {
        match self {
            Self::Replayed { .. } => None,
            Self::Diverged(report) => Some(divergence(&report.mismatch)),
            Self::Unregistered {
                workflow_type,
                version: None,
            } => Some(format!(
                "the workflow type is not registered, add it with `Replayer::workflow`: \
                 workflow_type={workflow_type}"
            )),
            Self::Unregistered {
                workflow_type,
                version: Some(version),
            } => Some(format!(
                "the run stays with a version of its workflow that is not registered, add it with \
                 `Replayer::workflow`: workflow_type={workflow_type} version={version}"
            )),
            Self::Unreadable(error) => Some(error.to_string()),
        }
    }
}

/// The report of a divergence, with what only a replayer can offer.
fn divergence(mismatch: &replay::ReplayMismatch) -> String {
    let mut report = mismatch.to_string();
    if let replay::ReplayMismatch::OtherAnswer { .. } = mismatch {
        report.push_str(
            "\n  remedy: take the change back; where only a value is meant to be another one, open \
             runs can go on, and a comparison of kinds accepts it (--compare kinds)",
        );
    }
    report
}
