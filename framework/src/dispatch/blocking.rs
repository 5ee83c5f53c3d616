//! The pool for activities that block their thread.

use std::sync::Arc;

use derive_more::Debug;
use tokio::runtime::{Builder, Handle, Runtime};

/// A pool of threads for blocking code; grows on demand and shrinks when idle.
///
/// Apart from the shards' own runtimes, so that a thread that never comes back does not keep an
/// engine from stopping.
#[derive(Clone, Debug)]
pub(crate) struct BlockingPool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    #[debug(skip)]
    runtime: Option<Runtime>,
    #[debug(skip)]
    handle: Handle,
}

impl BlockingPool {
    /// A pool of at most this many threads.
    ///
    /// # Errors
    /// The operating system's, if it grants no runtime.
    pub(crate) fn new(max_threads: usize) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .thread_name("sempre-blocking")
            .max_blocking_threads(max_threads.max(1))
            .build()?;
        let handle = runtime.handle().clone();
        Ok(Self(Arc::new(Inner {
            runtime: Some(runtime),
            handle,
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

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
