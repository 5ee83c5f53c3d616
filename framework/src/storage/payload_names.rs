//! Which runs name which stored payloads, in memory and both ways round.

use std::collections::BTreeSet;

use crate::model::{ContentKey, RunId};

/// What the records of runs name; takes no memory where they name nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct PayloadNames {
    by_run: BTreeSet<(RunId, ContentKey)>,
    by_key: BTreeSet<(ContentKey, RunId)>,
}

const FIRST: ContentKey = ContentKey::from_bytes([0; ContentKey::BYTES]);
const LAST: ContentKey = ContentKey::from_bytes([u8::MAX; ContentKey::BYTES]);

impl PayloadNames {
    /// Takes note of what a record of a run names.
    pub(super) fn add(&mut self, run_id: RunId, keys: &[ContentKey]) {
        for key in keys {
            self.by_run.insert((run_id, *key));
            self.by_key.insert((*key, run_id));
        }
    }

    /// Forgets that a run names these.
    pub(super) fn remove(&mut self, run_id: RunId, keys: &[ContentKey]) {
        for key in keys {
            self.by_run.remove(&(run_id, *key));
            self.by_key.remove(&(*key, run_id));
        }
    }

    /// What a run names, in the order of the keys.
    pub(super) fn of_run(&self, run_id: RunId) -> Vec<ContentKey> {
        let all = self.by_run.range((run_id, FIRST)..=(run_id, LAST));
        all.map(|(_, key)| *key).collect()
    }

    /// Whether any run names this.
    pub(super) fn contains(&self, key: &ContentKey) -> bool {
        let (first, last) = (RunId::from_u128(0), RunId::from_u128(u128::MAX));
        let mut all = self.by_key.range((*key, first)..=(*key, last));
        all.next().is_some()
    }
}
