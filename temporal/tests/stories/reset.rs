//! Stories of resets.

use std::time::Duration;

use sempre::{
    Engine, Workflow, WorkflowContext, WorkflowHandle, activity,
    client::{RequestError, ResetWorkflow, ResetWorkflowError},
    handlers,
    model::{EventId, ExecutionStatus, ParentClosePolicy as Policy, ResetPoint},
    runtime::EngineBuilder,
    testing::TestEnvironment,
};
use serde_json::{Value, json};

use crate::{
    process::{self, Machine, until_events},
    program::Ended,
    story::{self, Outcome, Told, workflow_id},
};

/// What every story gives as its reason.
const REASON: &str = "test reset";

#[activity(start_to_close = "20s", heartbeat = "15s")]
async fn echo(text: String) -> String {
    text
}

/// Does two steps, or one beside a timer, and waits for the end.
#[derive(Workflow, Default)]
struct Res {
    log: Vec<String>,
}

#[handlers]
impl Res {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: String) -> Result<String, Ended> {
        let step = async |text: &str| {
            let said = ctx.activity(echo, text.to_owned()).await;
            said.map(|said| ctx.update(|res| res.log.push(said)))
                .map_err(|error| Ended(error.failure().clone()))
        };
        let timer = if how == "timer" {
            let asked = ctx.activity(echo, "1".to_owned()).start();
            let timer = ctx.sleep(Duration::from_secs(3));
            let said = asked.await.map_err(|it| Ended(it.failure().clone()))?;
            ctx.update(|res| res.log.push(said));
            Some(timer)
        } else {
            step("1").await?;
            step("2").await?;
            None
        };
        ctx.wait_until(|res| res.log.iter().any(|it| it == "end"))
            .await?;
        if let Some(timer) = timer {
            timer.await?;
        }
        Ok(ctx.state(|res| res.log.join(",")))
    }

    #[signal]
    fn go(&mut self, text: String) {
        self.log.push(text);
    }

    #[update]
    fn upd(&mut self, text: String) -> String {
        self.log.push(format!("upd {text}"));
        text
    }
}

type Run = WorkflowHandle<Res>;

/// A run that has done its steps and waits.
async fn begun(env: &TestEnvironment, name: &str, how: &str) -> Outcome<Run> {
    env.activity(echo, Ok);
    let run = env.workflow::<Res>(workflow_id(name));
    // Of the story of errors no histories are compared, and its activities are on the usual queue.
    let queue = match name {
        "reset/errors" => "default",
        _ => "tq-reset",
    };
    let run = run.start(how.to_owned()).task_queue(queue).await?;
    until_events(&run, if how == "timer" { 11 } else { 16 }).await?;
    Ok(run)
}

fn to(run: &Run, event: u64) -> ResetWorkflow<Res> {
    let point = ResetPoint::Event(EventId::new(event));
    run.reset(point).reason(REASON)
}

/// The histories of a run and of the one that has gone on from it.
async fn both(engine: &Engine, name: &str, run: &Run, reset: &Run) -> Outcome<Told> {
    let mut told = Told::new();
    for (file, run) in [("original", run), ("reset", reset)] {
        let run_id = run.run_id().ok_or("it names its run")?;
        let run = engine.workflow::<Res>(workflow_id(name)).at_run(run_id);
        told.insert(file.to_owned(), run.history().await?);
    }
    Ok(told)
}

/// Tells a story of a run that does two steps and is reset, and of its end after that.
#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "a story is written where it is told"
)]
fn check(name: &str, result: &str, tell: impl AsyncFn(&Run) -> Outcome<Run>) {
    let name = format!("reset/{name}");
    let how = if name.ends_with("timer") {
        "timer"
    } else {
        "steps"
    };
    story::check(&name, async |env| {
        let run = begun(env, &name, how).await?;
        let reset = tell(&run).await?;
        assert_eq!(reset.result().await?, result);
        both(&env.engine().await, &name, &run, &reset).await
    });
}

/// Resets a run to an event, and ends it when it has done its steps again.
async fn reset_and_end(reset: ResetWorkflow<Res>, events: u64) -> Outcome<Run> {
    let reset = reset.await?;
    until_events(&reset, events).await?;
    reset.go("end".into()).await?;
    Ok(reset)
}

#[test]
fn everything_is_done_again_from_the_first_task() {
    check("first_task", "1,2,end", async |run| {
        reset_and_end(to(run, 4), 19).await
    });
}

#[test]
fn what_came_before_the_second_task_is_kept() {
    check("middle", "1,2,end", async |run| {
        reset_and_end(to(run, 10), 19).await
    });
}

#[test]
fn a_task_that_was_scheduled_can_be_the_point() {
    check("event_3", "1,2,end", async |run| {
        reset_and_end(to(run, 9), 19).await
    });
}

#[test]
fn a_timer_goes_on() {
    check("pending_timer", "1,end", async |run| {
        reset_and_end(to(run, 11), 14).await
    });
}

/// A run that has done its steps, and the process without its code that comes after.
async fn left_without_code(machine: &Machine, name: &str) -> Outcome<(Engine, Run)> {
    let first = machine.process(with_code).await?;
    let run = first.workflow::<Res>(workflow_id(name));
    let run = run.start("steps".to_owned()).task_queue("tq-reset").await?;
    until_events(&run, 16).await?;
    first.shutdown().await;
    let engine = machine.process(|engine| engine).await?;
    let run = of(&engine, name, &run)?;
    Ok((engine, run))
}

fn with_code(engine: EngineBuilder) -> EngineBuilder {
    engine.workflow::<Res>().activities_on("tq-reset", echo)
}

/// A run, in this process.
fn of(engine: &Engine, name: &str, run: &Run) -> Outcome<Run> {
    let run_id = run.run_id().ok_or("it names its run")?;
    Ok(engine.workflow::<Res>(workflow_id(name)).at_run(run_id))
}

#[test]
fn signals_are_taken_along() {
    let name = "reset/signals_after";
    process::check(name, async |machine| {
        let (without, run) = left_without_code(machine, name).await?;
        // The second signal comes before a worker has the task of the first.
        run.go("a".into()).await?;
        run.go("b".into()).await?;
        without.shutdown().await;
        let engine = machine.process(with_code).await?;
        let run = of(&engine, name, &run)?;
        until_events(&run, 21).await?;
        let reset = reset_and_end(to(&run, 10), 21).await?;
        assert_eq!(reset.result().await?, "a,b,1,2,end");
        let told = both(&engine, name, &run, &reset).await?;
        engine.shutdown().await;
        Ok(told)
    });
}

#[test]
fn signals_can_be_left_out() {
    check("signals_excluded", "1,2,end", async |run| {
        run.go("a".into()).await?;
        reset_and_end(to(run, 10).exclude_signals(), 19).await
    });
}

#[test]
fn signals_and_updates_are_taken_along_in_their_order() {
    check(
        "signal_and_update_after",
        "a,upd x,b,1,2,end",
        async |run| {
            run.go("a".into()).await?;
            run.upd("x".into()).id("u1").await?;
            run.go("b".into()).await?;
            reset_and_end(to(run, 4), 24).await
        },
    );
}

#[test]
fn updates_can_be_left_out() {
    check("updates_excluded", "1,2,end", async |run| {
        run.upd("x".into()).id("u1").await?;
        reset_and_end(to(run, 10).exclude_updates(), 19).await
    });
}

#[test]
fn a_closed_run_is_reset_and_ended_by_the_signal_that_has_ended_it() {
    check("closed", "end,1,2", async |run| {
        run.go("end".into()).await?;
        assert_eq!(run.result().await?, "1,2,end");
        Ok(to(run, 10).await?)
    });
}

#[test]
fn a_cancel_request_is_not_taken_along() {
    check("cancel_after", "1,2,end", async |run| {
        run.cancel("").await?;
        assert!(run.result().await.is_err_and(|error| error.is_canceled()));
        reset_and_end(to(run, 10), 19).await
    });
}

#[test]
fn a_run_that_began_with_a_reset_is_reset() {
    let name = "reset/twice";
    process::check(name, async |machine| {
        let engine = machine.process(with_code).await?;
        let run = engine.workflow::<Res>(workflow_id(name));
        let run = run.start("steps".to_owned()).task_queue("tq-reset").await?;
        until_events(&run, 16).await?;
        let first = to(&run, 10).await?;
        until_events(&first, 19).await?;
        engine.shutdown().await;
        // The signal comes before a worker has the first task.
        let without = machine.process(|engine| engine).await?;
        let second = to(&of(&without, name, &first)?, 4).await?;
        second.go("end".into()).await?;
        without.shutdown().await;
        let engine = machine.process(with_code).await?;
        let second = of(&engine, name, &second)?;
        assert_eq!(second.result().await?, "end,1,2");
        let mut told = both(&engine, name, &run, &first).await?;
        let first = told.remove("reset").ok_or("it is told")?;
        told.insert("reset1".to_owned(), first);
        told.insert("reset2".to_owned(), second.history().await?);
        engine.shutdown().await;
        Ok(told)
    });
}

#[test]
fn points_that_are_not_legal_are_refused_as_there_and_the_legal_ones_listed() {
    story::outcome("reset/errors", async |env, notes| {
        let run = begun(&env, "reset/errors", "steps").await?;
        let mut compared = 0;
        for (case, note) in notes {
            let theirs = note.get("message").and_then(Value::as_str);
            let theirs = theirs.ok_or("a refusal says why")?;
            let Some(event) = case.strip_prefix("event_") else {
                let missing = env.engine().await.workflow::<Res>("no-such");
                let error = to(&missing, 4).await.err().ok_or("there is none")?;
                let not_found = RequestError::NotFound {
                    workflow_id: "no-such".into(),
                };
                assert_eq!(error, ResetWorkflowError::Request(not_found));
                assert_eq!(theirs, "workflow not found for ID: no-such");
                continue;
            };
            let error = to(&run, event.parse()?).await.err();
            let Some(ResetWorkflowError::IllegalPoint { problem, legal }) = error else {
                return Err(format!("not refused: {case}, {error:?}").into());
            };
            let is_range = theirs.contains("must be > 1 && <= workflow last event ID");
            assert_eq!(is_range, problem.starts_with("it is not above 1"), "{case}");
            assert_eq!(
                !is_range,
                problem.starts_with("no workflow task is pending"),
                "{case}"
            );
            assert_eq!(legal, [3, 4, 9, 10, 15, 16].map(EventId::new), "{case}");
            compared += 1;
        }
        assert_eq!(compared, 6);
        let stand = run.describe().await?;
        assert_eq!(stand.status, ExecutionStatus::Running, "nothing was done");
        Ok(())
    });
}

/// A child that sleeps.
#[derive(Workflow, Default)]
struct Kid;

#[handlers]
impl Kid {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: String) -> Result<String, Ended> {
        ctx.sleep(Duration::from_secs(3_600)).await?;
        Ok("slept".into())
    }
}

#[activity(start_to_close = "20s", name = "echo")]
async fn plain_echo(text: String) -> String {
    text
}

/// Has a child, does a step, and waits.
#[derive(Workflow, Default)]
struct X {
    heard: bool,
}

#[handlers]
impl X {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: Value) -> Result<String, Ended> {
        let policy = match how.pointer("/2/0").and_then(Value::as_str) {
            Some("TERMINATE") => Policy::Terminate,
            Some("REQUEST_CANCEL") => Policy::RequestCancel,
            _ => Policy::Abandon,
        };
        let id = format!("{}-c", ctx.info().execution.workflow_id);
        let child = ctx.child::<Kid>(id).parent_close_policy(policy);
        let _child = child
            .start("sleep".to_owned())
            .await
            .map_err(|error| Ended(sempre::Failure::to_failure(&error)))?;
        let echoed = ctx.activity(plain_echo, "x".to_owned()).await;
        echoed.map_err(|error| Ended(error.failure().clone()))?;
        ctx.wait_until(|x| x.heard).await?;
        Ok("done".into())
    }

    #[signal]
    fn go(&mut self, _text: String) {
        self.heard = true;
    }
}

/// Tells a story of a run that has a child and is reset to the task behind the child's start.
#[track_caller]
fn check_child(policy: &str) {
    let name = format!("extra/reset_pending_child_{}", policy.to_lowercase());
    story::check(&name, async |env| {
        env.activity(plain_echo, Ok);
        let kid = env.workflow::<Kid>(format!("{}-c", workflow_id(&name)));
        let x = env.workflow::<X>(workflow_id(&name));
        let x = x.start(json!(["pending_child", 0, [policy]]));
        let x = x.task_queue("tq-extra").await?;
        until_events(&x, 15).await?;
        let reset = x
            .reset(ResetPoint::Event(EventId::new(9)))
            .reason("r")
            .await?;
        until_events(&reset, 18).await?;
        let first = x.run_id().ok_or("it names its run")?;
        let original = env.engine().await.workflow::<X>(workflow_id(&name));
        let original = original.at_run(first).history().await?;
        let mut told = Told::from([
            ("original".to_owned(), original),
            ("reset".to_owned(), reset.history().await?),
            ("child".to_owned(), kid.history().await?),
        ]);
        reset.go("x".into()).await?;
        assert_eq!(reset.result().await?, "done");
        env.skip(Duration::from_secs(6)).await;
        told.insert("reset_end".to_owned(), reset.history().await?);
        told.insert("child_end".to_owned(), kid.history().await?);
        Ok(told)
    });
}

#[test]
fn a_child_lives_on_that_is_to_be_terminated() {
    check_child("TERMINATE");
}

#[test]
fn a_child_lives_on_that_is_to_be_canceled() {
    check_child("REQUEST_CANCEL");
}

#[test]
fn a_child_lives_on_that_is_abandoned() {
    check_child("ABANDON");
}
