//! Activities that the test itself plays.

use std::{cell::RefCell, rc::Rc};

use derive_more::{Debug, Display, Error};
use futures::{
    StreamExt as _,
    channel::{mpsc, oneshot},
};
use sempre::{ActivityContext, Canceled, Failure, activities};

/// What an activity on the stage fails with.
#[derive(Clone, PartialEq, Debug, Display, Error, Failure)]
pub enum StageError {
    /// Another attempt may do better.
    #[display("not now: {reason}")]
    Transient {
        /// Why not.
        reason: String,
    },
    /// No attempt will do better.
    #[failure(non_retryable)]
    #[display("never: {reason}")]
    Fatal {
        /// Why not.
        reason: String,
    },
    /// Another attempt may do better, after five seconds.
    #[failure(retry_after = "5s")]
    #[display("busy")]
    Busy,
    /// It stopped because it was asked to.
    #[display("stopped")]
    Stopped(#[failure(cause)] Canceled),
}

/// The activities that a test plays.
///
/// Each attempt of [`perform`](Actors::perform) arrives at [`attempt`](Self::attempt) and runs until the test
/// says how it ends.
#[derive(Clone, Debug)]
pub struct Stage {
    #[debug(skip)]
    entrance: mpsc::UnboundedSender<Attempt>,
    #[debug(skip)]
    attempts: Rc<RefCell<mpsc::UnboundedReceiver<Attempt>>>,
}

impl Default for Stage {
    fn default() -> Self {
        let (entrance, attempts) = mpsc::unbounded();
        Self {
            entrance,
            attempts: Rc::new(RefCell::new(attempts)),
        }
    }
}

impl Stage {
    /// The activities to register.
    pub fn actors(&self) -> Actors {
        Actors {
            entrance: self.entrance.clone(),
        }
    }

    /// Waits for the next attempt that starts.
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "a test waits for one attempt at a time"
    )]
    pub async fn attempt(&self) -> Attempt {
        let next = self.attempts.borrow_mut().next().await;
        #[expect(clippy::expect_used, reason = "the stage holds a sender itself")]
        next.expect("the entrance is open")
    }

    /// An attempt that has started already, if there is one.
    pub fn started_attempt(&self) -> Option<Attempt> {
        self.attempts.borrow_mut().try_recv().ok()
    }
}

/// The activities themselves.
#[derive(Debug)]
pub struct Actors {
    #[debug(skip)]
    entrance: mpsc::UnboundedSender<Attempt>,
}

#[activities]
impl Actors {
    /// Does what the test says.
    #[activity(start_to_close = "10s")]
    pub async fn perform(&self, ctx: ActivityContext, input: String) -> Result<String, StageError> {
        let (end, ended) = oneshot::channel();
        let attempt = Attempt { ctx, input, end };
        // A test that is over does not say how attempts end.
        let _gone = self.entrance.unbounded_send(attempt);
        match ended.await {
            Ok(outcome) => outcome,
            Err(_) => futures::future::pending().await,
        }
    }
}

/// An attempt that runs until the test says how it ends; dropped, it runs for ever.
#[derive(Debug)]
pub struct Attempt {
    /// What it knows about itself.
    pub ctx: ActivityContext,
    /// Its argument.
    pub input: String,
    #[debug(skip)]
    end: oneshot::Sender<Result<String, StageError>>,
}

impl Attempt {
    /// Which attempt it is, from 1.
    pub fn number(&self) -> u32 {
        self.ctx.info().attempt
    }

    /// Ends it with a result.
    pub fn complete(self, result: impl Into<String>) {
        self.end(Ok(result.into()));
    }

    /// Ends it with an error after which there may be another attempt.
    pub fn fail(self, reason: impl Into<String>) {
        let reason = reason.into();
        self.end(Err(StageError::Transient { reason }));
    }

    /// Ends it as said.
    pub fn end(self, outcome: Result<String, StageError>) {
        // The attempt may have been stopped meanwhile.
        let _gone = self.end.send(outcome);
    }

    /// Whether nobody waits any more for its end.
    pub fn is_gone(&self) -> bool {
        self.end.is_canceled()
    }
}
