//! Queues between the parts of a workflow: handlers put values in, and the main routine takes them out.

use std::{
    cell::RefCell,
    collections::VecDeque,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::workflow::{
    Canceled, WorkflowContext,
    line::{Line, Turn},
};

/// A queue of values between the parts of a workflow.
///
/// It lives in the workflow's state, or in a variable that its parts share: a clone is the same queue.
/// Values come out in the order in which they went in. Those who wait are served in the order in which
/// they began to; each value goes to one of them. It has no bound of its own: what handlers put in is
/// bounded by the messages that a run takes.
///
/// To say that nothing more comes, send a value that says so.
///
/// # Determinism
/// Nothing is recorded: what goes in and out follows from the history. It is for the code of one
/// workflow; sent to from anywhere else, such as a query, the next workflow task fails.
///
/// # Examples
/// ```
/// use sempre::{Canceled, Workflow, WorkflowContext, handlers, workflow::channel::Channel};
///
/// #[derive(Workflow, Default)]
/// struct Letterbox { letters: Channel<String> }
///
/// #[handlers]
/// impl Letterbox {
///     /// Reads until there is an empty letter.
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>) -> Result<usize, Canceled> {
///         let letters = ctx.state(|it| it.letters.clone());
///         let mut read = 0;
///         while !letters.receive(&ctx).await?.is_empty() {
///             read += 1;
///         }
///         Ok(read)
///     }
///
///     #[signal]
///     fn post(&mut self, letter: String) {
///         self.letters.send(letter);
///     }
/// }
/// ```
#[derive(Debug)]
#[debug("Channel {{ waiting: {} }}", self.len())]
pub struct Channel<T>(Rc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    #[debug(skip)]
    values: RefCell<VecDeque<T>>,
    line: Line,
}

impl<T> Clone for Channel<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Default for Channel<T> {
    fn default() -> Self {
        Self(Rc::new(Shared {
            values: RefCell::default(),
            line: Line::default(),
        }))
    }
}

impl<T> Channel<T> {
    /// A queue with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a value in.
    pub fn send(&self, value: T) {
        self.0.values.borrow_mut().push_back(value);
        self.0.line.wake_first();
    }

    /// Waits for a value and takes it out.
    ///
    /// # Cancellation
    /// It resolves with [`Canceled`] when the run, or the scope of this context, is canceled before a
    /// value is there for it. Dropping it takes nothing out.
    pub fn receive<W>(&self, ctx: &WorkflowContext<W>) -> Receive<T> {
        Receive {
            channel: self.clone(),
            turn: Turn::new(ctx),
        }
    }

    /// Takes a value out if one is there that nobody waits for.
    pub fn try_receive(&self) -> Option<T> {
        if !self.0.line.is_turn_of(None) {
            return None;
        }
        self.0.values.borrow_mut().pop_front()
    }

    /// How many values are in it.
    pub fn len(&self) -> usize {
        self.0.values.borrow().len()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Resolves with the next value of a [`Channel`].
#[derive(Debug)]
#[debug("Receive {{ done: {} }}", turn.is_done())]
#[must_use = "futures do nothing unless awaited"]
pub struct Receive<T> {
    channel: Channel<T>,
    turn: Turn,
}

// The values are moved and never pinned.
impl<T> Unpin for Receive<T> {}

impl<T> Future for Receive<T> {
    type Output = Result<T, Canceled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { channel, turn } = &mut *self;
        let take = || channel.0.values.borrow_mut().pop_front();
        turn.poll(&channel.0.line, cx, take)
    }
}

impl<T> FusedFuture for Receive<T> {
    fn is_terminated(&self) -> bool {
        self.turn.is_done()
    }
}

impl<T> Drop for Receive<T> {
    fn drop(&mut self) {
        self.turn.leave(&self.channel.0.line);
    }
}
