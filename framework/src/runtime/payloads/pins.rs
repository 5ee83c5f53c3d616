//! What is held in memory, and so is not deleted.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::model::ContentKey;

/// Keys that share a lock; of others nobody waits while content is deleted.
const STRIPES: usize = 16;

/// How many references to content are held, by its key.
#[derive(Debug, Default)]
pub(super) struct Pins([Mutex<BTreeMap<ContentKey, usize>>; STRIPES]);

impl Pins {
    /// One more reference is held. Waits while the content is being deleted.
    pub(super) fn hold(&self, key: ContentKey) {
        *self.stripe(&key).entry(key).or_default() += 1;
    }

    /// One less is held; says whether it was the last one.
    pub(super) fn let_go(&self, key: ContentKey) -> bool {
        let mut held = self.stripe(&key);
        let left = held.get(&key).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            held.remove(&key);
        } else {
            held.insert(key, left);
        }
        left == 0
    }

    /// Does something about content that nobody holds, and keeps others from holding it meanwhile.
    pub(super) fn unless_held(&self, key: &ContentKey, work: impl FnOnce()) {
        let held = self.stripe(key);
        if !held.contains_key(key) {
            work();
        }
    }

    fn stripe(&self, key: &ContentKey) -> MutexGuard<'_, BTreeMap<ContentKey, usize>> {
        let [first, ..] = *key.as_bytes();
        let index = usize::from(first) % STRIPES;
        // Invariant: there is one for each index, and a count is changed at once.
        let [zero, ..] = &self.0;
        let stripe = self.0.get(index).unwrap_or(zero);
        stripe.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
