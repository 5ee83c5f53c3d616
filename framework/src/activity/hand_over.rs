//! Handing an attempt over: its code returns nothing, and somebody else completes it.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{activity::ActivityContext, model::TaskToken};

impl ActivityContext {
    /// The token of this attempt, for whoever is to complete it.
    ///
    /// Bytes and a text can be made of it. Hand it out before
    /// [`complete_async`](Self::complete_async). If the process dies before that is recorded, the
    /// attempt counts as failed, and the next one has another token.
    pub fn task_token(&self) -> TaskToken {
        let info = self.info();
        TaskToken::new(
            info.execution.clone(),
            info.scheduled_event_id,
            info.attempt_of_all,
        )
    }

    /// Leaves the attempt to be completed by somebody else, who has its
    /// [`task_token`](Self::task_token) or knows the ids of run and activity. It never returns.
    ///
    /// Once it is awaited, nothing of the activity's code runs any more, and its slot is free. The
    /// attempt goes on without it: its timeouts and its retry policy hold, a process that dies does
    /// not end it, and whoever completes it keeps it alive, if it has a heartbeat timeout, and learns
    /// whether it is asked to stop, by [`AsyncActivityHandle`](crate::client::AsyncActivityHandle).
    ///
    /// Only for `async` activities, and to be awaited by the activity itself, and not by a task that
    /// it has spawned.
    ///
    /// # Cancellation
    /// Dropped before it is awaited, it does nothing.
    pub fn complete_async(&self) -> CompleteAsync {
        CompleteAsync {
            handed_over: Arc::clone(&self.handed_over),
        }
    }

    /// Whether the attempt is to be completed by somebody else.
    pub fn is_handed_over(&self) -> bool {
        self.handed_over.load(Ordering::Acquire)
    }
}

/// What leaves an attempt to be completed by somebody else once it is awaited.
///
/// Made by [`ActivityContext::complete_async`].
#[derive(Debug)]
#[must_use = "the attempt is handed over when this is awaited"]
pub struct CompleteAsync {
    handed_over: Arc<AtomicBool>,
}

impl Future for CompleteAsync {
    type Output = Infallible;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Infallible> {
        // Whoever polls the activity looks at this behind each poll.
        self.handed_over.store(true, Ordering::Release);
        Poll::Pending
    }
}

/// What an attempt returns; nothing once it leaves that to somebody else.
pub fn until_handed_over<T>(
    mut attempt: BoxFuture<'static, T>,
    ctx: ActivityContext,
) -> impl Future<Output = Option<T>> + Send + Unpin {
    poll_fn(move |cx| match attempt.as_mut().poll(cx) {
        Poll::Ready(ended) => Poll::Ready(Some(ended)),
        Poll::Pending if ctx.is_handed_over() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
}
