//! Finding the open executions of earlier processes without reading their histories.

use std::collections::BTreeMap;

use crate::{
    actor::{RecoveredRun, known_entry},
    model::{Wake, WorkflowId, WorkflowType},
    runtime::route::shard_of,
    storage::{ReadStore, StorageError, record},
    workflow::WorkflowRegistry,
};

/// Bound: open runs read from the store at a time.
const PAGE: usize = 1024;

/// The open runs of earlier processes.
#[derive(Debug, Default)]
pub(super) struct OpenRuns {
    /// By the shard that will own each.
    pub(super) by_shard: Vec<Vec<RecoveredRun>>,
    /// How many of them are open; the others have closed, with messages on their way.
    open: usize,
    /// How many have something to do at once.
    due: usize,
    /// The types that nobody here can run: how many runs there are of each, and one of them.
    without_code: BTreeMap<WorkflowType, (usize, WorkflowId)>,
}

impl OpenRuns {
    /// Tells the log what was found.
    ///
    /// Of runs without code one line a type, because there may be many and none is loaded for it;
    /// each has a line of its own when it is.
    pub(super) fn tell(&self) {
        tracing::info!(
            open = self.open,
            due_at_once = self.due,
            "open workflow executions were found"
        );
        for (workflow_type, (runs, example)) in &self.without_code {
            tracing::warn!(
                %workflow_type,
                runs,
                example_workflow_id = %example,
                "the workflow type of open executions is not registered; they wait"
            );
        }
    }
}

/// The open runs of a store.
pub(super) fn open_runs(
    store: &(impl ReadStore + ?Sized),
    shards: usize,
    programs: &WorkflowRegistry,
) -> Result<OpenRuns, StorageError> {
    let mut found = OpenRuns {
        by_shard: vec![Vec::new(); shards],
        ..OpenRuns::default()
    };
    let mut after = None;
    loop {
        let page = store.open_runs(after, PAGE)?;
        let is_last = page.len() < PAGE;
        for open in page {
            after = Some(open.entry.execution.run_id);
            let entry = known_entry(store, open.entry);
            let execution = &entry.execution;
            if let Some(damage) = &entry.damage {
                tracing::error!(
                    run_id = %execution.run_id,
                    workflow_id = %execution.workflow_id,
                    damage,
                    "the entry of an open execution in the index is damaged; it is set aside"
                );
            }
            // A run whose entry or last record is damaged is loaded at once, and set aside with the cause.
            let last_record = &open.last_record;
            let wake = record::peek_wake(execution.run_id, last_record);
            let wake = wake.ok().filter(|_| entry.damage.is_none());
            let at_once = Wake {
                at_once: true,
                ..Wake::default()
            };
            let (wake, decided_at) = wake.unwrap_or((at_once, None));
            let recovered = RecoveredRun {
                run_id: execution.run_id,
                wake,
                decided_at: decided_at.unwrap_or_default(),
            };
            found.open += usize::from(entry.status.is_open());
            found.due += usize::from(wake.at_once);
            let workflow_type = &entry.workflow_type;
            if entry.status.is_open() && programs.find(workflow_type).is_none() {
                let without_code = found.without_code.entry(workflow_type.clone());
                let example = (0, execution.workflow_id.clone());
                without_code.or_insert(example).0 += 1;
            }
            if let Some(shard) = found
                .by_shard
                .get_mut(shard_of(&execution.workflow_id, shards))
            {
                shard.push(recovered);
            }
        }
        if is_last {
            return Ok(found);
        }
    }
}
