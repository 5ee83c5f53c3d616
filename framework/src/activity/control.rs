//! What the workflow has told an activity, on the side of the attempt that runs.

use std::{
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use derive_more::Debug;
use serde::de::DeserializeOwned;

use crate::{
    activity::ActivityContext,
    model::{PayloadError, Payloads},
};

/// The messages of a workflow to one attempt, in order.
#[derive(Debug, Default)]
pub struct ControlInbox {
    #[debug(skip)]
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    /// All that the activity was told since it was scheduled.
    messages: Vec<Payloads>,
    /// How many of them the attempt has taken.
    taken: usize,
    waiting: Vec<Waker>,
}

impl ControlInbox {
    /// An inbox of an attempt that begins when its activity has been told this.
    pub fn of(messages: Vec<Payloads>) -> Self {
        Self {
            content: Mutex::new(Content {
                messages,
                ..Content::default()
            }),
        }
    }

    /// Adds messages, of which the first is at this position among all; those that are there are left
    /// out, so that they may be told twice.
    pub fn deliver(&self, position: usize, messages: &[Payloads]) {
        let mut content = self.lock();
        // Where some are missing before them, they come once more, together with those.
        let known = content.messages.len().checked_sub(position);
        let news = known.and_then(|known| messages.get(known..));
        content.messages.extend_from_slice(news.unwrap_or_default());
        Self::wake(content);
    }

    /// Adds a message behind all that are there.
    pub fn push(&self, message: Payloads) {
        let mut content = self.lock();
        content.messages.push(message);
        Self::wake(content);
    }

    fn wake(mut content: MutexGuard<'_, Content>) {
        let waiting = std::mem::take(&mut content.waiting);
        drop(content);
        // Invariant: nothing is locked when those who wait are woken, because it is anybody's code.
        waiting.into_iter().for_each(Waker::wake);
    }

    fn take(&self) -> Option<Payloads> {
        Self::take_of(&mut self.lock())
    }

    fn take_of(content: &mut Content) -> Option<Payloads> {
        let message = content.messages.get(content.taken)?.clone();
        content.taken += 1;
        Some(message)
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        // Invariant: each field is valid whatever a panicking thread was doing to the others.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Completes with the next message.
struct Next<'i>(&'i ControlInbox);

impl Future for Next<'_> {
    type Output = Payloads;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Payloads> {
        let mut content = self.0.lock();
        if let Some(message) = ControlInbox::take_of(&mut content) {
            return Poll::Ready(message);
        }
        if !content.waiting.iter().any(|it| it.will_wake(cx.waker())) {
            content.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl ActivityContext {
    /// The next message of the workflow to this activity; completes when there is one.
    ///
    /// Each attempt is told all messages since the activity was scheduled, in the order in which they
    /// were sent, so none is lost where an attempt fails or a process ends. An attempt takes each once,
    /// whichever clone of its context takes it. In a local activity it never completes.
    ///
    /// # Cancellation
    /// A message that was not returned is not taken: dropping the future loses none.
    ///
    /// # Examples
    /// ```
    /// use futures::future::{Either, select};
    /// use sempre::{ActivityContext, activity};
    ///
    /// /// Listens until it is told to stop, and says what it was told.
    /// #[activity(start_to_close = "1h")]
    /// async fn listen(ctx: ActivityContext) -> Vec<String> {
    ///     let mut heard = Vec::new();
    ///     loop {
    ///         let (message, stop) = (ctx.control(), ctx.canceled());
    ///         match select(std::pin::pin!(message), std::pin::pin!(stop)).await {
    ///             Either::Left((Ok(word), _)) => heard.push(word),
    ///             Either::Left((Err(_), _)) => continue,
    ///             Either::Right(_) => return heard,
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`PayloadError`] if the message is not a `T`. It counts as taken, and the next call returns the
    /// one behind it.
    pub async fn control<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        let message = match self.port.controls() {
            Some(inbox) => Next(inbox).await,
            None => std::future::pending().await,
        };
        self.read_control(message)
    }

    /// The same, if there is a message now: for blocking code, which can look at every turn of a loop.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityContext, activity};
    ///
    /// /// Copies as many rows at a time as it was told last.
    /// #[activity(start_to_close = "1h")]
    /// fn copy(ctx: ActivityContext, rows: u64) -> u64 {
    ///     let (mut row, mut step) = (0, 100);
    ///     while row < rows {
    ///         if let Ok(Some(told)) = ctx.try_control() {
    ///             step = told;
    ///         }
    ///         row = rows.min(row + step);
    ///     }
    ///     row
    /// }
    /// ```
    ///
    /// # Errors
    /// [`PayloadError`] if the message is not a `T`. It counts as taken.
    pub fn try_control<T: DeserializeOwned>(&self) -> Result<Option<T>, PayloadError> {
        let message = self.port.controls().and_then(ControlInbox::take);
        message
            .map(|message| self.read_control(message))
            .transpose()
    }

    fn read_control<T: DeserializeOwned>(&self, mut message: Payloads) -> Result<T, PayloadError> {
        let codecs = self.runner().codecs();
        codecs.decode(&mut message, &self.info().execution.workflow_id)?;
        message.decode()
    }
}
