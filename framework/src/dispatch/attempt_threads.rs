//! The threads apart on which attempts of async activities run whose type is not trusted with the
//! thread of a shard.
//!
//! A shard has one of them as soon as it needs one, and further ones while those it has are held by
//! an attempt that blocks. Each is set up as the thread of a shard is, so that code finds the same
//! around it on either. A thread that does not come back does not keep an engine from stopping.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc as sync_mpsc,
    },
    time::Duration,
};

use derive_more::Debug;
use futures::{FutureExt as _, StreamExt as _, channel::mpsc, future::BoxFuture};
use tokio::runtime::Runtime;

use crate::{
    actor::{ThreadWatch, WatchBell},
    clock::SharedClock,
    dispatch::conduct,
};

/// Bound: the threads of one shard. Beyond it an attempt waits on the thread with the fewest of
/// them until that comes back, as do those that were on a thread when it was blocked.
const THREADS_MAX: usize = 16;

/// How long the end of an engine waits for a thread that is not blocked.
const END_GRACE: Duration = Duration::from_secs(1);

/// The threads apart of one shard. They outlive the thread that the shard is on.
#[derive(Debug)]
pub(crate) struct AttemptThreads {
    shard: usize,
    clock: SharedClock,
    bell: Arc<WatchBell>,
    has_ended: AtomicBool,
    threads: Mutex<Vec<Arc<AttemptThread>>>,
}

/// One of them.
#[derive(Debug)]
struct AttemptThread {
    watch: Arc<ThreadWatch>,
    attempts: AtomicUsize,
    /// Ends the thread when dropped or closed.
    #[debug(skip)]
    jobs: mpsc::UnboundedSender<BoxFuture<'static, ()>>,
    /// Disconnects when the thread has ended.
    #[debug(skip)]
    ended: Mutex<sync_mpsc::Receiver<Infallible>>,
}

/// A place on one of the threads, for one attempt; given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    threads: Arc<AttemptThreads>,
    thread: Arc<AttemptThread>,
}

impl AttemptThreads {
    /// No threads yet, for the shard of this number.
    pub(crate) fn new(shard: usize, clock: SharedClock, bell: Arc<WatchBell>) -> Arc<Self> {
        Arc::new(Self {
            shard,
            clock,
            bell,
            has_ended: AtomicBool::new(false),
            threads: Mutex::default(),
        })
    }

    /// A place for another attempt; `None` if there is no thread to be had.
    pub(super) fn seat(self: &Arc<Self>) -> Option<Seat> {
        let mut threads = self.lock();
        // Under the lock, so that no thread begins behind the back of who ends them.
        if self.has_ended.load(Ordering::SeqCst) {
            return None;
        }
        let thread = self.find_free(&threads).or_else(|| {
            if threads.len() >= THREADS_MAX {
                return None;
            }
            match self.start(threads.len()) {
                Ok(thread) => {
                    threads.push(Arc::clone(&thread));
                    Some(thread)
                }
                Err(error) => {
                    tracing::warn!(%error, "no thread apart for an attempt");
                    None
                }
            }
        });
        let least = || threads.iter().min_by_key(|thread| thread.load());
        let thread = thread.or_else(|| least().cloned())?;
        thread.attempts.fetch_add(1, Ordering::SeqCst);
        Some(Seat {
            threads: Arc::clone(self),
            thread,
        })
    }

    fn find_free(&self, threads: &[Arc<AttemptThread>]) -> Option<Arc<AttemptThread>> {
        let now = self.clock.read().monotonic;
        let is_free = |thread: &&Arc<AttemptThread>| {
            let lasts = thread.watch.polling_for(now);
            !lasts.is_some_and(conduct::is_slow) && !thread.watch.is_blocked()
        };
        threads.iter().find(is_free).cloned()
    }

    fn start(&self, number: usize) -> std::io::Result<Arc<AttemptThread>> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build()?;
        let (jobs, queue) = mpsc::unbounded();
        let (ends, ended) = sync_mpsc::channel();
        let watch = ThreadWatch::new(Arc::clone(&self.bell));
        let thread_watch = Arc::clone(&watch);
        std::thread::Builder::new()
            .name(format!("sempre-attempts-{}-{number}", self.shard))
            .spawn(move || {
                thread_watch.attend();
                serve(runtime, queue);
                drop::<sync_mpsc::Sender<Infallible>>(ends);
            })?;
        Ok(Arc::new(AttemptThread {
            watch,
            attempts: AtomicUsize::new(0),
            jobs,
            ended: Mutex::new(ended),
        }))
    }

    /// What the threads are doing.
    pub(super) fn watches(&self) -> Vec<Arc<ThreadWatch>> {
        let threads = self.lock();
        let watches = threads.iter().map(|thread| Arc::clone(&thread.watch));
        watches.collect()
    }

    /// Ends the threads, and drops the attempts on them. Starts no further ones.
    pub(super) fn let_go(&self) -> Vec<Ending> {
        let mut threads = self.lock();
        self.has_ended.store(true, Ordering::SeqCst);
        let threads = std::mem::take(&mut *threads);
        threads
            .into_iter()
            .map(|thread| {
                thread.jobs.close_channel();
                Ending(thread)
            })
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<AttemptThread>>> {
        // Invariant: threads are only added and removed, so it is valid after a panic elsewhere.
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that has been told to end.
#[derive(Debug)]
pub(super) struct Ending(Arc<AttemptThread>);

impl Ending {
    /// Waits until it has ended, unless an attempt blocks it.
    pub(super) fn wait(self) {
        let ended = self.0.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let is_left = self.0.watch.is_blocked()
            || ended.recv_timeout(END_GRACE) == Err(sync_mpsc::RecvTimeoutError::Timeout);
        if is_left {
            tracing::warn!(thread = %self.0.watch.thread(), "an attempt blocks its thread, which is left behind");
        }
    }
}

impl AttemptThread {
    fn load(&self) -> usize {
        self.attempts.load(Ordering::SeqCst)
    }
}

impl Seat {
    /// Runs an attempt there, which is told what watches over the thread.
    pub(super) fn run<F>(self, attempt: impl FnOnce(Arc<ThreadWatch>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let jobs = self.thread.jobs.clone();
        let attempt = attempt(Arc::clone(&self.thread.watch));
        let attempt = async move {
            attempt.await;
            drop(self);
        };
        // A thread that has been told to end runs nothing more.
        let _ended = jobs.unbounded_send(attempt.boxed());
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut threads = self.threads.lock();
        let left = self.thread.attempts.fetch_sub(1, Ordering::SeqCst) - 1;
        // One stays, so that not every attempt costs a thread.
        if left == 0 && threads.len() > 1 {
            threads.retain(|thread| !Arc::ptr_eq(thread, &self.thread));
        }
    }
}

fn serve(runtime: Runtime, mut queue: mpsc::UnboundedReceiver<BoxFuture<'static, ()>>) {
    let system = actix::System::with_tokio_rt(|| runtime);
    system.block_on(async move {
        while let Some(attempt) = queue.next().await {
            actix::spawn(attempt);
        }
    });
}
