//! One future of a program, polled when it was woken.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use derive_more::Debug;
use futures::future::LocalBoxFuture;

use super::wake::{TaskWaker, Wakes};

/// A main routine or a signal handler that has not returned yet.
#[derive(Debug)]
pub(super) struct Task<T> {
    #[debug(skip)]
    future: LocalBoxFuture<'static, T>,
    woken: Arc<TaskWaker>,
    #[debug(skip)]
    waker: Waker,
}

impl<T> Task<T> {
    pub(super) fn new(future: LocalBoxFuture<'static, T>, wakes: &Arc<Wakes>) -> Self {
        let woken = TaskWaker::new(Arc::clone(wakes));
        Self {
            future,
            waker: Waker::from(Arc::clone(&woken)),
            woken,
        }
    }

    /// Polls the future if it was woken; `None` if it was not.
    pub(super) fn poll_if_woken(&mut self) -> Option<Poll<T>> {
        self.woken.take_woken().then(|| {
            self.future
                .as_mut()
                .poll(&mut Context::from_waker(&self.waker))
        })
    }
}
