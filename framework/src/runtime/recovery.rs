//! Finding the open executions of earlier processes without reading their histories.

use crate::{
    actor::RecoveredRun,
    model::Wake,
    runtime::route::shard_of,
    storage::{ReadStore, StorageError, record},
};

/// Bound: open runs read from the store at a time.
const PAGE: usize = 1024;

/// The open runs of a store, by the shard that will own each.
pub(super) fn open_runs(
    store: &(impl ReadStore + ?Sized),
    shards: usize,
) -> Result<Vec<Vec<RecoveredRun>>, StorageError> {
    let mut by_shard = vec![Vec::new(); shards];
    let mut after = None;
    loop {
        let page = store.open_runs(after, PAGE)?;
        for open in &page {
            let execution = &open.entry.execution;
            // A run whose last record is damaged is loaded at once, and set aside with the cause.
            let wake = record::peek_wake(execution.run_id, &open.last_record);
            let wake = wake.unwrap_or(Wake {
                at_once: true,
                ..Wake::default()
            });
            let recovered = RecoveredRun {
                run_id: execution.run_id,
                wake,
            };
            if let Some(shard) = by_shard.get_mut(shard_of(&execution.workflow_id, shards)) {
                shard.push(recovered);
            }
            after = Some(execution.run_id);
        }
        if page.len() < PAGE {
            return Ok(by_shard);
        }
    }
}
