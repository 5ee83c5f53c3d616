//! The activities of a world: attempts that end when and as the world says.
//!
//! They are functions, so what they share with the world lies on its thread, which is the only one.

use std::{
    cell::{Cell, RefCell},
    mem,
};

use derive_more::{Debug, Display, Error};
use futures::channel::oneshot;
use sempre::{
    ActivityContext, ActivityError, CancellationType, Failure, RetryPolicy, WorkflowContext,
    activity,
    definition::Activity,
    model::{EventId, RunId, TaskToken},
    workflow::{ActivityCall, ActivityHandle, LocalActivityCall},
};

use crate::simulation::{
    program::{Cancellation, Fate, Work},
    script::span,
};

/// The task queue with one slot and a rate.
pub(crate) const NARROW: &str = "narrow";

thread_local! {
    /// The attempts that have begun since the world has looked.
    static BEGUN: RefCell<Vec<Attempt>> = const { RefCell::new(Vec::new()) };
    /// Whether a mutant lets each attempt run twice.
    static RUNS_TWICE: Cell<bool> = const { Cell::new(false) };
}

/// Lets each attempt on this thread run twice, or no longer.
pub(crate) fn run_twice(twice: bool) {
    RUNS_TWICE.set(twice);
}

/// How the world ends an attempt.
#[derive(Clone, Copy, Debug)]
enum Ending {
    /// As it is written.
    Met(Fate),
    /// By leaving it to somebody else.
    Left,
}

/// An attempt that was left to somebody else, who does not die with the process.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Left {
    pub(crate) token: TaskToken,
    /// How it ends.
    pub(crate) fate: Fate,
}

/// Names an attempt among all of a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct AttemptKey {
    pub(crate) run_id: RunId,
    pub(crate) scheduled_event_id: EventId,
    pub(crate) attempt: u32,
}

/// An attempt that has begun.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) ctx: ActivityContext,
    pub(crate) work: Work,
    /// Ends it; `None` if it has ended already, because its code blocks.
    #[debug(skip)]
    end: Option<oneshot::Sender<Ending>>,
    /// Whether the world knows that it was told to stop.
    is_told: bool,
    /// What its workflow has told it.
    pub(crate) heard: Vec<u32>,
}

impl Attempt {
    /// Takes out the attempts that have begun on this thread.
    pub(crate) fn take_begun() -> Vec<Self> {
        BEGUN.with_borrow_mut(mem::take)
    }

    /// Whether it runs, as far as the engine has not stopped it.
    pub(crate) fn is_running(&self) -> bool {
        self.end.as_ref().is_some_and(|end| !end.is_canceled())
    }

    /// How it ends, as it is written.
    pub(crate) fn fate(&self) -> Fate {
        self.work.fate(self.ctx.info().attempt)
    }

    /// Ends it, unless it hangs; what it has left to somebody else is returned.
    pub(crate) fn end(&mut self) -> Option<Left> {
        let fate = self.fate();
        if fate == Fate::Hanging {
            return None;
        }
        let end = self.end.take()?;
        if !self.work.is_left {
            // The engine may have stopped it meanwhile.
            let _gone = end.send(Ending::Met(fate));
            return None;
        }
        let _gone = end.send(Ending::Left);
        Some(Left {
            token: self.ctx.task_token(),
            fate,
        })
    }

    /// Whether it was told to stop since this was asked the last time.
    pub(crate) fn learns_to_stop(&mut self) -> bool {
        !mem::replace(&mut self.is_told, self.ctx.is_canceled()) && self.is_told
    }

    /// Which attempt it is; none of a local activity.
    pub(crate) fn key(&self) -> Option<AttemptKey> {
        let info = self.ctx.info();
        (!info.is_local).then_some(AttemptKey {
            run_id: info.execution.run_id,
            scheduled_event_id: info.scheduled_event_id,
            attempt: info.attempt,
        })
    }

    /// Listens to what its workflow has told it since it did the last time; says whether that is
    /// anything.
    pub(crate) fn hear(&mut self, twice: bool) -> bool {
        let before = self.heard.len();
        // Invariant: it is told numbers.
        while let Ok(Some(message)) = self.ctx.try_control() {
            self.heard.push(message);
            if twice {
                self.heard.push(message);
            }
        }
        self.heard.len() > before
    }

    fn begin(ctx: ActivityContext, work: Work, end: Option<oneshot::Sender<Ending>>) {
        let attempt = Self {
            ctx,
            work,
            end,
            is_told: false,
            heard: Vec::new(),
        };
        BEGUN.with_borrow_mut(|begun| begun.push(attempt));
    }
}

/// What an attempt fails with.
#[derive(Clone, PartialEq, Debug, Display, Error, Failure)]
pub(crate) enum WorkError {
    /// Another attempt may do better.
    #[display("not now")]
    NotNow,
    /// No attempt will do better.
    #[failure(non_retryable)]
    #[display("never")]
    Never,
}

/// Works until the world says how it ends.
#[activity(start_to_close = "60s")]
pub(crate) async fn toil(ctx: ActivityContext, work: Work) -> Result<u32, WorkError> {
    let attempt = ctx.info().attempt;
    let (end, ended) = oneshot::channel();
    let leaves = ctx.clone();
    if RUNS_TWICE.get() {
        Attempt::begin(ctx.clone(), work.clone(), None);
    }
    Attempt::begin(ctx, work, Some(end));
    match ended.await {
        Ok(Ending::Met(fate)) => meet(fate, attempt),
        Ok(Ending::Left) => match leaves.complete_async().await {},
        // The world is over.
        Err(_) => futures::future::pending().await,
    }
}

/// Works on a thread of its own, and ends at once.
#[activity(start_to_close = "60s")]
pub(crate) fn dig(ctx: ActivityContext, work: Work) -> Result<u32, WorkError> {
    let attempt = ctx.info().attempt;
    let fate = work.fate(attempt);
    Attempt::begin(ctx, work, None);
    meet(fate, attempt)
}

#[expect(clippy::panic, reason = "that is one of the fates")]
fn meet(fate: Fate, attempt: u32) -> Result<u32, WorkError> {
    match fate {
        Fate::Done => Ok(attempt),
        // What blocks cannot hang here, where there is no other thread.
        Fate::Failed | Fate::Hanging => Err(WorkError::NotNow),
        Fate::FailedForGood => Err(WorkError::Never),
        Fate::Panicked => panic!("as written"),
    }
}

/// How an activity ends, for the code that has called it.
type WorkEnd = Result<u32, ActivityError<WorkError>>;

/// What the code sees of such an end.
pub(crate) fn sight(end: &WorkEnd) -> u64 {
    match end {
        Ok(attempt) => 100 + u64::from(*attempt),
        Err(ActivityError::Application { error, .. }) => match error {
            WorkError::NotNow => 200,
            WorkError::Never => 201,
        },
        Err(ActivityError::Timeout { timeout_type, .. }) => {
            300 + timeout_type.to_string().bytes().map(u64::from).sum::<u64>()
        }
        Err(ActivityError::Canceled { .. }) => 400,
        Err(_) => 500,
    }
}

impl From<Cancellation> for CancellationType {
    fn from(cancellation: Cancellation) -> Self {
        match cancellation {
            Cancellation::Try => Self::TryCancel,
            Cancellation::Wait => Self::WaitCancellationCompleted,
            Cancellation::Abandon => Self::Abandon,
        }
    }
}

/// An activity that was called.
#[derive(Debug)]
pub(crate) enum Begun {
    Toil(ActivityHandle<toil>),
    Dig(ActivityHandle<dig>),
}

impl Begun {
    /// Calls an activity.
    pub(crate) fn call<W>(ctx: &WorkflowContext<W>, work: &Work) -> Self {
        if work.is_blocking {
            Self::Dig(with_options(ctx.activity(dig, work.clone()), work).start())
        } else {
            Self::Toil(with_options(ctx.activity(toil, work.clone()), work).start())
        }
    }

    /// Cancels it.
    pub(crate) fn cancel(&self) {
        match self {
            Self::Toil(activity) => activity.cancel(),
            Self::Dig(activity) => activity.cancel(),
        }
    }

    /// Waits for what it reports next; none once it has ended.
    pub(crate) async fn progress(&self) -> Option<u32> {
        match self {
            Self::Toil(activity) => activity.progress().await,
            Self::Dig(activity) => activity.progress().await,
        }
    }

    /// Tells it something.
    pub(crate) fn control(&self, message: u32) {
        match self {
            Self::Toil(activity) => activity.control(&message),
            Self::Dig(activity) => activity.control(&message),
        }
    }

    /// Waits for its end.
    pub(crate) async fn end(self) -> WorkEnd {
        match self {
            Self::Toil(activity) => activity.await,
            Self::Dig(activity) => activity.await,
        }
    }
}

/// Calls an activity and waits for its end.
pub(crate) async fn perform<W>(ctx: &WorkflowContext<W>, work: &Work) -> WorkEnd {
    Begun::call(ctx, work).end().await
}

/// Calls a local activity and waits for its end. Nobody else can end it.
pub(crate) async fn perform_here<W>(
    ctx: &WorkflowContext<W>,
    work: &Work,
    threshold: u32,
) -> WorkEnd {
    let work = Work {
        is_left: false,
        ..work.clone()
    };
    if work.is_blocking {
        let call = ctx.local_activity(dig, work.clone());
        with_local_options(call, &work, threshold).await
    } else {
        let call = ctx.local_activity(toil, work.clone());
        with_local_options(call, &work, threshold).await
    }
}

fn with_local_options<A: Activity>(
    call: LocalActivityCall<A>,
    work: &Work,
    threshold: u32,
) -> LocalActivityCall<A> {
    let retry = RetryPolicy::default().max_attempts(work.max_attempts);
    let call = call
        .start_to_close(span(work.start_to_close))
        .retry(retry)
        .local_retry_threshold(span(threshold))
        .cancellation(work.cancellation.into());
    match work.schedule_to_close {
        Some(limit) => call.schedule_to_close(span(limit)),
        None => call,
    }
}

fn with_options<A: Activity>(call: ActivityCall<A>, work: &Work) -> ActivityCall<A> {
    let retry = RetryPolicy::default().max_attempts(work.max_attempts);
    let mut call = call
        .start_to_close(span(work.start_to_close))
        .retry(retry)
        .cancellation(work.cancellation.into());
    if let Some(limit) = work.schedule_to_close {
        call = call.schedule_to_close(span(limit));
    }
    if let Some(limit) = work.schedule_to_start {
        call = call.schedule_to_start(span(limit));
    }
    if let Some(limit) = work.heartbeat {
        call = call.heartbeat(span(limit));
    }
    if work.is_narrow {
        call = call.task_queue(NARROW);
    }
    call
}
