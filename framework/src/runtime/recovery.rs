//! Finding the open executions of earlier processes without reading their histories.

use crate::{
    actor::{RecoveredRun, known_entry},
    model::Wake,
    runtime::{MissingCode, UnregisteredCode, missing_code::CodeCheck, route::shard_of},
    storage::{ReadStore, StorageError, record},
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
    /// The code that some of them need and nobody here has.
    pub(super) missing: Vec<MissingCode>,
}

impl OpenRuns {
    /// Tells the log what was found.
    ///
    /// Of runs without code one line for what they lack, because there may be many; each has a line of
    /// its own when it is loaded.
    pub(super) fn tell(&self) {
        tracing::info!(
            open = self.open,
            due_at_once = self.due,
            "open workflow executions were found"
        );
        for missing in &self.missing {
            warn(missing);
        }
    }
}

fn warn(missing: &MissingCode) {
    let (runs, example_workflow_id) = (missing.runs, &missing.example);
    match &missing.code {
        UnregisteredCode::WorkflowType { workflow_type } => tracing::warn!(
            %workflow_type,
            runs,
            %example_workflow_id,
            "the workflow type of open executions is not registered; they wait"
        ),
        UnregisteredCode::WorkflowVersion {
            workflow_type,
            version,
        } => tracing::warn!(
            %workflow_type,
            %version,
            runs,
            %example_workflow_id,
            "the workflow version of open executions is not registered; they wait"
        ),
        UnregisteredCode::Namespace { namespace } => tracing::warn!(
            %namespace,
            runs,
            %example_workflow_id,
            "the namespace of open executions is not declared; they go on, and nobody can ask for them"
        ),
        UnregisteredCode::ActivityType {
            workflow_type,
            activity_type,
            task_queue,
        } => tracing::warn!(
            %workflow_type,
            %activity_type,
            %task_queue,
            runs,
            %example_workflow_id,
            "activities of open executions are not registered; they wait"
        ),
    }
}

/// The open runs of a store.
pub(super) fn open_runs(
    store: &(impl ReadStore + ?Sized),
    shards: usize,
    mut code: CodeCheck<'_>,
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
            if entry.status.is_open() {
                code.look(store, &entry, wake)?;
            }
            if let Some(shard) = found
                .by_shard
                .get_mut(shard_of(&execution.workflow_id, shards))
            {
                shard.push(recovered);
            }
        }
        if is_last {
            found.missing = code.missing();
            return Ok(found);
        }
    }
}
