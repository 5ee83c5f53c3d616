//! The committer: one blocking thread that makes transitions durable, a group at a time.
//!
//! Whatever waits when a flush begins shares that flush. Alone, a transition waits for nothing but
//! its own flush; there is no delay and no timer.
//!
//! Shards number what they hand over (their *tickets*), and learn of a whole flush by one number
//! and one wake-up.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use derive_more::Debug;

use crate::{
    actor::{DurableMark, FailureNote},
    panic::panic_text,
    storage::{ClaimEnds, Commit, Store, WriteClaim},
};

/// Bound: transitions that wait for the disk at the same time. A shard that would exceed it waits
/// for the committer, and its callers with it.
const QUEUE_MAX: usize = 16 * 1024;
/// Bound: transitions in one flush, so that none waits behind an endless group.
const GROUP_MAX: usize = 4 * 1024;
/// Bound: bytes in one flush.
const GROUP_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What all who write share: the store, and whether a write has failed.
#[derive(Debug)]
struct Desk {
    #[debug(skip)]
    store: Arc<dyn Store>,
    /// Why nothing is written any more.
    failure: OnceLock<String>,
    /// Who is told of it; an engine may be unable to work for other causes, too.
    note: FailureNote,
    /// The marks of all shards, so that each of them learns of a failure.
    marks: Mutex<Vec<Arc<DurableMark>>>,
}

impl Desk {
    /// Writes a group; `false` if it, or one before it, has failed.
    fn write(&self, commits: &[Commit]) -> bool {
        // Durability: after a failed write nothing is written any more, so that what is on disk
        // stays a prefix of what was decided.
        if self.failure.get().is_some() {
            return false;
        }
        if commits.is_empty() {
            return true;
        }
        let written = catch_unwind(AssertUnwindSafe(|| self.store.commit(commits)));
        let failure = match written {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("the store panicked: {}", panic_text(&*panic)),
        };
        tracing::error!(failure, "a commit failed; the engine stops");
        self.fail(&failure);
        false
    }

    fn fail(&self, reason: &str) {
        // Only the first failure is kept: the later ones are its consequences.
        let reason = self.failure.get_or_init(|| reason.to_owned());
        self.note.tell(reason);
        // A shard that has nothing on its way learns of it too, and takes no more requests.
        self.lock().iter().for_each(|mark| mark.fail(reason));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<DurableMark>>> {
        // Invariant: the list is only pushed to, so it is valid after a panic elsewhere.
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One shard's way to the committer.
#[derive(Clone, Debug)]
pub(crate) struct CommitHandle {
    #[debug(skip)]
    queue: SyncSender<Request>,
    mark: Arc<DurableMark>,
    retired: Arc<AtomicBool>,
}

#[expect(
    clippy::large_enum_variant,
    reason = "nearly every request is a commit, and a box would cost each of them an allocation"
)]
enum Request {
    Commit(Submission),
    /// Answers when all that was handed over before it has been dealt with.
    Barrier(SyncSender<()>),
    /// Ends the thread.
    Stop,
}

struct Submission {
    commit: Commit,
    ticket: u64,
    mark: Arc<DurableMark>,
    retired: Arc<AtomicBool>,
}

impl CommitHandle {
    /// How far this shard's transitions are durable.
    pub(crate) fn mark(&self) -> &Arc<DurableMark> {
        &self.mark
    }

    /// Hands a transition over. Blocks only while the committer's queue is full.
    pub(crate) fn submit(&self, commit: Commit, ticket: u64) {
        self.mark.set_submitted(ticket);
        let (mark, retired) = (Arc::clone(&self.mark), Arc::clone(&self.retired));
        let submission = Submission {
            commit,
            ticket,
            mark,
            retired,
        };
        if self.queue.send(Request::Commit(submission)).is_err() {
            self.mark.fail("the committer has stopped");
        }
    }

    /// Shuts this handle out: what it hands over from now on is dropped. Returns when nothing it
    /// handed over earlier can reach the store any more.
    ///
    /// Needed when a shard's thread is lost to workflow code that never returns: should it come
    /// back, it must not write beside its successor.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::SeqCst);
        let (done, wait) = sync_channel(1);
        if self.queue.send(Request::Barrier(done)).is_ok() {
            // An error means that the committer has stopped, and then nothing is written either.
            let _stopped = wait.recv();
        }
    }
}

/// The committer's thread and the way to it.
#[derive(Debug)]
pub(crate) struct Committer {
    desk: Arc<Desk>,
    #[debug(skip)]
    queue: SyncSender<Request>,
    thread: JoinHandle<()>,
    /// The next engine on this store waits until the thread has ended.
    claim_ends: ClaimEnds,
}

impl Committer {
    /// Starts the thread that writes to this store, which is claimed until the thread ends.
    ///
    /// # Errors
    /// The operating system's, if it grants no thread.
    pub(crate) fn start(store: Arc<dyn Store>, claim: WriteClaim) -> std::io::Result<Self> {
        let claim_ends = claim.ends();
        let (queue, requests) = sync_channel(QUEUE_MAX);
        let desk = Arc::new(Desk {
            store,
            failure: OnceLock::new(),
            note: FailureNote::default(),
            marks: Mutex::default(),
        });
        let at_desk = Arc::clone(&desk);
        let thread = std::thread::Builder::new()
            .name("sempre-committer".into())
            .spawn(move || {
                let _claimed = claim;
                run(&at_desk, &requests);
            })?;
        Ok(Self {
            desk,
            queue,
            thread,
            claim_ends,
        })
    }

    /// Why nothing more is written, once that is so.
    pub(crate) fn failure(&self) -> FailureNote {
        self.desk.note.clone()
    }

    /// A way to the committer for one shard.
    pub(crate) fn handle(&self) -> CommitHandle {
        let mark = Arc::<DurableMark>::default();
        self.desk.lock().push(Arc::clone(&mark));
        CommitHandle {
            queue: self.queue.clone(),
            mark,
            retired: Arc::default(),
        }
    }

    /// Ends the thread once all that was handed over is durable, and waits for that.
    ///
    /// What is handed over later fails.
    pub(crate) fn stop(self) {
        // An error means that the thread has ended already.
        let _ended = self.queue.send(Request::Stop);
        if self.thread.join().is_err() {
            tracing::error!("the committer panicked");
        }
        self.desk.fail("the committer has stopped");
    }

    /// Ends the thread once what was handed over so far is durable, and does not wait.
    ///
    /// The store is then free, whoever still holds a way to the committer.
    pub(crate) fn let_go(&self) {
        self.claim_ends.say();
        // If there is no room, or no thread any more, it ends when nobody can hand anything over.
        let _full_or_ended = self.queue.try_send(Request::Stop);
    }
}

fn run(desk: &Desk, requests: &Receiver<Request>) {
    let mut group = Group::default();
    while !group.stop
        && let Ok(first) = requests.recv()
    {
        group.take(first);
        while !group.is_full() && !group.stop {
            match requests.try_recv() {
                Ok(next) => group.take(next),
                Err(_) => break,
            }
        }
        group.flush(desk);
    }
}

/// What shares one flush.
#[derive(Default)]
struct Group {
    commits: Vec<Commit>,
    marks: Vec<(Arc<DurableMark>, u64)>,
    barriers: Vec<SyncSender<()>>,
    bytes: usize,
    stop: bool,
}

impl Group {
    fn take(&mut self, request: Request) {
        match request {
            Request::Commit(submission) => {
                if !submission.retired.load(Ordering::SeqCst) {
                    self.add(submission);
                }
            }
            Request::Barrier(done) => self.barriers.push(done),
            Request::Stop => self.stop = true,
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

    fn is_full(&self) -> bool {
        self.commits.len() >= GROUP_MAX || self.bytes >= GROUP_BYTES_MAX
    }

    fn flush(&mut self, desk: &Desk) {
        let written = desk.write(&self.commits);
        for (mark, ticket) in self.marks.drain(..) {
            // A failure has been told to all marks already.
            if written {
                mark.advance(ticket);
            }
        }
        for done in self.barriers.drain(..) {
            // Whoever asked may have given up waiting.
            let _gone = done.send(());
        }
        self.commits.clear();
        self.bytes = 0;
    }
}
