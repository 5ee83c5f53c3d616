//! How far a shard's transitions are durable: one number, and one wake-up a flush.

use std::{
    sync::OnceLock,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::task::AtomicWaker;

use crate::sync::atomic::{AtomicU64, Ordering};

/// How far a shard's transitions are durable; written where they are, awaited by the shard.
#[derive(Debug, Default)]
pub(crate) struct DurableMark {
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
    pub(crate) fn ticket(&self) -> u64 {
        self.ticket.load(Ordering::Acquire)
    }

    /// Why nothing more will become durable, if that is so.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// How many transitions were handed over, and how many of them still have effects to release.
    pub(crate) fn progress(&self) -> (u64, u64) {
        let released = self.released.load(Ordering::Acquire);
        let submitted = self.submitted.load(Ordering::Acquire);
        (submitted, submitted.saturating_sub(released))
    }

    /// Takes note that a transition is handed over.
    pub(super) fn set_submitted(&self, ticket: u64) {
        self.submitted.store(ticket, Ordering::Release);
    }

    /// Takes note that the effects of the transitions up to this ticket are being released.
    pub(super) fn set_released(&self, ticket: u64) {
        self.released.store(ticket, Ordering::Release);
    }

    /// Waits until the mark has moved past `seen` or has failed.
    pub(crate) async fn moved_past(&self, seen: u64) {
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

    pub(super) fn advance(&self, ticket: u64) {
        self.ticket.store(ticket, Ordering::Release);
        self.shard.wake();
    }

    pub(super) fn fail(&self, reason: &str) {
        // Only the first failure is kept: the later ones are its consequences.
        let _already_failed = self.failure.set(reason.to_owned());
        self.shard.wake();
    }
}
