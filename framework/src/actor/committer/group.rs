//! What shares one flush.

use std::sync::Arc;

use crate::{
    actor::{DurableMark, committer::desk::Desk},
    storage::Commit,
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
};

/// Bound: transitions in one flush, so that none waits behind an endless group.
const GROUP_MAX: usize = 4 * 1024;
/// Bound: bytes in one flush.
const GROUP_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What the committer is asked for.
pub(super) enum Request {
    Commit(Submission),
    /// Shuts a shard out: what it has handed over before is written, and nothing after. Answers when
    /// that is done.
    ShutOut(Arc<ShutOut>, SyncSender<()>),
}

/// A transition that is handed over.
pub(super) struct Submission {
    pub(super) commit: Commit,
    pub(super) ticket: u64,
    pub(super) mark: Arc<DurableMark>,
    pub(super) shut_out: Arc<ShutOut>,
}

/// Whether a shard is shut out, as whoever writes sees it: in the order of the line.
#[derive(Debug, Default)]
pub(super) struct ShutOut(AtomicBool);

impl ShutOut {
    fn shut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_shut(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What shares one flush.
#[derive(Default)]
pub(super) struct Group {
    commits: Vec<Commit>,
    marks: Vec<(Arc<DurableMark>, u64)>,
    /// Who waits until it is written.
    waiting: Vec<SyncSender<()>>,
    bytes: usize,
}

impl Group {
    pub(super) fn take(&mut self, request: Request) {
        match request {
            Request::Commit(submission) => {
                if !submission.shut_out.is_shut() {
                    self.add(submission);
                }
            }
            Request::ShutOut(shard, done) => {
                shard.shut();
                self.waiting.push(done);
            }
        }
    }

    fn add(
        &mut self,
        Submission {
            commit,
            ticket,
            mark,
            ..
        }: Submission,
    ) {
        self.bytes += commit.record_bytes();
        self.commits.push(commit);
        match self
            .marks
            .iter_mut()
            .find(|(known, _)| Arc::ptr_eq(known, &mark))
        {
            Some((_, last)) => *last = ticket,
            None => self.marks.push((mark, ticket)),
        }
    }

    /// What it writes.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn commits(&self) -> &[Commit] {
        &self.commits
    }

    pub(super) fn is_full(&self) -> bool {
        self.commits.len() >= GROUP_MAX || self.bytes >= GROUP_BYTES_MAX
    }

    /// Writes the group and tells everybody concerned; it is empty then.
    pub(super) fn flush(&mut self, desk: &Desk) {
        let written = desk.write(&self.commits);
        for (mark, ticket) in self.marks.drain(..) {
            // A failure has been told to all marks already.
            if written {
                mark.advance(ticket);
            }
        }
        for done in self.waiting.drain(..) {
            // Whoever asked may have given up waiting.
            let _gone = done.send(());
        }
        self.commits.clear();
        self.bytes = 0;
    }
}
