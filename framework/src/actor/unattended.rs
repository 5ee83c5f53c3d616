//! Word within a shard that something was handed to the committer and nobody writes it yet.

use std::{
    cell::Cell,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::task::AtomicWaker;

/// Whether something waits for the disk that nobody attends to.
#[derive(Debug, Default)]
pub(super) struct Unattended {
    is_set: Cell<bool>,
    #[debug(skip)]
    waker: AtomicWaker,
}

impl Unattended {
    /// Takes note that there is something.
    pub(super) fn set(&self) {
        if !self.is_set.replace(true) {
            self.waker.wake();
        }
    }

    /// Waits until there is something, and until all that was ready then has had its turn: what
    /// that hands over shares the flush.
    pub(super) async fn wait(&self) {
        let mut has_yielded = false;
        futures::future::poll_fn(|cx: &mut Context<'_>| {
            self.waker.register(cx.waker());
            if !self.is_set.get() {
                return Poll::Pending;
            }
            if !has_yielded {
                has_yielded = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.is_set.set(false);
            Poll::Ready(())
        })
        .await;
    }
}
