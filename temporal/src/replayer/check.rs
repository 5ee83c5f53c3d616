//! One file, or one run of a store: read, and each history told to the code of its type.

use std::path::{Path, PathBuf};

use sempre::{
    model::{Codecs, EventAttributes, History, WorkflowId, WorkflowType, event::foreign::Foreign},
    storage::{ReadStore, RunEntry},
    testing::replay::{Comparison, check_recorded},
    workflow::WorkflowRegistry,
};
use temporalio_protos::temporal::api::enums::v1::EventType;

use super::{Replay, ReplayOutcome};
use crate::{
    TemporalHistory,
    file::{self, HistoryFileError},
    stored,
};

/// What histories are told to, and what they are decoded with before.
#[derive(Clone, Debug, Default)]
pub(super) struct Code {
    pub(super) workflows: WorkflowRegistry,
    pub(super) codecs: Codecs,
}

/// Replays what a file holds: one entry for each of its histories, or one for what is wrong with it.
pub(super) fn check_file(path: PathBuf, code: &Code, comparison: Comparison) -> Vec<Replay> {
    let histories = match file::read(&path) {
        Ok(histories) => histories,
        Err(error) => {
            return vec![Replay {
                path,
                position: None,
                workflow: None,
                version: None,
                outcome: ReplayOutcome::Unreadable(error),
            }];
        }
    };
    let is_one_of_several = histories.len() > 1;
    let entry = |(position, history): (usize, TemporalHistory)| Replay {
        position: is_one_of_several.then_some(position),
        ..check_history(path.clone(), &history.history(), code, comparison)
    };
    (1..).zip(histories).map(entry).collect()
}

/// Replays an open run of a store.
pub(super) fn check_run(
    (path, store): (&Path, &(impl ReadStore + ?Sized)),
    run: &RunEntry,
    code: &Code,
    comparison: Comparison,
) -> Replay {
    match stored::history(store, &run.execution) {
        Ok(history) => check_history(path.to_owned(), &history, code, comparison),
        Err(error) => Replay {
            path: path.to_owned(),
            position: None,
            workflow: Some((run.workflow_type.clone(), run.execution.workflow_id.clone())),
            version: run.version(),
            outcome: ReplayOutcome::Unreadable(error.into()),
        },
    }
}

/// Replays a history that was found here.
pub(super) fn check_history(
    path: PathBuf,
    history: &History,
    code: &Code,
    comparison: Comparison,
) -> Replay {
    let workflow = workflow(history);
    Replay {
        path,
        position: None,
        outcome: check(history, &workflow.0, code, comparison),
        workflow: Some(workflow),
        version: history.version(),
    }
}

fn check(
    history: &History,
    workflow_type: &WorkflowType,
    Code { workflows, codecs }: &Code,
    comparison: Comparison,
) -> ReplayOutcome {
    let history = match codecs.decoded(history) {
        Ok(history) => history,
        Err(error) => return ReplayOutcome::Unreadable(error.into()),
    };
    let history = &*history;
    if let Some(error) = unsupported(history) {
        return ReplayOutcome::Unreadable(error);
    }
    let version = history.version();
    let Some(code) = workflows.find(workflow_type, version) else {
        let is_known = workflows.find(workflow_type, None).is_some();
        return ReplayOutcome::Unregistered {
            workflow_type: workflow_type.clone(),
            version: version.filter(|_| is_known),
        };
    };
    match check_recorded(history, &code.factory, comparison) {
        Ok(summary) => ReplayOutcome::Replayed {
            events: summary.events,
            workflow_tasks: summary.workflow_tasks,
        },
        Err(report) => ReplayOutcome::Diverged(Box::new(report)),
    }
}

/// Whose history it is.
fn workflow(history: &History) -> (WorkflowType, WorkflowId) {
    let workflow_id = history.execution.workflow_id.clone();
    match history.attributes().next() {
        Some(EventAttributes::WorkflowExecutionStarted(started)) => {
            (started.workflow_type.clone(), workflow_id)
        }
        _ => (WorkflowType::default(), workflow_id),
    }
}

/// The first event that sempre has no model of, and that may not be passed over.
fn unsupported(history: &History) -> Option<HistoryFileError> {
    history.events.iter().find_map(|event| {
        let EventAttributes::Foreign(Foreign {
            event_type,
            worker_may_ignore: false,
            ..
        }) = event.attributes
        else {
            return None;
        };
        let event_type = EventType::try_from(i32::from(event_type)).unwrap_or_default();
        Some(HistoryFileError::Unsupported {
            event_id: event.id,
            event_type: event_type.as_str_name().to_owned(),
        })
    })
}
