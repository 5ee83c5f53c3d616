//! The pool for activities that block their thread.

use std::sync::Arc;

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
struct Inner {
    #[debug(skip)]
    handle: Handle,
    /// Ends the thread that drives the runtime when dropped.
    #[debug(skip)]
    _stop: oneshot::Sender<()>,
}

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
        Ok(Self(Arc::new(Inner {
            handle,
            _stop: stop,
        })))
    }

    /// Runs code on the pool.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        code: impl FnOnce() -> T + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.0.handle.spawn_blocking(code)
    }
}

/// Drives timers, sockets and tasks of the pool's runtime until it is told to stop, and waits for
/// no thread of the pool then.
fn drive(runtime: Runtime, mut stopped: oneshot::Receiver<()>) {
    // A task of the user's may panic where tokio does not catch it: what others wait for goes on.
    while catch(|| runtime.block_on(&mut stopped)).is_err() {}
    runtime.shutdown_background();
}
