//! Who waits for the outcome of which update.

use std::collections::BTreeMap;

use derive_more::Debug;

use crate::{
    actor::{Refusal, Reply, UpdateAnswer},
    model::{RunId, UpdateId},
};

/// Those who wait for the outcome of an update that was accepted, of all runs of a shard.
///
/// They are no part of a run in memory, which may leave it meanwhile.
#[derive(Debug, Default)]
pub(super) struct UpdateWaiters(
    #[debug(skip)] BTreeMap<RunId, BTreeMap<UpdateId, Vec<Reply<UpdateAnswer>>>>,
);

impl UpdateWaiters {
    /// Adds somebody who waits, and forgets those who have given up.
    pub(super) fn add(&mut self, run_id: RunId, update_id: UpdateId, reply: Reply<UpdateAnswer>) {
        let waiting = self.0.entry(run_id).or_default();
        let waiting = waiting.entry(update_id).or_default();
        waiting.retain(|reply| !reply.is_canceled());
        waiting.push(reply);
    }

    /// Takes out those who wait for one update.
    pub(super) fn take(&mut self, run_id: RunId, update_id: &UpdateId) -> Vec<Reply<UpdateAnswer>> {
        let Some(of_run) = self.0.get_mut(&run_id) else {
            return Vec::new();
        };
        let waiting = of_run.remove(update_id).unwrap_or_default();
        if of_run.is_empty() {
            self.0.remove(&run_id);
        }
        waiting
    }

    /// Takes out those who wait for any update of a run.
    pub(super) fn take_run(&mut self, run_id: RunId) -> Vec<Reply<UpdateAnswer>> {
        let of_run = self.0.remove(&run_id).unwrap_or_default();
        of_run.into_values().flatten().collect()
    }

    /// Answers all that it does not come any more.
    pub(super) fn refuse_all(&mut self, refusal: &Refusal) {
        let all = std::mem::take(&mut self.0).into_values();
        for reply in all.flat_map(BTreeMap::into_values).flatten() {
            // The caller may have given up waiting.
            let _gone = reply.send(Err(refusal.clone()));
        }
    }
}
