//! Running activities say how far they have got, and are told what to do.

use std::time::Duration;

use sempre::{
    ActivityContext, ActivityError, RetryPolicy, Workflow, WorkflowContext, activity,
    client::{RequestError, SignalWorkflowError},
    handlers,
    model::{
        Control, EventAttributes, EventType, HistoryEvent, ProgressMark, ResetPoint, SignalName,
    },
};
use sempre_tests::{Actors, Outcome, Scenario, StageError, Veil, World};

/// Notes what its activity reports, and answers each report.
#[derive(Workflow, Default)]
struct Import {
    seen: Vec<u32>,
}

#[handlers]
impl Import {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<StageError>> {
        let import = ctx
            .activity(Actors::perform, "rows".into())
            .start_to_close(Duration::from_secs(3_600))
            .retry(RetryPolicy::default().initial_interval(Duration::from_secs(1)))
            .start();
        import.control("begin");
        while let Some(rows) = import.progress::<u32>().await {
            ctx.update(|state| state.seen.push(rows));
            import.control(&format!("seen {rows}"));
        }
        import.await
    }

    #[query]
    fn seen(&self) -> Vec<u32> {
        self.seen.clone()
    }
}

fn count(events: &[HistoryEvent], event_type: EventType) -> usize {
    let of_type = events.iter().filter(|it| it.event_type() == event_type);
    of_type.count()
}

#[test]
fn a_workflow_follows_its_activity_and_answers_it() -> Outcome {
    Scenario::of::<Import>().run_in_any_order(async |world| {
        let import = world.workflow::<Import>("import").start(()).await?;
        let attempt = world.stage.attempt().await;
        assert_eq!(attempt.ctx.control::<String>().await?, "begin");
        assert_eq!(attempt.ctx.try_control::<String>()?, None);
        for rows in [10, 20] {
            attempt.ctx.report_progress(&rows)?;
            let answer = attempt.ctx.control::<String>().await?;
            assert_eq!(answer, format!("seen {rows}"));
        }
        attempt.ctx.report_progress(&29)?;
        // The last word counts, whatever else is on its way.
        attempt.ctx.report_progress(&30)?;
        attempt.complete("all");
        assert_eq!(import.result().await?, "all");
        let seen = import.seen().await?;
        assert_eq!(seen[..2], [10, 20]);
        assert_eq!(seen.last(), Some(&30));
        let events = import.history().await?.events;
        let reported = count(&events, EventType::WorkflowExecutionSignaled);
        assert!((3..=4).contains(&reported), "{reported}");
        Ok(())
    })
}

#[test]
fn another_attempt_is_told_all_of_it_again_and_reports_from_where_it_begins() -> Outcome {
    Scenario::of::<Import>().run_in_any_order(async |world| {
        let import = world.workflow::<Import>("import").start(()).await?;
        let first = world.stage.attempt().await;
        first.ctx.report_progress(&1)?;
        assert_eq!(first.ctx.control::<String>().await?, "begin");
        assert_eq!(first.ctx.control::<String>().await?, "seen 1");
        // It is told with the end of the attempt, although another one follows.
        first.ctx.report_progress(&2)?;
        first.fail("spilled");
        world.pass_seconds(1).await;
        let second = world.stage.attempt().await;
        let mut told = Vec::new();
        for _ in 0..3 {
            told.push(second.ctx.control::<String>().await?);
        }
        assert_eq!(told, ["begin", "seen 1", "seen 2"]);
        second.ctx.report_progress(&1)?;
        assert_eq!(second.ctx.control::<String>().await?, "seen 1");
        second.complete("all");
        assert_eq!(import.result().await?, "all");
        assert_eq!(import.seen().await?, [1, 2, 1]);
        Ok(())
    })
}

#[test]
fn a_crash_loses_nothing_that_was_recorded_and_tells_nothing_twice() -> Outcome {
    Scenario::of::<Import>().run_unchecked(async |world| {
        let started = world.workflow::<Import>("import").start(()).await?;
        let run_id = started.describe().await?.execution.run_id;
        let first = world.stage.attempt().await;
        assert_eq!(first.ctx.control::<String>().await?, "begin");
        first.ctx.report_progress(&7)?;
        assert_eq!(first.ctx.control::<String>().await?, "seen 7");
        world.crash_and_restart().await?;
        let second = world.stage.attempt().await;
        assert_eq!(second.number(), 2);
        assert_eq!(second.ctx.control::<String>().await?, "begin");
        assert_eq!(second.ctx.control::<String>().await?, "seen 7");
        // What the attempt before has to say is of no interest any more.
        first.ctx.report_progress(&8)?;
        second.ctx.report_progress(&9)?;
        assert_eq!(second.ctx.control::<String>().await?, "seen 9");
        second.complete("all");
        let import = world.workflow::<Import>("import").at_run(run_id);
        assert_eq!(import.result().await?, "all");
        assert_eq!(import.seen().await?, [7, 9]);
        Ok(())
    })
}

#[test]
fn a_report_counts_as_a_heartbeat_and_leaves_its_details_alone() -> Outcome {
    Scenario::of::<Import>().run_in_any_order(async |world| {
        let import = world.workflow::<Import>("import").start(()).await?;
        let attempt = world.stage.attempt().await;
        attempt.ctx.heartbeat("half")?;
        attempt.ctx.report_progress(&1)?;
        while attempt.ctx.control::<String>().await? != "seen 1" {}
        attempt.fail("spilled");
        world.pass_seconds(1).await;
        let second = world.stage.attempt().await;
        let details = second.ctx.heartbeat_details::<String>()?;
        assert_eq!(details.as_deref(), Some("half"));
        second.complete("all");
        import.result().await?;
        Ok(())
    })
}

async fn seen(
    world: &World,
    rows: u32,
) -> Result<sempre_tests::Attempt, Box<dyn std::error::Error>> {
    let attempt = world.stage.attempt().await;
    attempt.ctx.report_progress(&rows)?;
    while attempt.ctx.control::<String>().await? != format!("seen {rows}") {}
    Ok(attempt)
}

#[test]
fn a_run_that_goes_on_after_a_reset_keeps_what_came_before_and_no_report_that_came_later() -> Outcome
{
    Scenario::of::<Import>().run_unchecked(async |world| {
        let import = world.workflow::<Import>("import").start(()).await?;
        let first = seen(world, 1).await?;
        import.reset(ResetPoint::FirstTask).await?;
        drop(first);
        let second = seen(world, 5).await?;
        assert_eq!(import.seen().await?, [5]);
        let history = import.history().await?;
        let reports = count(&history.events, EventType::WorkflowExecutionSignaled);
        assert_eq!(reports, 1);
        // The message that stands before the point is told to those who run behind it.
        import.reset(ResetPoint::LastTask).await?;
        drop(second);
        let third = world.stage.attempt().await;
        assert_eq!(third.ctx.control::<String>().await?, "begin");
        third.complete("all");
        assert_eq!(import.result().await?, "all");
        Ok(())
    })
}

/// Waits, and takes no signals.
#[derive(Workflow, Default)]
struct Forged;

#[handlers]
impl Forged {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), sempre::Canceled> {
        ctx.canceled().await;
        Ok(())
    }
}

#[test]
fn nobody_sends_reports_in_the_name_of_an_attempt() -> Outcome {
    Scenario::of::<Forged>().run_unchecked(async |world| {
        world.workflow::<Forged>("forged").start(()).await?;
        let untyped = world.engine().execution("forged");
        let sent = untyped
            .signal(SignalName::new("sempre.activity_progress"), &1)
            .await;
        let Err(SignalWorkflowError::Request(RequestError::Rejected(_))) = &sent else {
            return Err(format!("{sent:?}").into());
        };
        Ok(())
    })
}

/// Reports into the void, and says so.
#[activity(start_to_close = "10s")]
async fn mutter(ctx: ActivityContext) -> Option<String> {
    ctx.report_progress("hm").ok()?;
    ctx.try_control().ok().flatten()
}

/// Calls it beside the others.
#[derive(Workflow, Default)]
struct Muttering;

#[handlers]
impl Muttering {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
    ) -> Result<Option<String>, ActivityError<std::convert::Infallible>> {
        ctx.local_activity(mutter, ()).await
    }
}

#[test]
fn nobody_hears_a_local_activity() -> Outcome {
    let story = Scenario::of::<Muttering>().with(|engine| engine.activities(mutter));
    story.run(async |world| {
        let muttering = world.workflow::<Muttering>("muttering").start(()).await?;
        assert_eq!(muttering.result().await?, None);
        let events = muttering.history().await?.events;
        let signals = events.iter().filter(|event| {
            matches!(
                event.attributes,
                EventAttributes::WorkflowExecutionSignaled(_)
            )
        });
        assert_eq!(signals.count(), 0);
        Ok(())
    })
}

#[test]
fn a_report_that_is_too_large_is_refused_where_it_is_made() -> Outcome {
    Scenario::of::<Import>().run_in_any_order(async |world| {
        let import = world.workflow::<Import>("import").start(()).await?;
        let attempt = world.stage.attempt().await;
        let refused = attempt.ctx.report_progress(&"x".repeat(64 * 1024));
        let message = refused.expect_err("it has quotes, too").to_string();
        assert_eq!(message, "progress is too large limit=65536 actual=65538");
        attempt.complete("all");
        import.result().await?;
        assert!(import.seen().await?.is_empty());
        Ok(())
    })
}

#[test]
fn what_they_say_to_each_other_is_kept_encoded() -> Outcome {
    let story = Scenario::of::<Import>().codec(Veil::default());
    story.run_in_any_order(async |world| {
        let import = world.workflow::<Import>("import").start(()).await?;
        seen(world, 7).await?.complete("all");
        assert_eq!(import.result().await?, "all");
        assert_eq!(import.seen().await?, [7]);
        let history = import.history().await?;
        let mut open = Vec::new();
        for event in history.attributes() {
            match event {
                EventAttributes::WorkflowExecutionSignaled(it) => {
                    let mark = ProgressMark::of(it).ok_or("it says which report it is")?;
                    assert_eq!((mark.attempt, mark.number), (1, 1));
                    open.push(ProgressMark::value_in(it).decode::<u32>().is_ok());
                }
                EventAttributes::MarkerRecorded(it) => {
                    let control = Control::of(&it.marker_name, &it.details);
                    let control = control.ok_or("it says whom it is for")?;
                    open.push(control.message.decode::<String>().is_ok());
                }
                _ => {}
            }
        }
        assert_eq!(open, [false; 3]);
        Ok(())
    })
}
