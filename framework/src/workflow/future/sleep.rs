//! A durable pause.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::FusedFuture;

use crate::workflow::{
    Canceled,
    host::ProgramHost,
    operation::{OutcomeCell, Phase, TimerOperation},
    scope::Scope,
};

/// A durable pause; resolves when its time is up.
///
/// # Determinism
/// The timer is recorded when it starts and when it fires. A pause of no length resolves at once
/// and records nothing, so changing a duration to or from zero is not a safe change.
///
/// # Cancellation
/// When the run, or the scope of the pause, is canceled, it resolves with [`Canceled`]. Dropping it
/// before it resolves cancels the timer; dropped in the workflow task that began it, the timer is
/// withdrawn and leaves no trace. Dropped after the last point at which the main routine waits, it is
/// left to the close of the run.
#[derive(Debug)]
#[must_use = "dropping it cancels the timer"]
pub struct Sleep {
    host: Rc<ProgramHost>,
    operation: Rc<TimerOperation>,
    done: bool,
}

impl Sleep {
    pub(in crate::workflow) fn new(
        host: Rc<ProgramHost>,
        scope: &Scope,
        duration: Duration,
    ) -> Self {
        let operation = Rc::new(TimerOperation {
            number: host.begin_operation(),
            phase: Cell::new(Phase::Unsent),
            slot: OutcomeCell::default(),
            user_metadata: RefCell::default(),
        });
        host.start_timer(scope, &operation, duration);
        Self {
            host,
            operation,
            done: false,
        }
    }

    /// The same pause with a line for people: what it waits for. At most 400 bytes.
    ///
    /// # Panics
    /// If the workflow has waited for anything since the pause began, which fails the workflow task:
    /// the timer is recorded by then.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Canceled, WorkflowContext};
    /// use std::time::Duration;
    ///
    /// async fn remind<W>(ctx: WorkflowContext<W>) -> Result<(), Canceled> {
    ///     ctx.sleep(Duration::from_secs(86_400)).summary("a day to pay").await
    /// }
    /// ```
    #[expect(
        clippy::panic,
        reason = "the driver turns it into a failed workflow task"
    )]
    pub fn summary(self, summary: impl Into<String>) -> Self {
        match self.operation.phase.get() {
            Phase::Unsent => self.operation.user_metadata.borrow_mut().summary = summary.into(),
            // It was canceled before it could leave.
            Phase::Over if !self.done => {}
            _ => panic!("the summary of a pause was given after it was asked for"),
        }
        self
    }

    /// Cancels the timer: that it ends is what the program says, and not that it is dropped.
    pub(super) fn give_up(self) {
        self.host.give_timer_up(&self.operation);
    }
}

impl Future for Sleep {
    type Output = Result<(), Canceled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(outcome) = self.operation.slot.poll(&self.host.polling, cx.waker()) else {
            return Poll::Pending;
        };
        self.done = true;
        Poll::Ready(outcome)
    }
}

impl FusedFuture for Sleep {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.host.drop_timer(&self.operation);
    }
}
