//! Why an engine can no longer work: said once, to everybody who asks.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use derive_more::Debug;
use futures::{FutureExt as _, channel::oneshot, future::Shared};

/// Why an engine can no longer work, once that is so. A cheap clone, which holds nothing of the
/// engine.
#[derive(Clone, Debug)]
pub(crate) struct FailureNote {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    cause: OnceLock<String>,
    /// Tells those who wait when it is dropped.
    #[debug(skip)]
    bell: Mutex<Option<oneshot::Sender<()>>>,
    #[debug(skip)]
    rung: Shared<oneshot::Receiver<()>>,
}

impl Default for FailureNote {
    fn default() -> Self {
        let (bell, rung) = oneshot::channel();
        Self {
            inner: Arc::new(Inner {
                cause: OnceLock::new(),
                bell: Mutex::new(Some(bell)),
                rung: rung.shared(),
            }),
        }
    }
}

impl FailureNote {
    /// Says why; only the first cause counts, because later ones follow from it.
    pub(crate) fn tell(&self, cause: &str) {
        let _first = self.inner.cause.set(cause.to_owned());
        let mut bell = self
            .inner
            .bell
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        drop(bell.take());
    }

    /// The cause, if there is one.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.inner.cause.get().map(String::as_str)
    }

    /// Waits for the cause.
    pub(crate) async fn told(&self) -> String {
        // It completes because the bell is dropped, after the cause has been set.
        let _rung = self.inner.rung.clone().await;
        self.cause().unwrap_or_default().to_owned()
    }
}
