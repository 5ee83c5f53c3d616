//! The one workflow of a world: it does what its program says.

use std::{cell::Cell, collections::VecDeque, rc::Rc, time::Duration};

use derive_more::{Debug, Display, Error};
use futures::{FutureExt as _, channel::oneshot, future::LocalBoxFuture};
use sempre::{
    ApplicationFailure, Canceled, Failure, SearchAttribute, Workflow, WorkflowContext, handlers,
    model::{self, MemoUpdate},
    workflow::{
        ChildCall, ChildCancellationType, ChildError, ExternalWorkflowError,
        combinator::{join, join_all, map_concurrent, select},
    },
};
use serde::{Deserialize, Serialize};

use crate::simulation::{
    activity::{Begun, perform, perform_here, sight},
    client::workflow_id,
    program::{Cancellation, Kin, Program, Step, Work},
};

thread_local! {
    /// Which generation of the code this thread's process has.
    static GENERATION: Cell<u32> = const { Cell::new(0) };
}

/// What runs of a world can be found by.
pub(crate) const NOTED: SearchAttribute<i64> = SearchAttribute::int("Noted");

/// The generation of code that has no faults.
pub(crate) const WHOLE: u32 = u32::MAX;

/// Deploys code of this generation on this thread.
pub(crate) fn deploy(generation: u32) {
    GENERATION.set(generation);
}

/// Does what its program says.
#[derive(Workflow, Default, Debug)]
pub(crate) struct Script {
    /// Signals that the code has taken.
    signals: u32,
    /// Follows from everything that the code has seen.
    digest: u64,
    /// Waits for signals that are going on.
    listening: Rc<Cell<u32>>,
}

/// What a query says of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Signals that the code has taken.
    pub(crate) signals: u32,
    /// Follows from everything that the code has seen.
    pub(crate) digest: u64,
    /// How many of its branches wait for signals.
    pub(crate) listening: u32,
}

/// How a run ends that returns no result.
#[derive(Clone, Copy, PartialEq, Debug, Display, Error)]
pub(crate) enum ScriptError {
    /// The program said so.
    #[display("as written")]
    AsWritten,
    /// It was asked to stop.
    #[display("canceled")]
    Stopped,
}

impl Failure for ScriptError {
    fn to_failure(&self) -> model::Failure {
        match self {
            Self::AsWritten => ApplicationFailure::new("as written", "AsWritten").to_failure(),
            Self::Stopped => Canceled::default().to_failure(),
        }
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        let is_canceled = Canceled::from_failure(failure).is_some();
        Some(if is_canceled {
            Self::Stopped
        } else {
            Self::AsWritten
        })
    }
}

#[handlers]
impl Script {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, program: Program) -> Result<u64, ScriptError> {
        let is_stubborn = program.is_stubborn;
        match block(ctx.clone(), &program.steps, is_stubborn).await {
            Ok(()) | Err(End::Returned) => Ok(ctx.state(|script| script.digest)),
            Err(End::Failed) => Err(ScriptError::AsWritten),
            Err(End::Stopped) => Err(ScriptError::Stopped),
        }
    }

    /// Counts, and is seen by the code that listens.
    #[signal]
    fn call(&mut self, number: u32) {
        self.signals += 1;
        self.see(u64::from(number));
    }

    /// Does something beside the main routine.
    #[signal]
    async fn errand(ctx: WorkflowContext<Self>, work: Work) {
        let seen = sight(&perform(&ctx, &work).await);
        ctx.update(|script| {
            script.signals += 1;
            script.see(seen);
        });
    }

    /// Is seen at once, and fails for every third number.
    #[update]
    fn change(&mut self, number: u32) -> Result<u64, ScriptError> {
        self.see(u64::from(number));
        if number.is_multiple_of(3) {
            return Err(ScriptError::AsWritten);
        }
        Ok(self.digest)
    }

    /// Rejects every fifth number.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "a validator is lent its input"
    )]
    #[validate(change)]
    fn check_change(&self, number: &u32) -> Result<(), ScriptError> {
        if number.is_multiple_of(5) {
            return Err(ScriptError::AsWritten);
        }
        Ok(())
    }

    /// Does something beside the main routine, and says what came of it.
    #[update]
    async fn mission(ctx: WorkflowContext<Self>, work: Work) -> Result<u64, ScriptError> {
        let seen = sight(&perform(&ctx, &work).await);
        ctx.update(|script| script.see(seen));
        Ok(seen)
    }

    /// How it stands.
    #[query]
    fn standing(&self) -> Standing {
        Standing {
            signals: self.signals,
            digest: self.digest,
            listening: self.listening.get(),
        }
    }
}

impl Script {
    fn see(&mut self, what: u64) {
        self.digest = (self.digest ^ what)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29);
    }
}

/// Why a block ends before its last step.
enum End {
    Returned,
    Failed,
    Stopped,
}

type Flow = Result<(), End>;

/// Does the steps of a block.
fn block(
    ctx: WorkflowContext<Script>,
    steps: &[Step],
    is_stubborn: bool,
) -> LocalBoxFuture<'_, Flow> {
    async move {
        let mut begun = VecDeque::new();
        for step in steps {
            let seen = match step {
                Step::Begin(work) => {
                    begun.push_back(Begun::call(&ctx, work));
                    1
                }
                Step::Await => match begun.pop_front() {
                    Some(activity) => sight(&activity.end().await),
                    None => 2,
                },
                Step::Cancel => match begun.pop_front() {
                    Some(activity) => {
                        activity.cancel();
                        sight(&activity.end().await)
                    }
                    None => 3,
                },
                step => take(&ctx, step, is_stubborn).await?,
            };
            ctx.update(|script| script.see(seen));
            if !is_stubborn && ctx.is_canceled() {
                return Err(End::Stopped);
            }
        }
        Ok(())
    }
    .boxed_local()
}

/// Takes a step that leaves nothing behind in its block; returns what it has seen.
#[expect(clippy::too_many_lines, reason = "an arm for each step")]
async fn take(ctx: &WorkflowContext<Script>, step: &Step, is_stubborn: bool) -> Result<u64, End> {
    let inner = |steps| block(ctx.clone(), steps, is_stubborn);
    Ok(match step {
        Step::Work(work) => sight(&perform(ctx, work).await),
        Step::Follow(work) => follow(ctx, work).await,
        Step::Local { work, threshold } => sight(&perform_here(ctx, work, *threshold).await),
        Step::Begin(_) | Step::Await | Step::Cancel => 0,
        Step::Pause(millis) => u64::from(ctx.sleep(span(*millis)).await.is_ok()),
        Step::Listen { signals, limit } => listen(ctx, *signals, *limit).await,
        Step::All(blocks) => {
            let ends = join_all(blocks.iter().map(|steps| inner(steps))).await;
            ends.into_iter().collect::<Flow>().map(|()| 11)?
        }
        Step::Either(one, other) => {
            let (first, seen) = select! {
                first = inner(one).fuse() => (first, 12),
                first = inner(other).fuse() => (first, 13),
            };
            first.map(|()| seen)?
        }
        Step::UntilCanceled(steps) => {
            let (end, seen) = select! {
                _ = ctx.canceled() => (Ok(()), 14),
                end = inner(steps).fuse() => (end, 15),
            };
            end.map(|()| seen)?
        }
        Step::Shielded(steps) => {
            let shielded = block(ctx.detached(), steps, is_stubborn);
            shielded.await.map(|()| 16)?
        }
        Step::Within(steps, limit) => within(ctx, steps, *limit, is_stubborn).await?,
        Step::Many { works, limit } => {
            let limit = usize::try_from(*limit).unwrap_or(1);
            let ends = map_concurrent(works, limit, |work| perform(ctx, work)).await;
            ends.iter().map(sight).fold(17, |all, end| all * 31 + end)
        }
        Step::Tell { execution, number } => {
            let other = ctx.external::<Script>(workflow_id(*execution));
            answered(&other.call(*number).await)
        }
        Step::AskToStop(execution) => {
            let other = ctx.external::<Script>(workflow_id(*execution));
            answered(&other.cancel("as written").await)
        }
        Step::Raise(kin) => raised(&child(ctx, kin).run(program(kin, is_stubborn)).await),
        Step::LetGo(kin) => {
            let started = child(ctx, kin).start(program(kin, is_stubborn)).await;
            raised(&started.map(|_child| 41))
        }
        Step::HandOver(millis) => {
            let (sender, receiver) = oneshot::channel();
            let giving = async {
                let slept = ctx.sleep(span(*millis)).await;
                // Whoever takes it is there until it comes.
                let _taken = sender.send(slept.is_ok());
            };
            let ((), taken) = join!(giving, ctx.foreign(receiver));
            taken.map_or(18, |slept| 19 + u64::from(slept))
        }
        Step::Draw => {
            let drawn = ctx.random().range(0..1_000_000);
            let uuid = ctx.uuid().as_u128();
            drawn
                ^ u64::try_from(uuid & u128::from(u64::MAX)).unwrap_or_default()
                ^ ctx.now().as_nanos()
        }
        Step::Note(number) => {
            let number = i64::from(*number);
            ctx.upsert_search_attributes([match number {
                0 => NOTED.unset(),
                number => NOTED.set(number),
            }]);
            ctx.upsert_memo([MemoUpdate::set("noted", number)]);
            35
        }
        Step::Patch { since } => {
            let knows = GENERATION.get() >= *since;
            if knows && ctx.patched(format!("since {since}")) {
                u64::from(ctx.sleep(span(1_000)).await.is_ok()) + 36
            } else {
                38
            }
        }
        Step::Break { until } => {
            broken_before(*until);
            21
        }
        Step::Continue(steps) => {
            let program = Program {
                steps: steps.clone(),
                is_stubborn,
            };
            match ctx.continue_as_new(program).await {}
        }
        Step::Fail => return Err(End::Failed),
        Step::Return => return Err(End::Returned),
    })
}

/// Calls an activity, and answers what it reports.
async fn follow(ctx: &WorkflowContext<Script>, work: &Work) -> u64 {
    let begun = Begun::call(ctx, work);
    let mut reports = 0;
    while let Some(report) = begun.progress().await {
        reports += 1;
        ctx.update(|script| script.see(report.into()));
        begun.control(report);
    }
    sight(&begun.end().await) * 61 + reports
}

/// Takes steps in a scope that is canceled after a time, and goes on behind it.
async fn within(
    ctx: &WorkflowContext<Script>,
    steps: &[Step],
    limit: u32,
    is_stubborn: bool,
) -> Result<u64, End> {
    let scope = ctx.scope();
    let limited = async {
        let slept = ctx.sleep(span(limit)).await;
        scope.cancel("it takes too long");
        slept.is_ok()
    };
    let inner = block(scope.clone(), steps, is_stubborn);
    match join!(inner, limited) {
        (Err(End::Stopped), _) if !ctx.is_canceled() => Ok(51),
        (end, is_late) => end.map(|()| 52 + u64::from(is_late)),
    }
}

fn child(ctx: &WorkflowContext<Script>, kin: &Kin) -> ChildCall<Script> {
    let call = match kin.execution {
        Some(execution) => ctx.child(workflow_id(execution)),
        None => ctx.child(..),
    };
    let cancellation = match kin.cancellation {
        Cancellation::Try => ChildCancellationType::TryCancel,
        Cancellation::Wait => ChildCancellationType::WaitCancellationCompleted,
        Cancellation::Abandon => ChildCancellationType::Abandon,
    };
    call.parent_close_policy(kin.policy)
        .cancellation(cancellation)
}

fn program(kin: &Kin, is_stubborn: bool) -> Program {
    Program {
        steps: kin.steps.clone(),
        is_stubborn,
    }
}

/// What comes of a child.
fn raised(outcome: &Result<u64, ChildError<ScriptError>>) -> u64 {
    match outcome {
        Ok(result) => *result,
        Err(ChildError::Application { .. }) => 42,
        Err(ChildError::Canceled { .. }) => 43,
        Err(ChildError::Terminated { .. }) => 44,
        Err(ChildError::AlreadyStarted { .. }) => 45,
        Err(ChildError::Timeout { .. }) => 46,
        Err(_) => 47,
    }
}

/// What the answer of another execution looks like.
fn answered(answer: &Result<(), ExternalWorkflowError>) -> u64 {
    match answer {
        Ok(()) => 31,
        Err(ExternalWorkflowError::NotFound) => 32,
        Err(ExternalWorkflowError::Canceled(_)) => 33,
        Err(_) => 34,
    }
}

/// Stands for a fault that a deployment mends.
fn broken_before(generation: u32) {
    let current = GENERATION.get();
    assert!(
        current >= generation,
        "broken before generation {generation}"
    );
}

async fn listen(ctx: &WorkflowContext<Script>, signals: u32, limit: Option<u32>) -> u64 {
    let wanted = ctx.state(|script| script.signals) + signals;
    let _listening = Listening::begin(ctx);
    let heard = ctx.wait_until(move |script| script.signals >= wanted);
    match limit {
        None => 4 + u64::from(heard.await.is_ok()),
        Some(limit) => match heard.timeout(span(limit)).await {
            Ok(()) => 6,
            Err(error) => 7 + u64::from(error.is_timeout()),
        },
    }
}

/// Counts a wait for signals, for as long as it goes on.
struct Listening(Rc<Cell<u32>>);

impl Listening {
    fn begin(ctx: &WorkflowContext<Script>) -> Self {
        let listening = ctx.state(|script| Rc::clone(&script.listening));
        listening.set(listening.get() + 1);
        Self(listening)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// A time in milliseconds.
pub(crate) fn span(millis: u32) -> Duration {
    Duration::from_millis(millis.into())
}
