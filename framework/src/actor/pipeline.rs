//! What waits for the disk: each shard's effects, in the order of the transitions that caused them.
//!
//! An execution goes on with its next message while its last transition is being flushed. What the
//! transition causes (replies, attempts) is a *release* and is held here until then. What runs say
//! to each other is not: the committer writes in the order in which it is handed things, so what a
//! message causes reaches the disk after its own cause, or not at all.

use std::{collections::VecDeque, rc::Rc, sync::Arc};

use derive_more::Debug;

use crate::{
    actor::{DurableMark, committer::CommitHandle, unattended::Unattended},
    storage::Commit,
};

/// The position of a transition among all those of its shard; 0 is before the first.
pub(super) type Ticket = u64;

/// Whether a release happens because its cause is durable, or because it never will be.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// The cause is on disk.
    Durable,
    /// The store has failed, and nothing that was waiting has happened.
    Failed(Arc<str>),
}

/// Something that is done once its cause is durable.
pub(super) type Release = Box<dyn FnOnce(&Fate)>;

/// One shard's transitions on their way to the disk.
#[derive(Debug)]
pub(super) struct Pipeline {
    committer: CommitHandle,
    submitted: Ticket,
    durable: Ticket,
    failure: Option<Arc<str>>,
    /// Set while something was handed over and nobody writes it.
    unattended: Rc<Unattended>,
    #[debug("{}", held.len())]
    held: VecDeque<(Ticket, Release)>,
}

impl Pipeline {
    pub(super) fn new(committer: CommitHandle) -> Self {
        Self {
            committer,
            submitted: 0,
            durable: 0,
            failure: None,
            unattended: Rc::default(),
            held: VecDeque::new(),
        }
    }

    /// The mark that moves when transitions become durable.
    pub(super) fn mark(&self) -> Arc<DurableMark> {
        Arc::clone(self.committer.mark())
    }

    /// The way to the committer, and what says when to have it write.
    pub(super) fn writer(&self) -> (CommitHandle, Rc<Unattended>) {
        (self.committer.clone(), Rc::clone(&self.unattended))
    }

    /// Hands a transition to the committer, and holds what it causes until it is durable.
    pub(super) fn submit(&mut self, commit: Commit, release: Release) -> Ticket {
        self.submitted += 1;
        self.held.push_back((self.submitted, release));
        if !self.committer.hand_over(commit, self.submitted) {
            self.unattended.set();
        }
        self.submitted
    }

    /// Holds something until the transition with this ticket is durable; `Some` gives it back
    /// because that is so already.
    #[must_use = "a release that is given back has to be done by the caller"]
    pub(super) fn hold(&mut self, ticket: Ticket, release: Release) -> Option<(Release, Fate)> {
        if let Some(reason) = &self.failure {
            return Some((release, Fate::Failed(Arc::clone(reason))));
        }
        if ticket <= self.durable {
            return Some((release, Fate::Durable));
        }
        // Invariant: `held` is sorted by ticket, and equal tickets keep their order.
        let position = self.held.partition_point(|(held, _)| *held <= ticket);
        self.held.insert(position, (ticket, release));
        None
    }

    /// Whether what was handed over so far is written, unless the store fails: not if another shard
    /// is about to take over.
    pub(super) fn is_in_line(&self) -> bool {
        !self.committer.is_retired()
    }

    /// The last ticket given out.
    pub(super) fn submitted(&self) -> Ticket {
        self.submitted
    }

    /// The last ticket known to be durable.
    pub(super) fn durable(&self) -> Ticket {
        self.durable
    }

    /// Why nothing becomes durable any more, if that is so.
    pub(super) fn failure(&self) -> Option<Arc<str>> {
        self.failure.clone()
    }

    /// Takes out all that waits, without a word about whether its cause becomes durable.
    pub(super) fn abandon(&mut self) -> Vec<Release> {
        let held = std::mem::take(&mut self.held);
        held.into_iter().map(|(_, release)| release).collect()
    }

    /// Looks at the mark, and takes out all that may be released now.
    pub(super) fn take_released(&mut self) -> (Vec<Release>, Fate) {
        self.durable = self.committer.mark().ticket();
        self.committer.mark().set_released(self.durable);
        let due = self
            .held
            .partition_point(|(ticket, _)| *ticket <= self.durable);
        if due > 0 {
            return (
                self.held.drain(..due).map(|(_, release)| release).collect(),
                Fate::Durable,
            );
        }
        let Some(reason) = self.committer.mark().failure() else {
            return (Vec::new(), Fate::Durable);
        };
        let reason = Arc::clone(self.failure.get_or_insert_with(|| Arc::from(reason)));
        let held = std::mem::take(&mut self.held);
        (
            held.into_iter().map(|(_, release)| release).collect(),
            Fate::Failed(reason),
        )
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // Nobody else may know what this shard has handed over.
        self.committer.call();
    }
}
