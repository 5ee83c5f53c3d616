//! Scopes of cancellation: what is begun in one ends with it, and everything else goes on.

use std::{convert::Infallible, time::Duration};

use derive_more::{Display, Error, From};
use sempre::{
    ActivityError, Canceled, CancellationType, Failure, Workflow, WorkflowContext, WorkflowHandle,
    handlers,
    model::{EventAttributes, EventType, ExecutionStatus, History},
    workflow::{combinator::join, combinator::select},
};
use sempre_tests::{
    Actors, Outcome, Scenario, StageError, World,
    workflow::{Board, BoardSignals as _},
};

const MINUTE: Duration = Duration::from_secs(60);

/// A tour whose parts are given up one by one.
#[derive(Workflow, Default)]
struct Tour {
    /// The scopes of what goes on, innermost last.
    scopes: Vec<WorkflowContext<Self>>,
    told: Vec<String>,
    over: bool,
}

#[derive(Clone, PartialEq, Debug, Display, Error, From, Failure)]
enum TourError {
    #[display("{_0}")]
    Activity(#[failure(cause)] ActivityError<StageError>),
    #[display("{_0}")]
    Canceled(#[failure(cause)] Canceled),
}

impl Tour {
    fn tell(ctx: &WorkflowContext<Self>, what: &str, canceled: Option<&str>) {
        let told = format!("{what}: {}", canceled.unwrap_or("went well"));
        ctx.update(|tour| tour.told.push(told));
    }
}

#[handlers]
impl Tour {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Canceled> {
        let outer = ctx.scope();
        let inner = outer.scope();
        ctx.update(|tour| tour.scopes.extend([outer.clone(), inner.clone()]));
        let walk = async {
            let walk = inner.activity(Actors::perform, "walk".into());
            let waited = walk.cancellation(CancellationType::WaitCancellationCompleted);
            let reason = waited.await.err().map(|error| error.to_string());
            Self::tell(&ctx, "walk", reason.as_deref());
        };
        let rest = async {
            let rest = outer.sleep(MINUTE).await;
            Self::tell(&ctx, "rest", rest.err().as_ref().and_then(Canceled::reason));
        };
        let wait = async {
            let wait = inner.wait_until(|tour| tour.over).await;
            Self::tell(&ctx, "wait", wait.err().as_ref().and_then(Canceled::reason));
        };
        join!(walk, rest, wait, async {
            let _ = ctx.wait_until(|tour| tour.over).await;
        });
        // Nothing is said in a scope that is canceled.
        let board = outer.external::<Board>("board").post("too late".into());
        if let Err(error) = board.await {
            Self::tell(&ctx, "board", Some(&error.to_string()));
        }
        ctx.all_handlers_finished().await?;
        Ok(ctx.state(|tour| tour.told.clone()))
    }

    /// Gives up the innermost part that goes on, with all that is below it.
    #[signal]
    fn give_up(&mut self, reason: String) {
        if let Some(scope) = self.scopes.pop() {
            scope.cancel(reason);
        }
    }

    #[signal]
    fn finish(&mut self) {
        self.over = true;
    }

    /// Makes a detour in a scope of its own, until it is done or given up.
    #[signal]
    async fn detour(ctx: WorkflowContext<Self>, place: String) {
        let scope = ctx.scope();
        ctx.update(|tour| tour.scopes.push(scope.clone()));
        select! {
            canceled = scope.canceled() => Self::tell(&ctx, &place, canceled.reason()),
            _ = ctx.sleep(MINUTE) => Self::tell(&ctx, &place, None),
        }
    }

    /// Visits a place; the visit fails when it is given up, and somebody tidies up behind it.
    #[update]
    async fn visit(ctx: WorkflowContext<Self>, place: String) -> Result<String, TourError> {
        let scope = ctx.scope();
        ctx.update(|tour| tour.scopes.push(scope.clone()));
        let visit = scope.activity(Actors::perform, place.clone()).await;
        if visit.is_err() {
            let tidy = ctx.detached().activity(Actors::perform, "tidy up".into());
            tidy.await?;
            scope.sleep(MINUTE).await?;
        }
        Ok(visit?)
    }

    #[query]
    fn told(&self) -> Vec<String> {
        self.told.clone()
    }
}

/// Waits until so many activities go on.
async fn left(world: &World, tour: &WorkflowHandle<Tour>, count: usize) -> Outcome {
    world
        .until(tour, |tour| tour.activities.len() == count)
        .await?;
    Ok(())
}

fn count(history: &History, event_type: EventType) -> usize {
    let types = history.attributes().map(EventAttributes::event_type);
    types.filter(|it| *it == event_type).count()
}

#[test]
fn a_scope_takes_with_it_what_is_below_it_and_leaves_what_is_around_it() -> Outcome {
    Scenario::of::<Tour>().run(async |world| {
        let tour = world.workflow::<Tour>("tour").start(()).await?;
        let walk = world.stage.attempt().await;
        assert_eq!(walk.input, "walk");
        tour.give_up("blisters".into()).await?;
        assert_eq!(tour.told().await?, ["wait: blisters"]);
        // The activity is asked to stop, and waited for.
        walk.ctx.canceled().await;
        walk.end(Err(StageError::Stopped(Canceled::new("my feet hurt"))));
        left(world, &tour, 0).await?;
        tour.give_up("rain".into()).await?;
        tour.give_up("nothing is left to give up".into()).await?;
        let told = [
            "wait: blisters",
            "walk: activity canceled: canceled",
            "rest: rain",
        ];
        assert_eq!(tour.told().await?, told);
        tour.finish().await?;
        let mut all = told.to_vec();
        all.push("board: canceled: rain");
        assert_eq!(tour.result().await?, all);
        let history = tour.history().await?;
        assert_eq!(count(&history, EventType::TimerCanceled), 1);
        assert_eq!(count(&history, EventType::ActivityTaskCancelRequested), 1);
        let said = EventType::SignalExternalWorkflowExecutionInitiated;
        assert_eq!(count(&history, said), 0);
        Ok(())
    })
}

#[test]
fn scopes_of_handlers_are_canceled_by_other_handlers() -> Outcome {
    Scenario::of::<Tour>().run(async |world| {
        let tour = world.workflow::<Tour>("tour").start(()).await?;
        let walk = world.stage.attempt().await;
        tour.detour("lake".into()).await?;
        let visit = tour.visit("castle".into()).start().await?;
        let castle = world.stage.attempt().await;
        assert_eq!(castle.input, "castle");
        tour.give_up("closed".into()).await?;
        castle.ctx.canceled().await;
        castle.end(Err(StageError::Stopped(Canceled::default())));
        left(world, &tour, 2).await?;
        let tidy = world.stage.attempt().await;
        assert_eq!(tidy.input, "tidy up");
        tidy.complete("tidy");
        left(world, &tour, 1).await?;
        let error = visit.result().await.expect_err("it was given up");
        assert!(error.to_string().contains("canceled: closed"), "{error}");
        tour.give_up("fog".into()).await?;
        assert_eq!(tour.told().await?, ["lake: fog"]);
        // Both parts of the main routine, in the order in which they were begun.
        tour.give_up("dusk".into()).await?;
        tour.give_up("night".into()).await?;
        walk.ctx.canceled().await;
        walk.complete("home");
        left(world, &tour, 0).await?;
        tour.finish().await?;
        let told = tour.result().await?;
        assert_eq!(
            told,
            [
                "lake: fog",
                "wait: dusk",
                "rest: night",
                "walk: went well",
                "board: canceled: night"
            ]
        );
        Ok(())
    })
}

#[test]
fn the_reason_of_a_cancel_request_reaches_every_scope_that_is_not_detached() -> Outcome {
    Scenario::of::<Tour>().run(async |world| {
        let tour = world.workflow::<Tour>("tour").start(()).await?;
        let walk = world.stage.attempt().await;
        tour.give_up("blisters".into()).await?;
        tour.cancel("out of money").await?;
        walk.ctx.canceled().await;
        walk.complete("home");
        assert!(tour.result().await.is_err_and(|it| it.is_canceled()));
        let told = ["wait: blisters", "rest: out of money", "walk: went well"];
        assert!(tour.told().await?.starts_with(&told.map(String::from)));
        assert_eq!(tour.describe().await?.status, ExecutionStatus::Canceled);
        Ok(())
    })
}

/// Has two things going and gives up whichever it is told to, in one workflow task.
#[derive(Workflow, Default)]
struct Twins {
    scopes: Vec<WorkflowContext<Self>>,
}

#[handlers]
impl Twins {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Infallible> {
        let (one, two) = (ctx.scope(), ctx.scope());
        ctx.update(|twins| twins.scopes.extend([one.clone(), two.clone()]));
        let sleep = async |scope: &WorkflowContext<Self>| {
            let (short, long) = join!(scope.sleep(MINUTE), scope.sleep(2 * MINUTE));
            let reasons = [short, long].map(|slept| slept.err().map(|it| it.to_string()));
            reasons.map(Option::unwrap_or_default).join(" ")
        };
        let (one, two) = join!(sleep(&one), sleep(&two));
        Ok(vec![one, two])
    }

    #[signal]
    fn wake(&mut self, which: Vec<usize>) {
        for index in which {
            if let Some(scope) = self.scopes.get(index) {
                scope.cancel(format!("number {index}"));
            }
        }
    }
}

#[test]
fn two_scopes_that_are_canceled_in_one_activation_end_in_the_order_of_the_calls() -> Outcome {
    Scenario::of::<Twins>().run(async |world| {
        let twins = world.workflow::<Twins>("twins").start(()).await?;
        twins.wake(vec![1, 0, 1, 7]).await?;
        let reasons = ["canceled: number 0", "canceled: number 1"];
        let reasons = reasons.map(|reason| format!("{reason} {reason}"));
        assert_eq!(twins.result().await?, reasons);
        let history = twins.history().await?;
        let canceled = history.attributes().filter_map(|event| match event {
            EventAttributes::TimerCanceled(it) => Some(it.timer_id.as_str()),
            _ => None,
        });
        assert_eq!(canceled.collect::<Vec<_>>(), ["3", "4", "1", "2"]);
        Ok(())
    })
}

#[test]
fn scopes_outlive_the_process_that_made_them() -> Outcome {
    Scenario::of::<Tour>().run_unchecked(async |world| {
        let tour = world.workflow::<Tour>("tour").start(()).await?;
        let _walk = world.stage.attempt().await;
        tour.give_up("blisters".into()).await?;
        assert_eq!(tour.told().await?, ["wait: blisters"]);
        world.crash_and_restart().await?;
        let tour = world.workflow::<Tour>("tour");
        left(world, &tour, 0).await?;
        // The outer scope is the only one left.
        tour.give_up("rain".into()).await?;
        let told = tour.told().await?;
        let [wait, walk, rest] = &*told else {
            return Err(format!("{told:?}").into());
        };
        assert_eq!([&**wait, rest], ["wait: blisters", "rest: rain"]);
        assert!(walk.contains("the attempt is lost"), "{walk}");
        Ok(())
    })
}
