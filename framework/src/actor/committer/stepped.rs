//! The committer without its thread: whoever holds it says when a group is gathered, and when it is
//! written.
//!
//! It has the right to write from the beginning and never gives it back, so no shard writes itself.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    actor::{
        FailureNote,
        committer::{CommitHandle, desk::Desk, group::Group, line::Line},
    },
    clock::SharedClock,
    storage::{Commit, Store, WriteClaim},
};

/// A committer that writes when it is told to.
#[derive(Debug)]
pub(crate) struct SteppedCommitter {
    line: Arc<Line>,
    desk: Arc<Desk>,
    #[debug(skip)]
    group: Group,
    #[debug(skip)]
    _claim: WriteClaim,
}

impl SteppedCommitter {
    /// What writes to this store, which is claimed for as long as this lives.
    pub(crate) fn new(store: Arc<dyn Store>, claim: WriteClaim, clock: SharedClock) -> Self {
        let line = Line::new();
        line.keep_right();
        Self {
            line: Arc::new(line),
            desk: Arc::new(Desk::new(store, clock)),
            group: Group::default(),
            _claim: claim,
        }
    }

    /// Why nothing more is written, once that is so.
    pub(crate) fn failure(&self) -> FailureNote {
        self.desk.note()
    }

    /// A way to the committer for one shard.
    pub(crate) fn handle(&self) -> CommitHandle {
        CommitHandle::new(Arc::clone(&self.line), Arc::clone(&self.desk))
    }

    /// Adds what waits to the group that is written next, until that has so many commits; returns
    /// them.
    pub(crate) fn gather(&mut self, max_commits: usize) -> &[Commit] {
        while self.group.commits().len() < max_commits
            && let Some(request) = self.line.take_waiting()
        {
            self.group.take(request);
        }
        self.group.commits()
    }

    /// Writes the group that has been gathered.
    pub(crate) fn flush(&mut self) {
        self.group.flush(&self.desk);
    }
}
