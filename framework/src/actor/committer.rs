//! The committer: one blocking thread that makes transitions durable, a group at a time.
//!
//! Whatever waits when a flush begins shares that flush. Alone, a transition waits for nothing but
//! its own flush; there is no delay and no timer.
//!
//! Shards number what they hand over (their *tickets*), and learn of a whole flush by one number
//! and one wake-up.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    task::{Context, Poll},
    thread::JoinHandle,
};

use derive_more::Debug;
use futures::task::AtomicWaker;

use crate::storage::{Commit, Store};

/// Bound: transitions that wait for the disk at the same time. A shard that would exceed it waits
/// for the committer, and its callers with it.
const QUEUE_MAX: usize = 16 * 1024;
/// Bound: transitions in one flush, so that none waits behind an endless group.
const GROUP_MAX: usize = 4 * 1024;
/// Bound: bytes in one flush.
const GROUP_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How far a shard's transitions are durable; written by the committer, awaited by the shard.
#[derive(Debug, Default)]
pub struct DurableMark {
    ticket: AtomicU64,
    /// The last ticket that was handed over.
    submitted: AtomicU64,
    /// The last ticket whose effects the shard has released.
    released: AtomicU64,
    failure: OnceLock<String>,
    #[debug(skip)]
    shard: AtomicWaker,
}

impl DurableMark {
    /// The last ticket whose transition is durable.
    pub fn ticket(&self) -> u64 {
        self.ticket.load(Ordering::Acquire)
    }

    /// Why nothing more will become durable, if that is so.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// How many transitions were handed over, and how many of them still have effects to release.
    pub fn progress(&self) -> (u64, u64) {
        let released = self.released.load(Ordering::Acquire);
        let submitted = self.submitted.load(Ordering::Acquire);
        (submitted, submitted.saturating_sub(released))
    }

    /// Takes note that the effects of the transitions up to this ticket are being released.
    pub(super) fn set_released(&self, ticket: u64) {
        self.released.store(ticket, Ordering::Release);
    }

    /// Waits until the mark has moved past `seen` or has failed.
    pub async fn moved_past(&self, seen: u64) {
        futures::future::poll_fn(|cx: &mut Context<'_>| {
            self.shard.register(cx.waker());
            if self.ticket() > seen || self.failure().is_some() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    fn advance(&self, ticket: u64) {
        self.ticket.store(ticket, Ordering::Release);
        self.shard.wake();
    }

    fn fail(&self, reason: &str) {
        // Only the first failure is kept: the later ones are its consequences.
        let _already_failed = self.failure.set(reason.to_owned());
        self.shard.wake();
    }
}

/// One shard's way to the committer.
#[derive(Clone, Debug)]
pub struct CommitHandle {
    #[debug(skip)]
    queue: SyncSender<Request>,
    mark: Arc<DurableMark>,
    retired: Arc<AtomicBool>,
}

enum Request {
    Commit {
        commit: Commit,
        ticket: u64,
        mark: Arc<DurableMark>,
        retired: Arc<AtomicBool>,
    },
    /// Answers when all that was handed over before it has been dealt with.
    Barrier(SyncSender<()>),
    /// Ends the thread.
    Stop,
}

impl CommitHandle {
    /// How far this shard's transitions are durable.
    pub fn mark(&self) -> &Arc<DurableMark> {
        &self.mark
    }

    /// Hands a transition over. Blocks only while the committer's queue is full.
    pub fn submit(&self, commit: Commit, ticket: u64) {
        self.mark.submitted.store(ticket, Ordering::Release);
        let (mark, retired) = (Arc::clone(&self.mark), Arc::clone(&self.retired));
        if self
            .queue
            .send(Request::Commit {
                commit,
                ticket,
                mark,
                retired,
            })
            .is_err()
        {
            self.mark.fail("the committer has stopped");
        }
    }

    /// Shuts this handle out: what it hands over from now on is dropped. Returns when nothing it
    /// handed over earlier can reach the store any more.
    ///
    /// Needed when a shard's thread is lost to workflow code that never returns: should it come
    /// back, it must not write beside its successor.
    pub fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        let (done, wait) = sync_channel(1);
        if self.queue.send(Request::Barrier(done)).is_ok() {
            // An error means that the committer has stopped, and then nothing is written either.
            let _stopped = wait.recv();
        }
    }
}

/// The marks of all shards, so that each of them learns of a failure.
type Marks = Arc<Mutex<Vec<Arc<DurableMark>>>>;

/// The committer's thread and the way to it.
#[derive(Debug)]
pub struct Committer {
    #[debug(skip)]
    queue: SyncSender<Request>,
    marks: Marks,
    thread: JoinHandle<()>,
}

impl Committer {
    /// Starts the thread that writes to this store.
    ///
    /// # Errors
    /// The operating system's, if it grants no thread.
    pub fn start(store: Arc<dyn Store>) -> std::io::Result<Self> {
        let (queue, requests) = sync_channel(QUEUE_MAX);
        let marks = Marks::default();
        let told = Arc::clone(&marks);
        let thread = std::thread::Builder::new()
            .name("sempre-committer".into())
            .spawn(move || run(&*store, &requests, &told))?;
        Ok(Self {
            queue,
            marks,
            thread,
        })
    }

    /// A way to the committer for one shard.
    pub fn handle(&self) -> CommitHandle {
        let mark = Arc::<DurableMark>::default();
        lock(&self.marks).push(Arc::clone(&mark));
        CommitHandle {
            queue: self.queue.clone(),
            mark,
            retired: Arc::default(),
        }
    }

    /// Ends the thread once all that was handed over is durable, and waits for that.
    ///
    /// What is handed over later fails.
    pub fn stop(self) {
        // An error means that the thread has ended already.
        let _ended = self.queue.send(Request::Stop);
        if self.thread.join().is_err() {
            tracing::error!("the committer panicked");
        }
    }
}

fn lock(marks: &Marks) -> MutexGuard<'_, Vec<Arc<DurableMark>>> {
    // Invariant: the list is only pushed to, so it is valid after a panic elsewhere.
    marks.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(store: &dyn Store, requests: &Receiver<Request>, marks: &Marks) {
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
        group.flush(store);
        if let Some(reason) = &group.failure {
            // A shard that has nothing on its way learns of it too, and takes no more requests.
            lock(marks).iter().for_each(|mark| mark.fail(reason));
        }
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
    failure: Option<String>,
}

impl Group {
    fn take(&mut self, request: Request) {
        match request {
            Request::Commit { retired, .. } if retired.load(Ordering::Acquire) => {}
            Request::Commit {
                commit,
                ticket,
                mark,
                ..
            } => {
                self.bytes += commit.record.len();
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
            Request::Barrier(done) => self.barriers.push(done),
            Request::Stop => self.stop = true,
        }
    }

    fn is_full(&self) -> bool {
        self.commits.len() >= GROUP_MAX || self.bytes >= GROUP_BYTES_MAX
    }

    fn flush(&mut self, store: &dyn Store) {
        // Durability: after a failed write nothing is written any more, so that what is on disk
        // stays a prefix of what was decided.
        if self.failure.is_none()
            && !self.commits.is_empty()
            && let Err(error) = store.commit(&self.commits)
        {
            tracing::error!(%error, "a commit failed; the engine stops");
            self.failure = Some(error.to_string());
        }
        for (mark, ticket) in self.marks.drain(..) {
            match &self.failure {
                None => mark.advance(ticket),
                Some(reason) => mark.fail(reason),
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
