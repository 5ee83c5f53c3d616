//! One file: read, and each of its histories told to the code of its type.

use std::path::PathBuf;

use sempre::{
    model::{EventAttributes, History, WorkflowId, WorkflowType, event::foreign::Foreign},
    testing::replay::{Comparison, check_recorded},
    workflow::WorkflowRegistry,
};
use temporalio_protos::temporal::api::enums::v1::EventType;

use super::{Replay, ReplayOutcome};
use crate::{
    TemporalHistory,
    file::{self, HistoryFileError},
};

/// Replays what a file holds: one entry for each of its histories, or one for what is wrong with it.
pub(super) fn check_file(
    path: PathBuf,
    workflows: &WorkflowRegistry,
    comparison: Comparison,
) -> Vec<Replay> {
    let histories = match file::read(&path) {
        Ok(histories) => histories,
        Err(error) => {
            return vec![Replay {
                path,
                position: None,
                workflow: None,
                outcome: ReplayOutcome::Unreadable(error),
            }];
        }
    };
    let is_one_of_several = histories.len() > 1;
    let entry = |(position, history): (usize, TemporalHistory)| {
        let history = history.history();
        let workflow = workflow(&history);
        Replay {
            path: path.clone(),
            position: is_one_of_several.then_some(position),
            outcome: check(&history, &workflow.0, workflows, comparison),
            workflow: Some(workflow),
        }
    };
    (1..).zip(histories).map(entry).collect()
}

fn check(
    history: &History,
    workflow_type: &WorkflowType,
    workflows: &WorkflowRegistry,
    comparison: Comparison,
) -> ReplayOutcome {
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
    match check_recorded(history, code.make, comparison) {
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
