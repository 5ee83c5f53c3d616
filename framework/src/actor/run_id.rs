//! The ids of new runs.
//!
//! They are UUIDs of version 7: the time, and then something that no other run has. A run's random
//! numbers are seeded from its id, so where those are to be the same every time, what follows the
//! time is a number that counts runs.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use derive_more::Debug;
use uuid::{Builder, ContextV7, Uuid};

use crate::model::{RunId, Timestamp};

/// Counts the runs of all engines that share it, each of which starts them in the same order every
/// time. A cheap clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunNumbers(Arc<AtomicU64>);

impl RunNumbers {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Makes the ids of one shard's runs.
#[derive(Debug)]
pub(super) struct RunIds {
    numbers: Option<RunNumbers>,
    #[debug(skip)]
    context: ContextV7,
}

impl RunIds {
    /// Ids that nobody can foresee, unless there are numbers to make them of.
    pub(super) fn new(numbers: Option<RunNumbers>) -> Self {
        let context = ContextV7::new();
        Self { numbers, context }
    }

    /// The id of a run that begins now.
    pub(super) fn next(&self, now: Timestamp) -> RunId {
        let nanos = now.as_nanos();
        let Some(numbers) = &self.numbers else {
            let subsec = u32::try_from(nanos % 1_000_000_000).unwrap_or_default();
            let secs = nanos / 1_000_000_000;
            return Uuid::new_v7(uuid::Timestamp::from_unix(&self.context, secs, subsec)).into();
        };
        let number = u128::from(numbers.next()).to_be_bytes();
        let [_, _, _, _, _, _, tail @ ..] = number;
        let id = Builder::from_unix_timestamp_millis(nanos / 1_000_000, &tail);
        id.into_uuid().into()
    }
}
