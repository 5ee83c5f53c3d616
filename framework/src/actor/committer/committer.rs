//! The committer's thread, and each shard's way to it.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    actor::{
        DurableMark, FailureNote,
        committer::{
            desk::Desk,
            group::{Request, ShutOut, Submission},
            line::{Handover, Line},
        },
    },
    clock::SharedClock,
    storage::{ClaimEnds, Commit, Store, WriteClaim},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::sync_channel,
        thread::{self, JoinHandle},
    },
};

/// Why nothing is written once the committer has ended.
const STOPPED: &str = "the committer has stopped";

/// One shard's way to the committer.
#[derive(Clone, Debug)]
pub(crate) struct CommitHandle {
    line: Arc<Line>,
    desk: Arc<Desk>,
    mark: Arc<DurableMark>,
    /// Set before the line is told.
    is_retired: Arc<AtomicBool>,
    shut_out: Arc<ShutOut>,
}

impl CommitHandle {
    /// A way to this line for one more shard.
    pub(super) fn new(line: Arc<Line>, desk: Arc<Desk>) -> Self {
        Self {
            line,
            mark: desk.new_mark(),
            desk,
            is_retired: Arc::default(),
            shut_out: Arc::default(),
        }
    }

    /// How far this shard's transitions are durable.
    pub(crate) fn mark(&self) -> &Arc<DurableMark> {
        &self.mark
    }

    /// Hands a transition over. Blocks only while too many wait.
    ///
    /// Says whether it is written without a further word. If not, the caller goes on with what it
    /// has to do and then calls [`write_waiting`](Self::write_waiting) or
    /// [`call_for_waiting`](Self::call_for_waiting).
    #[must_use = "what nobody attends to is not written"]
    pub(crate) fn hand_over(&self, commit: Commit, ticket: u64) -> bool {
        self.mark.set_submitted(ticket);
        let submission = Submission {
            commit,
            ticket,
            mark: Arc::clone(&self.mark),
            shut_out: Arc::clone(&self.shut_out),
        };
        match self.line.hand_over(Request::Commit(submission)) {
            Handover::Attended => true,
            Handover::Unattended if self.desk.may_write_on_shards() => false,
            Handover::Unattended => {
                self.line.call();
                true
            }
            Handover::Ended => {
                self.mark.fail(STOPPED);
                true
            }
        }
    }

    /// Has what waits written: on this thread if that is a matter of one quick flush, else on the
    /// committer's.
    pub(crate) fn write_waiting(&self) {
        self.line.write_here(&self.desk);
    }

    /// The same, on the committer's thread in any case.
    pub(crate) fn call_for_waiting(&self) {
        self.line.call_for_waiting();
    }

    /// Has the committer's thread look for what waits.
    pub(crate) fn call(&self) {
        self.line.call();
    }

    /// Whether this handle is, or is about to be, shut out.
    ///
    /// What was handed over before this says no is written, unless the store fails.
    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::SeqCst)
    }

    /// Shuts this handle out: what it hands over from now on is dropped. Returns when what it handed
    /// over earlier is written.
    ///
    /// Needed when a shard's thread is lost to workflow code that never returns: should it come
    /// back, it must not write beside its successor.
    pub(crate) fn retire(&self) {
        // Invariant: in this order. Whoever reads that it is not retired has handed over before the
        // line is told, and what is dropped is dropped by the line alone.
        self.is_retired.store(true, Ordering::SeqCst);
        let (done, wait) = sync_channel(1);
        let shut_out = Arc::clone(&self.shut_out);
        match self.line.hand_over(Request::ShutOut(shut_out, done)) {
            Handover::Attended => {}
            Handover::Unattended => self.line.call(),
            // Nothing is written then either.
            Handover::Ended => return,
        }
        // An error means that the committer has ended.
        let _ended = wait.recv();
    }
}

/// The committer's thread and the way to it.
#[derive(Debug)]
pub(crate) struct Committer {
    line: Arc<Line>,
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
    /// The next engine on this store waits until the thread has ended.
    claim_ends: ClaimEnds,
}

impl Committer {
    /// Starts the thread that writes to this store, which is claimed until the thread ends.
    ///
    /// # Errors
    /// The operating system's, if it grants no thread.
    pub(crate) fn start(
        store: Arc<dyn Store>,
        claim: WriteClaim,
        clock: SharedClock,
    ) -> std::io::Result<Self> {
        let claim_ends = claim.ends();
        let line = Arc::new(Line::new());
        let desk = Arc::new(Desk::new(store, clock));
        let thread = {
            let (line, desk) = (Arc::clone(&line), Arc::clone(&desk));
            thread::Builder::new()
                .name("sempre-committer".into())
                .spawn(move || {
                    let _claimed = claim;
                    line.attend(&desk);
                })?
        };
        line.set_thread(thread.thread().clone());
        Ok(Self {
            line,
            desk,
            thread: Some(thread),
            claim_ends,
        })
    }

    /// Why nothing more is written, once that is so.
    pub(crate) fn failure(&self) -> FailureNote {
        self.desk.note()
    }

    /// A way to the committer for one shard.
    pub(crate) fn handle(&self) -> CommitHandle {
        CommitHandle::new(Arc::clone(&self.line), Arc::clone(&self.desk))
    }

    /// Ends the thread once all that was handed over is durable, and waits for that.
    ///
    /// What is handed over later fails.
    pub(crate) fn stop(mut self) {
        self.line.end();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the committer panicked");
        }
        self.desk.fail(STOPPED);
    }

    /// Ends the thread once what was handed over so far is durable, and does not wait.
    ///
    /// The store is then free, whoever still holds a way to the committer.
    pub(crate) fn let_go(&self) {
        self.claim_ends.say();
        self.line.end();
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.let_go();
    }
}
