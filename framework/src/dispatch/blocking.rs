//! The pool for activities that block their thread.

use std::sync::Arc;
#[cfg(any(test, feature = "testing"))]
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use derive_more::Debug;
use futures::channel::oneshot;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::panic::catch;

/// A pool of threads for blocking code; grows on demand and shrinks when idle.
///
/// Apart from the shards' own runtimes, so that a thread that never comes back does not keep an
/// engine from stopping. The pool's runtime is driven by a thread of its own, so that blocking code
/// may wait for a future (`Handle::current().block_on`) and spawn tasks, as it may under
/// `spawn_blocking` of any tokio runtime. Tasks that are left when the engine ends are dropped.
#[derive(Clone, Debug)]
pub(crate) struct BlockingPool(Arc<Inner>);

#[derive(Debug)]
enum Inner {
    Threads {
        #[debug(skip)]
        handle: Handle,
        /// Ends the thread that drives the runtime when dropped.
        #[debug(skip)]
        _stop: oneshot::Sender<()>,
    },
    /// Code that waits until it is run by hand.
    #[cfg(any(test, feature = "testing"))]
    Stepped(#[debug(skip)] Mutex<VecDeque<BlockingCode>>),
}

#[cfg(any(test, feature = "testing"))]
type BlockingCode = Box<dyn FnOnce() + Send>;

impl BlockingPool {
    /// A pool of at most this many threads.
    ///
    /// # Errors
    /// The operating system's, if it grants no runtime.
    pub(crate) fn new(max_threads: usize) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .thread_name("sempre-blocking")
            .max_blocking_threads(max_threads.max(1))
            .build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        std::thread::Builder::new()
            .name("sempre-blocking-driver".into())
            .spawn(move || drive(runtime, stopped))?;
        Ok(Self(Arc::new(Inner::Threads {
            handle,
            _stop: stop,
        })))
    }

    /// A pool without threads, whose code is run by hand.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn stepped() -> Self {
        Self(Arc::new(Inner::Stepped(Mutex::default())))
    }

    /// Runs code on the pool.
    pub(crate) fn spawn(&self, code: impl FnOnce() + Send + 'static) {
        match &*self.0 {
            // It reports by itself, so nobody waits for it.
            Inner::Threads { handle, .. } => drop(handle.spawn_blocking(code)),
            #[cfg(any(test, feature = "testing"))]
            Inner::Stepped(waiting) => lock(waiting).push_back(Box::new(code)),
        }
    }

    /// Runs the code that has waited longest, if the pool has no threads and some code waits.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn run_next(&self) -> bool {
        let next = match &*self.0 {
            Inner::Threads { .. } => None,
            Inner::Stepped(waiting) => lock(waiting).pop_front(),
        };
        let Some(code) = next else { return false };
        code();
        true
    }
}

#[cfg(any(test, feature = "testing"))]
fn lock(waiting: &Mutex<VecDeque<BlockingCode>>) -> MutexGuard<'_, VecDeque<BlockingCode>> {
    // Invariant: it is only pushed to and popped from, so it is valid after a panic elsewhere.
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drives timers, sockets and tasks of the pool's runtime until it is told to stop, and waits for
/// no thread of the pool then.
fn drive(runtime: Runtime, mut stopped: oneshot::Receiver<()>) {
    // A task of the user's may panic where tokio does not catch it: what others wait for goes on.
    while catch(|| runtime.block_on(&mut stopped)).is_err() {}
    runtime.shutdown_background();
}
