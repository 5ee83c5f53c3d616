//! Runs that are reset: which run everybody goes on with, what it knows, and what it does again.

use std::time::Duration;

use futures::FutureExt as _;
use sempre::{
    Canceled, Workflow, WorkflowContext,
    client::{
        RequestOutcome, ResetWorkflowError, ResultError, WorkflowDescription, WorkflowFailure,
    },
    handlers,
    model::{
        EventAttributes, EventId, EventType, ExecutionStatus, History, ParentClosePolicy as Policy,
        ResetPoint,
    },
    runtime::EngineBuilder,
};
use sempre_tests::{
    Mode, Outcome, Scenario,
    family::{Care, Deed, Household, Kid, KidHandle as _, Way},
    workflow::{
        Alarm, Board, BoardHandle as _, Relay, RelayHandle as _, Steps, StepsHandle as _, Till,
        TillHandle as _, baton,
    },
};

fn types(history: &History) -> Vec<EventType> {
    history
        .attributes()
        .map(EventAttributes::event_type)
        .collect()
}

fn inputs(inputs: &[&str]) -> Vec<String> {
    inputs.iter().map(ToString::to_string).collect()
}

fn before(event: u64) -> ResetPoint {
    ResetPoint::Event(EventId::new(event))
}

#[test]
fn a_step_is_done_again_and_the_one_before_is_not() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let start = world.workflow::<Steps>("steps");
        let steps = start.start(inputs(&["one", "two"])).await?;
        world.stage.attempt().await.complete("1");
        world.stage.attempt().await.complete("2");
        assert_eq!(steps.result().await?, ["1", "2"]);
        let again = steps.reset(ResetPoint::Activity("2".into())).await?;
        let second = world.stage.attempt().await;
        assert_eq!((&*second.input, second.number()), ("two", 1));
        second.complete("zwei");
        assert_eq!(again.result().await?, ["1", "zwei"]);
        Ok(())
    })
}

#[test]
fn everybody_goes_on_with_the_new_run_but_who_means_the_old_one() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let old = board.run_id().ok_or("a start names its run")?;
        board.post("one".into()).await?;
        let (waits, alone) = (board.clone(), world.workflow::<Board>("board").at_run(old));
        let result = tokio::spawn(async move { waits.result().await });
        let bound = alone.clone();
        let ended = tokio::spawn(async move { bound.result().await });
        tokio::task::yield_now().await;
        let reset = board.reset(ResetPoint::FirstTask).reason("once more");
        let again = reset.await?;
        assert_ne!(again.run_id(), Some(old));
        for handle in [&board, &again, &world.workflow::<Board>("board")] {
            let description = handle.describe().await?;
            assert_eq!(Some(description.execution.run_id), again.run_id());
        }
        let terminated = ended.await?;
        assert!(
            matches!(
                &terminated,
                Err(ResultError::Workflow(WorkflowFailure::Terminated { reason, .. }))
                    if reason == "once more"
            ),
            "{terminated:?}"
        );
        assert_eq!(alone.describe().await?.status, ExecutionStatus::Terminated);
        board.post("two".into()).await?;
        board.close().await?;
        assert_eq!(result.await??, ["one", "two"]);
        Ok(())
    })
}

#[test]
fn the_new_run_outlives_the_process_and_so_does_the_end_of_the_old_one() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.post("one".into()).await?;
        let again = board.reset(ResetPoint::FirstTask).await?;
        world.crash_and_restart().await?;
        let after = world.workflow::<Board>("board");
        assert_eq!(
            Some(after.describe().await?.execution.run_id),
            again.run_id()
        );
        assert_eq!(after.notes().await?, ["one"]);
        after.close().await?;
        assert_eq!(after.result().await?, ["one"]);
        Ok(())
    })
}

#[test]
fn a_closed_run_that_was_reset_is_followed_after_a_restart() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let old = board.run_id().ok_or("a start names its run")?;
        board.close().await?;
        assert_eq!(board.result().await?, [""; 0]);
        let again = board.reset(before(4)).exclude_signals().await?;
        world.crash_and_restart().await?;
        let after = world.workflow::<Board>("board");
        after.post("more".into()).await?;
        let alone = world.workflow::<Board>("board").at_run(old);
        assert_eq!(alone.result().await?, [""; 0], "it has completed");
        after.close().await?;
        assert_eq!(after.result().await?, ["more"]);
        assert_eq!(
            Some(after.describe().await?.execution.run_id),
            again.run_id()
        );
        Ok(())
    })
}

#[test]
fn a_reset_is_carried_out_once_under_its_request_id() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let reset = || board.reset(ResetPoint::FirstTask).request_id("mend");
        let first = reset().await?;
        assert_eq!(reset().await?.run_id(), first.run_id());
        let bound = board.run_id().ok_or("a start names its run")?;
        let bound = world.workflow::<Board>("board").at_run(bound);
        let again = bound.reset(ResetPoint::FirstTask).request_id("mend");
        assert_eq!(again.await?.run_id(), first.run_id());
        world.crash_and_restart().await?;
        let after = world.workflow::<Board>("board");
        let again = after
            .reset(ResetPoint::FirstTask)
            .request_id("mend")
            .await?;
        assert_eq!(again.run_id(), first.run_id());
        after.close().await?;
        after.result().await?;
        assert_eq!(world.started().len(), 2);
        Ok(())
    })
}

#[test]
fn a_run_that_others_have_followed_is_not_reset() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let old = board.run_id().ok_or("a start names its run")?;
        let again = board.reset(ResetPoint::FirstTask).await?;
        let bound = world.workflow::<Board>("board").at_run(old);
        let refused = bound.reset(ResetPoint::FirstTask).await.unwrap_err();
        let latest = again.run_id().ok_or("it names its run")?;
        assert_eq!(refused, ResetWorkflowError::Followed { latest });
        assert_eq!(refused.outcome(), RequestOutcome::NotDone);
        board.close().await?;
        board.result().await?;
        Ok(())
    })
}

#[test]
fn a_run_that_is_followed_while_its_history_is_read_is_not_reset() -> Outcome {
    Scenario::of::<Relay>().run_in_any_order(async |world| {
        let relay = world.workflow::<Relay>("relay").start(baton(1, 5)).await?;
        if world.mode == Mode::Live {
            world.store().hold();
            let mut call = relay.call("on its way".into()).into_future();
            assert!((&mut call).now_or_never().is_none());
            world.store().wait_until_held(1);
            let mut reset = relay.reset(ResetPoint::FirstTask).into_future();
            assert!((&mut reset).now_or_never().is_none());
            world.pass_seconds(5).await;
            // It has gone on as another run by the time that this one sleeps.
            let next = world.seconds_from_now(5);
            world.clock.sleeping_until(next).await;
            world.store().release();
            call.await?;
            let refused = reset.await.unwrap_err();
            let latest = relay.describe().await?.execution.run_id;
            assert_eq!(refused, ResetWorkflowError::Followed { latest });
        } else {
            relay.call("on its way".into()).await?;
            world.pass_seconds(5).await;
        }
        world.pass_seconds(5).await;
        assert_eq!(relay.result().await?, ["on its way"]);
        assert_eq!(world.started().len(), 2);
        Ok(())
    })
}

#[test]
fn the_end_of_a_child_is_told_to_the_run_that_waits_although_those_before_it_are_deleted() -> Outcome
{
    let family = Scenario::of::<Household>().and::<Kid>();
    family.run_unchecked(async |world| {
        let plan = vec![
            Care::Start("ada".into(), Deed::Listen, Policy::Terminate, Way::Wait),
            Care::Collect("ada".into()),
        ];
        let home = world.workflow::<Household>("home").start(plan).await?;
        world.until(&home, |home| home.history_length >= 9).await?;
        let again = home.reset(before(9)).await?;
        let newest = again.reset(before(9)).await?;
        for deleted in [&home, &again] {
            let run_id = deleted.run_id().ok_or("it names its run")?;
            let run = world.workflow::<Household>("home").at_run(run_id);
            run.delete().await?;
        }
        world.workflow::<Kid>("ada").tell("grow".into()).await?;
        let newest = newest.run_id().ok_or("it names its run")?;
        let newest = world.workflow::<Household>("home").at_run(newest);
        let said = newest.result().await?;
        assert_eq!(said.last().map(String::as_str), Some("grow"));
        Ok(())
    })
}

#[test]
fn a_point_that_is_not_legal_changes_nothing() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let refused = board.reset(before(2)).await.unwrap_err();
        let ResetWorkflowError::IllegalPoint { legal, .. } = &refused else {
            return Err(format!("{refused:?}").into());
        };
        assert_eq!(*legal, [3, 4].map(EventId::new));
        assert_eq!(refused.outcome(), RequestOutcome::NotDone);
        board.post("on".into()).await?;
        board.close().await?;
        assert_eq!(board.result().await?, ["on"]);
        assert_eq!(world.started().len(), 1);
        Ok(())
    })
}

#[test]
fn what_is_asked_meanwhile_reaches_the_new_run() -> Outcome {
    Scenario::of::<Board>().run_in_any_order(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let mut asked = Vec::new();
        for number in 0..20 {
            let board = board.clone();
            asked.push(tokio::spawn(async move {
                if number % 5 == 2 {
                    let reset = board.reset(ResetPoint::FirstTask).await;
                    reset.map(|_| ()).map_err(|error| error.to_string())
                } else {
                    let posted = board.post(number.to_string()).await;
                    posted.map_err(|error| error.to_string())
                }
            }));
        }
        for asked in asked {
            asked.await??;
        }
        board.close().await?;
        assert_eq!(board.result().await?.len(), 16, "none is lost or doubled");
        assert_eq!(world.started().len(), 5);
        Ok(())
    })
}

#[test]
fn an_activity_that_runs_is_given_up_and_run_again() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let start = world.workflow::<Steps>("steps");
        let steps = start.start(inputs(&["one", "two"])).await?;
        world.stage.attempt().await.complete("1");
        let ghost = world.stage.attempt().await;
        assert_eq!(steps.done().await?, ["1"]);
        let again = steps.reset(before(4)).await?;
        let first = world.stage.attempt().await;
        assert_eq!((&*first.input, first.number()), ("one", 1));
        ghost.complete("a ghost");
        first.complete("eins");
        world.stage.attempt().await.complete("zwei");
        assert_eq!(again.result().await?, ["eins", "zwei"]);
        Ok(())
    })
}

#[test]
fn a_timer_keeps_its_time_and_one_that_has_fired_since_fires_at_once() -> Outcome {
    Scenario::of::<Alarm>().run(async |world| {
        let alarm = world.workflow::<Alarm>("alarm").start(60).await?;
        world.pass_seconds(60).await;
        let rung = alarm.result().await?;
        let again = alarm.reset(ResetPoint::LastTask).await?;
        assert_eq!(again.result().await?, rung);
        let first = again.reset(ResetPoint::FirstTask).await?;
        world.pass_seconds(60).await;
        assert_eq!(first.result().await?, rung);
        Ok(())
    })
}

#[test]
fn updates_are_asked_for_again_and_answered_to_whoever_asks_next() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let till = world.workflow::<Till>("till").start(()).await?;
        assert_eq!(till.add(5).id("five").await?, 5);
        assert_eq!(till.add(2).id("two").await?, 7);
        let again = till.reset(ResetPoint::FirstTask).await?;
        assert_eq!(
            again.add(5).id("five").await?,
            5,
            "it was carried out again"
        );
        let none = till.reset(ResetPoint::FirstTask).exclude_updates().await?;
        assert_eq!(none.add(1).id("two").await?, 1, "it is a new one there");
        none.close().await?;
        assert_eq!(none.result().await?, 1);
        Ok(())
    })
}

/// Draws numbers, before and after something that it is told, and has children without names.
#[derive(Workflow, Default)]
struct Dice {
    told: u32,
}

#[handlers]
impl Dice {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Canceled> {
        let mut drawn = Vec::new();
        let stream = ctx.random_stream("dice");
        for turn in 1..=2 {
            let number = ctx.random().range(0..1_000_000);
            let from_stream = stream.clone().range(0..1_000_000);
            drawn.push(format!("{number} {from_stream} {}", ctx.uuid()));
            let _ = ctx.child::<Kid>(..).run(Deed::Return(String::new())).await;
            ctx.wait_until(|dice| dice.told >= turn).await?;
        }
        Ok(drawn)
    }

    #[signal]
    fn roll(&mut self) {
        self.told += 1;
    }
}

/// The ids of the children that a history asks for.
fn children(history: &History) -> Vec<String> {
    let ids = history.attributes().filter_map(|it| match it {
        EventAttributes::StartChildWorkflowExecutionInitiated(it) => Some(&it.workflow_id),
        _ => None,
    });
    ids.map(ToString::to_string).collect()
}

#[test]
fn random_numbers_from_before_the_point_stay_and_those_behind_it_are_others() -> Outcome {
    Scenario::of::<Dice>()
        .and::<Kid>()
        .run_in_any_order(async |world| {
            let dice = world.workflow::<Dice>("dice").start(()).await?;
            let waits = |dice: &WorkflowDescription, after: u64| {
                let is_idle = dice.workflow_task.is_none() && dice.children.is_empty();
                is_idle && dice.history_length > after
            };
            let stand = world.until(&dice, |dice| waits(dice, 5)).await?;
            let point = stand.history_length;
            dice.roll().await?;
            world.until(&dice, |dice| waits(dice, point + 4)).await?;
            dice.roll().await?;
            let first = dice.result().await?;
            let old = children(&dice.history().await?);
            let again = dice.reset(before(point + 4)).await?;
            let second = again.result().await?;
            assert_eq!(first[0], second[0], "what came before is the same");
            for (old, new) in first[1].split(' ').zip(second[1].split(' ')) {
                assert_ne!(old, new);
            }
            let new = children(&again.history().await?);
            assert_eq!(old[0], new[0]);
            assert_ne!(old[1], new[1], "the old one may still be there");
            world.crash_and_restart().await?;
            let after = world.workflow::<Dice>("dice");
            assert_eq!(after.result().await?, second);
            Ok(())
        })
}

#[test]
fn a_child_from_before_the_point_tells_the_new_run_of_its_end() -> Outcome {
    let family = Scenario::of::<Household>().and::<Kid>();
    family.run_in_any_order(async |world| {
        let plan = vec![
            Care::Start("ada".into(), Deed::Listen, Policy::Terminate, Way::Wait),
            Care::Collect("ada".into()),
        ];
        let home = world.workflow::<Household>("home").start(plan).await?;
        world.until(&home, |home| home.history_length >= 9).await?;
        let again = home.reset(before(9)).await?;
        world.crash_and_restart().await?;
        world.workflow::<Kid>("ada").tell("grow".into()).await?;
        let again = world
            .workflow::<Household>("home")
            .at_run(again.run_id().ok_or("it names its run")?);
        let said = again.result().await?;
        assert_eq!(said.last().map(String::as_str), Some("grow"));
        Ok(())
    })
}

#[test]
fn a_child_from_behind_the_point_ends_with_the_old_run_and_is_asked_for_anew() -> Outcome {
    let family = Scenario::of::<Household>().and::<Kid>();
    family.run_in_any_order(async |world| {
        let plan = vec![Care::RaiseNameless(Deed::Listen)];
        let home = world.workflow::<Household>("home").start(plan).await?;
        world.until(&home, |home| home.history_length >= 9).await?;
        let old = world.started().get(1).cloned().ok_or("it has a child")?;
        let again = home.reset(ResetPoint::FirstTask).await?;
        world
            .until(&again, |home| home.history_length >= 11)
            .await?;
        let kid = |id: &sempre::model::WorkflowId| world.workflow::<Kid>(id.clone());
        let ended = kid(&old.workflow_id).result().await;
        assert!(ended.is_err(), "{ended:?}");
        let new = world.started().last().cloned().ok_or("it has a child")?;
        assert_ne!(new.workflow_id, old.workflow_id);
        kid(&new.workflow_id).tell("grow".into()).await?;
        assert_eq!(again.result().await?, ["grow"]);
        Ok(())
    })
}

#[test]
fn a_child_from_before_the_point_can_be_canceled_by_the_new_run() -> Outcome {
    let family = Scenario::of::<Household>().and::<Kid>();
    family.run_in_any_order(async |world| {
        let plan = vec![
            Care::Start("ada".into(), Deed::Sleep(3_600), Policy::Abandon, Way::Wait),
            Care::Sleep(60),
            Care::Cancel("ada".into()),
            Care::Collect("ada".into()),
        ];
        let home = world.workflow::<Household>("home").start(plan).await?;
        world.until(&home, |home| home.pending_timers == 1).await?;
        let again = home.reset(ResetPoint::LastTask).await?;
        world.until(&again, |home| home.pending_timers == 1).await?;
        world.pass_seconds(60).await;
        let said = again.result().await?;
        let last = said.last().cloned().unwrap_or_default();
        assert!(last.contains("cancel"), "{said:?}");
        let kid = world.workflow::<Kid>("ada").describe().await?;
        assert_eq!(kid.status, ExecutionStatus::Canceled);
        Ok(())
    })
}

/// The same workflow, with a bug that comes to light late.
#[derive(Workflow, Default)]
#[workflow(name = "Board")]
struct FaultyBoard {
    notes: Vec<String>,
}

#[handlers]
impl FaultyBoard {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Canceled> {
        // What the other one does not ask for.
        let _nap = ctx.sleep(Duration::from_secs(1)).await;
        Ok(ctx.state(|board| board.notes.clone()))
    }

    #[signal]
    fn post(&mut self, note: String) {
        self.notes.push(note);
    }
}

#[test]
fn a_run_that_no_code_fits_any_more_begins_again_with_the_code_of_today() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world
            .restart_with(EngineBuilder::workflow::<FaultyBoard>)
            .await?;
        let board = world.workflow::<FaultyBoard>("board").start(()).await?;
        board.signal::<board::Post>("kept".into()).await?;
        world.restart_with(EngineBuilder::workflow::<Board>).await?;
        world.pass_seconds(1).await;
        let board = world.workflow::<Board>("board");
        let stuck = world
            .until(&board, |board| {
                board
                    .workflow_task
                    .as_ref()
                    .is_some_and(|it| it.last_failure.is_some())
            })
            .await?;
        assert!(!stuck.problems.is_empty());
        let again = board.reset(ResetPoint::FirstTask).await?;
        assert_eq!(again.notes().await?, ["kept"]);
        assert_eq!(again.describe().await?.problems, []);
        again.close().await?;
        assert_eq!(again.result().await?, ["kept"]);
        let history = again.history().await?;
        assert_eq!(
            types(&history)[..6],
            [
                EventType::WorkflowExecutionStarted,
                EventType::WorkflowTaskScheduled,
                EventType::WorkflowTaskStarted,
                EventType::WorkflowTaskFailed,
                EventType::WorkflowExecutionSignaled,
                EventType::WorkflowTaskScheduled,
            ]
        );
        Ok(())
    })
}

/// The signal of the board, for a handle of the other type.
mod board {
    use sempre::definition::Signal;

    pub(super) struct Post;

    impl Signal for Post {
        type Workflow = super::FaultyBoard;
        type Input = String;
        const NAME: &'static str = "post";
    }
}
