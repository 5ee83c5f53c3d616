//! Stories whose workers come late, or go: the engine gets the code of a workflow when its run has
//! waited for it.

use std::{
    convert::Infallible,
    future::pending,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use sempre::{
    ActivityContext, Engine, Workflow, WorkflowContext, WorkflowHandle, activity,
    client::UpdateError, handlers, model::WorkflowIdConflictPolicy, runtime::EngineBuilder,
    testing::TestEnvironment,
};

use crate::{
    cancel::Alone,
    process::{self, until_events},
    program::{Ended, Pol, PolHandle as _},
    story::{Outcome, Told, chain_in, check, run, workflow_id},
    update_program::{Upd, UpdHandle as _},
};

const SECOND: Duration = Duration::from_secs(1);

/// A run whose code the engine does not have yet.
async fn waiting(engine: &Engine, story: &str, queue: &str) -> Outcome<WorkflowHandle<Alone>> {
    let start = engine.workflow::<Alone>(workflow_id(story));
    Ok(start.start("sleep".into()).task_queue(queue).await?)
}

/// The same run, whose code comes now.
fn with_code(env: &TestEnvironment, story: &str) -> WorkflowHandle<Alone> {
    env.workflow(workflow_id(story))
}

#[test]
fn a_run_is_canceled_before_its_first_task() {
    let story = "cancel/before_first_task";
    check(story, async |env| {
        let waiting = waiting(&env.engine().await, story, "tq-c1").await?;
        waiting.cancel("").await?;
        let canceled = with_code(env, story);
        assert!(canceled.result().await.is_err_and(|it| it.is_canceled()));
        run(&canceled).await
    });
}

#[test]
fn a_run_is_terminated_before_its_first_task() {
    let story = "cancel/terminate_unstarted";
    check(story, async |env| {
        let waiting = waiting(&env.engine().await, story, "nobody").await?;
        waiting.terminate("").await?;
        run(&waiting).await
    });
}

#[test]
fn a_run_goes_on_with_another_worker() {
    let story = "policy/worker_shutdown";
    check(story, async |env| {
        let pol = env.workflow::<Pol>(workflow_id(story));
        let pol = pol.start("wait".into()).task_queue("tq-sticky").await?;
        // The engine begins anew, because it has more to run.
        let _another = env.workflow::<Alone>("");
        pol.go("x".into()).await?;
        pol.result().await?;
        run(&pol).await
    });
}

#[activity(start_to_close = "20s")]
async fn echo(text: String) -> Result<String, Ended> {
    Ok(text)
}

/// Naps shortly, or for as long as somebody else says.
#[activity(start_to_close = "20s")]
async fn nap(ctx: ActivityContext, seconds: f64) -> Result<String, Ended> {
    if seconds > 0.2 {
        match ctx.complete_async().await {}
    }
    Ok("napped".into())
}

/// Calls three activities at once.
#[derive(Workflow, Default)]
#[workflow(name = "X")]
struct Three;

#[handlers]
impl Three {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: String) -> Result<String, Ended> {
        let long = ctx.activity(nap, 0.5).start();
        let short = ctx.activity(nap, 0.1).start();
        let said = ctx.activity(echo, "x".into()).start();
        let ended = [long.await, short.await, said.await];
        let ended: Result<Vec<_>, _> = ended.into_iter().collect();
        let ended = ended.map_err(|error| Ended(error.failure().clone()))?;
        Ok(ended.join(","))
    }
}

#[test]
fn three_activities_end_before_during_and_after_a_workflow_task() {
    let story = "extra/three_activities";
    let queue = "tq-extra";
    process::check(story, async |machine| {
        let engine = machine.process(EngineBuilder::workflow::<Three>).await?;
        let three = engine.workflow::<Three>(workflow_id(story));
        three.start("two_acts".into()).task_queue(queue).await?;
        engine.shutdown().await;
        // The workflow task that the first end is a reason for waits while the second comes.
        for (is_long, events) in [(false, 10), (true, 12)] {
            let activities = |engine: EngineBuilder| {
                if is_long {
                    engine.activities_on(queue, nap)
                } else {
                    engine.activities_on(queue, echo)
                }
            };
            let engine = machine.process(activities).await?;
            let three = engine.workflow::<Three>(workflow_id(story));
            until_events(&three, events).await?;
            engine.shutdown().await;
        }
        let engine = machine.process(EngineBuilder::workflow::<Three>).await?;
        let three = engine.workflow::<Three>(workflow_id(story));
        until_events(&three, 14).await?;
        three
            .async_activity(nap, "1")
            .complete("napped".into())
            .await?;
        assert_eq!(three.result().await?, "napped,napped,x");
        let told = run(&three).await;
        engine.shutdown().await;
        told
    });
}

#[test]
fn a_run_that_continues_while_an_update_is_carried_out() {
    let story = "updates/can_with_running";
    process::check(story, async |machine| {
        let id = workflow_id(story);
        let engine = machine.process(EngineBuilder::workflow::<Upd>).await?;
        let upd = engine.workflow::<Upd>(&*id).start(Some("can".to_owned()));
        let upd = upd.task_queue("tq-updates").await?;
        let first = upd.run_id().ok_or("a start names its run")?;
        let never = upd.never().id("a").start().await?;
        upd.stop().await?;
        assert_eq!(never.result().await, Err(UpdateError::Unfinished));
        engine.shutdown().await;
        // The second run is stopped before a worker has its first task.
        machine.clock.advance(SECOND);
        let without = machine.process(|engine| engine).await?;
        let upd = without.workflow::<Upd>(&*id);
        until_events(&upd, 2).await?;
        upd.stop().await?;
        without.shutdown().await;
        let engine = machine.process(EngineBuilder::workflow::<Upd>).await?;
        assert_eq!(engine.workflow::<Upd>(&*id).result().await?, ["stop"]);
        let told = chain_in::<Upd>(&engine, &id, first).await;
        engine.shutdown().await;
        told
    });
}

#[activity(start_to_close = "1h")]
async fn hold() -> Result<(), Infallible> {
    pending().await
}

/// Holds its first workflow task.
#[derive(Workflow, Default)]
#[workflow(name = "Slow")]
struct Holding;

#[handlers]
impl Holding {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> String {
        let _held = ctx.local_activity(hold, ()).await;
        "held".to_owned()
    }
}

/// The same, in another process.
#[derive(Workflow, Default)]
struct Slow;

#[handlers]
impl Slow {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>) -> String {
        "done".to_owned()
    }
}

/// On the server a worker holds the task for too long; here its process dies with it.
#[test]
fn a_workflow_task_that_is_held_for_too_long_times_out() {
    let story = "policy/task_timeout";
    process::check(story, async |machine| {
        let with_code = |engine: EngineBuilder| engine.workflow::<Holding>().activities(hold);
        let engine = machine.process(with_code).await?;
        let slow = engine.workflow::<Holding>(workflow_id(story)).start(());
        slow.task_queue("tq-slow").task_timeout(SECOND).await?;
        let machine = machine.without_process();
        machine.clock.advance(2 * SECOND);
        let next = machine.process(EngineBuilder::workflow::<Slow>).await?;
        let slow = next.workflow::<Slow>(workflow_id(story));
        assert_eq!(slow.result().await?, "done");
        let history = slow.history().await?;
        next.shutdown().await;
        engine.shutdown().await;
        Ok(Told::from([("run".to_owned(), history)]))
    });
}

/// What nobody has the code of.
#[derive(Workflow, Default)]
#[workflow(name = "Pol")]
struct Idle;

#[handlers]
impl Idle {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>) {}
}

/// What callers are told of such starts is in `outside`.
#[test]
fn a_request_that_comes_again_starts_nothing() {
    let story = "policy/id_request_id";
    check(story, async |env| {
        let idle = env.engine().await.workflow::<Idle>(workflow_id(story));
        let start = |request: &str| idle.start(()).request_id(request).task_queue("nobody");
        let first = start("one").await?;
        assert_eq!(start("one").await?.run_id(), first.run_id());
        first.terminate("").await?;
        run(&start("two").await?).await
    });
}

/// Whether a first run is at its first workflow task.
static IS_HELD: AtomicBool = AtomicBool::new(false);

/// Sleeps; the first one is slow to begin.
#[derive(Workflow, Default)]
#[workflow(name = "Pol")]
struct Sleeper;

#[handlers]
impl Sleeper {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: String) {
        if !IS_HELD.swap(true, Ordering::SeqCst) {
            let _held = ctx.local_activity(hold, ()).await;
        }
        let _slept = ctx.sleep(3_600 * SECOND).await;
    }
}

#[test]
fn a_run_makes_room_while_its_first_task_is_under_way() {
    let story = "policy/id_policies";
    check(story, async |env| {
        env.activities(hold);
        let case = "running-ALLOW_DUPLICATE-TERMINATE_EXISTING";
        let sleeper = env.workflow::<Sleeper>(format!("{}-{case}", workflow_id(story)));
        let start = || sleeper.start("sleep".into()).task_queue("tq-policy");
        let old = start().await?;
        let replaces = WorkflowIdConflictPolicy::TerminateExisting;
        let new = start().id_conflict_policy(replaces).await?;
        until_events(&new, 5).await?;
        Ok(Told::from([
            ("old".to_owned(), old.history().await?),
            ("new".to_owned(), new.history().await?),
        ]))
    });
}
