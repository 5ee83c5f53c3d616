//! Telling somebody when a shard's thread comes to rest.
//!
//! Nothing in an engine polls, so a thread without work sleeps. Whoever drives the clock of an
//! engine has to know that, and what the thread has left open, before time may pass.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::task::AtomicWaker;

use crate::{actor::DurableMark, dispatch::TaskQueues};

/// What a shard's thread leaves open when it is about to sleep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Rest {
    /// Attempts of activities that run or are about to, on any thread of the engine.
    pub attempts: usize,
    /// The transitions the thread has handed over to be written, so far.
    pub transitions: u64,
    /// How many of them are not durable, or have effects that are not released yet.
    pub unreleased: u64,
}

/// Is told when a shard's thread comes to rest.
///
/// Called on that thread, which waits: a call has to be short.
pub trait RestObserver: Send + Sync + 'static {
    /// A thread begins; the turn is its own, and stays valid when it has ended.
    fn begins(&self, turn: ThreadTurn);

    /// A thread has nothing to do and is about to sleep. Returns whether it shall take another turn
    /// first, at whose end this is called again.
    ///
    /// Mail of other threads may be on its way to it. Whatever was sent before this call has been
    /// dealt with at the end of the other turn.
    fn rests(&self, rest: Rest) -> bool;
}

/// Makes a shard's thread take a turn: it looks for work, and comes to rest again.
#[derive(Clone, Debug, Default)]
pub struct ThreadTurn {
    #[debug(skip)]
    waker: Arc<AtomicWaker>,
}

impl ThreadTurn {
    /// Makes the thread take a turn, from any thread.
    pub fn take(&self) {
        self.waker.wake();
    }

    /// What takes the turns; never done.
    pub(super) async fn serve(self) {
        futures::future::poll_fn(|cx: &mut Context<'_>| {
            self.waker.register(cx.waker());
            Poll::<()>::Pending
        })
        .await;
    }
}

/// What one thread says when it comes to rest, and to whom.
#[derive(Clone, Debug)]
pub(super) struct RestReport {
    #[debug(skip)]
    pub(super) observer: Arc<dyn RestObserver>,
    pub(super) turn: ThreadTurn,
    #[debug(skip)]
    pub(super) queues: Arc<TaskQueues>,
    pub(super) mark: Arc<DurableMark>,
}

impl RestReport {
    /// Tells the observer that the thread is about to sleep.
    pub(super) fn send(&self) {
        let (transitions, unreleased) = self.mark.progress();
        let again = self.observer.rests(Rest {
            attempts: self.queues.attempts(),
            transitions,
            unreleased,
        });
        if again {
            self.turn.take();
        }
    }
}
