//! Who runs attempts, as far as they may know: whether it is about to stop, and how to speak to it.
//!
//! All attempts of an engine share one, so telling them costs the same however many they are.

use std::{
    any::Any,
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use derive_more::Debug;
use futures::{FutureExt as _, channel::oneshot, future::Shared};

use crate::{interceptor::Interceptors, model::Codecs};

/// What the attempts of one engine share.
///
/// The default is that of attempts without an engine: nobody has a way to it, and it shuts down
/// when it is told to.
#[derive(Debug)]
pub struct AttemptRunner {
    is_shutting_down: AtomicBool,
    /// Tells those who wait when it is dropped.
    #[debug(skip)]
    bell: Mutex<Option<oneshot::Sender<Infallible>>>,
    #[debug(skip)]
    rung: Shared<oneshot::Receiver<Infallible>>,
    /// The way to the engine, of a type that floors above know.
    #[debug(skip)]
    client: Option<Arc<dyn Any + Send + Sync>>,
    codecs: Codecs,
    interceptors: Interceptors,
}

impl Default for AttemptRunner {
    fn default() -> Self {
        let (bell, rung) = oneshot::channel();
        Self {
            is_shutting_down: AtomicBool::new(false),
            bell: Mutex::new(Some(bell)),
            rung: rung.shared(),
            client: None,
            codecs: Codecs::default(),
            interceptors: Interceptors::NONE,
        }
    }
}

impl AttemptRunner {
    /// One that attempts can speak to by a client of this kind, whose values these codecs encode and of
    /// whose attempts these interceptors are told.
    pub fn with_client(
        client: impl Any + Send + Sync,
        codecs: Codecs,
        interceptors: Interceptors,
    ) -> Self {
        Self {
            client: Some(Arc::new(client)),
            codecs,
            interceptors,
            ..Self::default()
        }
    }

    /// What the values of attempts are encoded with.
    pub fn codecs(&self) -> &Codecs {
        &self.codecs
    }

    /// Who is told of attempts.
    pub fn interceptors(&self) -> &Interceptors {
        &self.interceptors
    }

    /// The client, if there is one of this kind.
    pub fn client<C: Any>(&self) -> Option<&C> {
        self.client.as_deref()?.downcast_ref()
    }

    /// Whether it has begun to shut down.
    pub fn is_shutting_down(&self) -> bool {
        self.is_shutting_down.load(Ordering::Acquire)
    }

    /// Tells all attempts that it has begun to shut down.
    pub fn shut_down(&self) {
        self.is_shutting_down.store(true, Ordering::Release);
        let mut held = self.bell.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = held.take();
        // Invariant: nothing is locked when those who wait are woken, because it is anybody's code.
        drop(held);
        drop(bell);
    }

    /// Completes when it begins to shut down.
    pub async fn shutting_down(&self) {
        // It completes because the bell is dropped, after the flag has been set.
        let _rung = self.rung.clone().await;
    }
}
