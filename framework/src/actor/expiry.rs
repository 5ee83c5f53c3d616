//! Which closed runs of a shard are deleted when: pure bookkeeping.
//!
//! Run ids begin with the time at which their runs began, and no run closes before it begins. So the
//! index of closed runs is looked through in the order of the ids, no further than to runs that began
//! as long ago as the shortest retention: those behind cannot be due yet. Of the ones that were passed
//! the time is kept here; who closes later tells the shard. A new process begins at the front, where
//! all has been deleted that was due before, so it reads little more than what it deletes.
//!
//! A clock that was ahead when a run began makes the run late, and never early.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    model::{Namespaces, RunId, Timestamp},
    storage::RunEntry,
};

/// Bound: runs whose time is known. Past it those that are due last are left out, and the index is
/// looked through again when the first of these is due.
const KNOWN_MAX: usize = 65_536;

/// A run that closes is kept in mind if the look at the index could come to it in less than this
/// time. Far longer than it takes to write something, and shorter than anything is kept.
const NEAR: Duration = Duration::from_secs(30 * 60);

/// Which closed runs of a shard are deleted when.
#[derive(Debug)]
pub(super) struct Expiry {
    policy: Namespaces,
    known: BTreeSet<(Timestamp, RunId)>,
    max_known: usize,
    /// All closed runs up to this one were looked at.
    seen: Option<RunId>,
    /// When to look at those behind.
    look_at: Option<Timestamp>,
    /// When to look at all of them again.
    again_at: Option<Timestamp>,
}

impl Expiry {
    /// Nothing is known yet, and the index is looked at from `now` on.
    pub(super) fn new(policy: Namespaces, now: Timestamp) -> Self {
        let look_at = policy.shortest_retention().map(|_| now);
        Self {
            policy,
            known: BTreeSet::new(),
            max_known: KNOWN_MAX,
            seen: None,
            look_at,
            again_at: None,
        }
    }

    /// The same with another bound.
    #[cfg(test)]
    pub(super) fn max_known(mut self, max: usize) -> Self {
        self.max_known = max;
        self
    }

    /// When there is something to do next.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        let first = self.known.first().map(|(at, _)| *at);
        [first, self.look_at, self.again_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// When this run may be deleted; `None` if never, or not as far as its entry says.
    pub(super) fn expires_at(&self, entry: &RunEntry) -> Option<Timestamp> {
        if entry.has_work() || entry.damage.is_some() {
            return None;
        }
        let rules = self.policy.of(&entry.execution.workflow_id);
        rules
            .retention
            .expires_at(&entry.workflow_type, entry.closed_at?)
    }

    /// Whether the index is to be looked at now, and behind which run.
    #[expect(clippy::option_option, reason = "the first look is behind no run")]
    pub(super) fn look(&mut self, now: Timestamp) -> Option<Option<RunId>> {
        if self.again_at.is_some_and(|at| at <= now) {
            self.again_at = None;
            self.seen = None;
            self.look_at = Some(now);
        }
        self.look_at.filter(|at| *at <= now).map(|_| self.seen)
    }

    /// Takes in what a look at the index has found, behind those that were seen; `is_all` if nothing
    /// is behind that. Of runs that are not this shard's nothing is kept.
    pub(super) fn take_in(
        &mut self,
        found: &[RunEntry],
        is_all: bool,
        now: Timestamp,
        is_ours: impl Fn(&RunEntry) -> bool,
    ) {
        for entry in found {
            let run_id = entry.execution.run_id;
            let earliest = self.earliest(run_id);
            if earliest > now {
                self.look_at = Some(earliest);
                return;
            }
            self.seen = Some(run_id);
            if is_ours(entry) {
                self.add(entry);
            }
        }
        self.look_at = (!is_all).then_some(now);
    }

    /// Looks again at this time: the index could not be read.
    pub(super) fn look_later(&mut self, at: Timestamp) {
        self.look_at = Some(at);
    }

    /// Takes note that a run has closed and has nothing to do any more.
    pub(super) fn closed(&mut self, entry: &RunEntry, now: Timestamp) {
        let run_id = entry.execution.run_id;
        if self.expires_at(entry).is_none() {
            return;
        }
        let earliest = self.earliest(run_id);
        // What says that it has nothing to do any more may be on its way to the disk: a look now could
        // miss it.
        let is_near = earliest <= now.after(NEAR);
        if is_near || self.seen.is_some_and(|seen| run_id <= seen) {
            return self.add(entry);
        }
        let planned = self.look_at.unwrap_or(Timestamp::MAX);
        self.look_at = Some(planned.min(earliest));
    }

    /// Up to `limit` runs that are due, the earliest first.
    pub(super) fn take_due(&mut self, now: Timestamp, limit: usize) -> Vec<RunId> {
        let mut due = Vec::new();
        while due.len() < limit
            && let Some((at, run_id)) = self.known.first().copied()
            && at <= now
        {
            self.known.remove(&(at, run_id));
            // A run whose closing was told while the index was read is known twice.
            if !due.contains(&run_id) {
                due.push(run_id);
            }
        }
        due
    }

    /// Puts a run back whose turn has come too early: it is due again at this time.
    pub(super) fn put_back(&mut self, run_id: RunId, at: Timestamp) {
        self.keep(at, run_id);
    }

    /// When a run may be due at the earliest.
    fn earliest(&self, run_id: RunId) -> Timestamp {
        match self.policy.shortest_retention() {
            Some(shortest) => run_id.began_at().after(shortest),
            None => Timestamp::MAX,
        }
    }

    fn add(&mut self, entry: &RunEntry) {
        if let Some(at) = self.expires_at(entry) {
            self.keep(at, entry.execution.run_id);
        }
    }

    fn keep(&mut self, at: Timestamp, run_id: RunId) {
        self.known.insert((at, run_id));
        if self.known.len() > self.max_known
            && let Some((at, _)) = self.known.pop_last()
        {
            let planned = self.again_at.unwrap_or(Timestamp::MAX);
            self.again_at = Some(planned.min(at));
        }
    }
}
