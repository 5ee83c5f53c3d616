//! Stories of updates.
//!
//! | story that is not told | because |
//! |---|---|
//! | `with_start` | it was recorded without a history |

use std::{sync::Mutex, time::Duration};

use futures::{channel::oneshot, join};
use sempre::{
    WorkflowHandle,
    client::{EngineClient, UpdateError, UpdateWithStartError},
    definition::Update,
    model::{EventAttributes, EventType, ExecutionStatus, WorkflowIdConflictPolicy},
    runtime::EngineBuilder,
    testing::{TestEnvironment, run_test},
};

use crate::{
    process,
    story::{self, Outcome, Told, run, workflow_id},
    update_program::{Upd, UpdError, UpdHandle as _, echo, nap},
};

/// Tells a story of one run that gets updates.
#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "a story is written where it is told"
)]
fn check(
    name: &str,
    input: Option<&str>,
    tell: impl AsyncFn(&TestEnvironment, &WorkflowHandle<Upd>) -> Outcome,
) {
    let name = format!("updates/{name}");
    story::check(&name, async |env| {
        let upd = env.workflow::<Upd>(workflow_id(&name));
        let upd = upd.start(input.map(str::to_owned));
        let upd = upd.task_queue("tq-updates").await?;
        tell(env, &upd).await?;
        run(&upd).await
    });
}

async fn end(upd: &WorkflowHandle<Upd>, log: &[&str]) -> Outcome {
    upd.stop().await?;
    assert_eq!(upd.result().await?, log);
    Ok(())
}

#[test]
fn an_update_is_accepted_and_completed_at_once() {
    check("ok", None, async |_, upd| {
        assert_eq!(upd.set(1).id("u1").await?, 10);
        end(upd, &["set 1", "stop"]).await
    });
}

#[test]
fn a_handler_that_fails_completes_its_update() {
    check("fail", None, async |_, upd| {
        let text = "bad".to_owned();
        let failed = upd.fail(text.clone()).id("u1").await;
        assert_eq!(failed, Err(UpdateError::Failed(UpdError::Failed { text })));
        end(upd, &["stop"]).await
    });
}

#[test]
fn a_rejection_leaves_no_event() {
    check("rejected", None, async |_, upd| {
        let rejected = upd.set(-1).id("u1").await;
        assert_eq!(rejected, Err(UpdateError::Rejected(UpdError::Negative)));
        end(upd, &["stop"]).await
    });
}

#[test]
fn the_id_of_a_rejected_update_can_be_used_again() {
    check("rejected_then_ok", None, async |_, upd| {
        assert!(upd.set(-1).id("u1").await.is_err());
        assert_eq!(upd.set(2).id("u1").await?, 20);
        end(upd, &["set 2", "stop"]).await
    });
}

/// An update that has no handler.
struct Nope;

impl Update for Nope {
    type Workflow = Upd;
    type Input = ();
    type Output = ();
    type Error = UpdError;
    const NAME: &'static str = "nope";
}

#[test]
fn an_update_without_a_handler_is_rejected() {
    check("unknown_name", None, async |_, upd| {
        let rejected = upd.update::<Nope>(()).id("u1").await.unwrap_err();
        assert!(
            rejected
                .to_string()
                .contains("known updates are: set, slow, fail")
        );
        end(upd, &["stop"]).await
    });
}

#[test]
fn two_updates_in_flight_are_completed_in_another_order() {
    check("reorder", None, async |env, upd| {
        let a = upd.slow(("a".into(), 2.5)).id("a").start().await?;
        let b = upd.slow(("b".into(), 0.5)).id("b").start().await?;
        env.skip(Duration::from_millis(500)).await;
        assert_eq!(b.result().await?, "b");
        env.skip(Duration::from_secs(2)).await;
        assert_eq!(a.result().await?, "a");
        end(upd, &["start a", "start b", "end b", "end a", "stop"]).await
    });
}

#[test]
fn a_handler_runs_an_activity() {
    check("activity", None, async |env, upd| {
        env.activity(echo, Ok);
        assert_eq!(upd.act("x".into()).id("u1").await?, "x");
        end(upd, &["stop"]).await
    });
}

/// Has the activity last until it is told to end.
fn napping(env: &TestEnvironment) -> oneshot::Sender<()> {
    let (done, ends) = oneshot::channel::<()>();
    let ends = Mutex::new(Some(ends));
    env.activity(nap, move |_| {
        let ends = ends.lock().ok().and_then(|mut ends| ends.take());
        async move {
            if let Some(ends) = ends {
                let _gone = ends.await;
            }
            Ok("napped".to_owned())
        }
    });
    done
}

#[test]
fn an_update_and_a_signal_wait_for_a_local_activity() {
    let story = "updates/signal_and_update";
    story::check(story, async |env| {
        let done = napping(env);
        let upd = env.workflow::<Upd>(workflow_id(story));
        let start = upd.start(Some("la".to_owned()));
        let upd = start.task_queue("tq-updates").await?;
        let noted = async {
            upd.note("a".into()).await?;
            let _gone = done.send(());
            Outcome::Ok(())
        };
        let (set, noted) = join!(upd.set(1).id("u1").into_future(), noted);
        noted?;
        assert_eq!(set?, 10);
        end(&upd, &["napped", "sig a", "set 1", "stop"]).await?;
        run(&upd).await
    });
}

#[test]
fn a_handler_that_panics_fails_the_task_and_not_the_run() {
    check("bug", None, async |_, upd| {
        let given_up = upd.bug().id("u1").await;
        assert!(matches!(given_up, Err(UpdateError::NotReady { .. })));
        upd.terminate("terminated by user via frontend").await?;
        Ok(())
    });
}

#[test]
fn an_update_comes_while_an_activity_runs() {
    check("during_activity", Some("activity"), async |env, upd| {
        let done = napping(env);
        assert_eq!(upd.set(1).id("u1").await?, 10);
        upd.stop().await?;
        let _gone = done.send(());
        assert_eq!(upd.result().await?, ["set 1", "stop", "napped"]);
        Ok(())
    });
}

#[test]
fn the_same_id_has_the_same_outcome() {
    check("same_id_twice", None, async |_, upd| {
        assert_eq!(upd.set(1).id("u1").await?, 10);
        assert_eq!(upd.set(2).id("u1").await?, 10);
        end(upd, &["set 1", "stop"]).await?;
        assert_eq!(upd.set(3).id("u1").await?, 10);
        let status = ExecutionStatus::Completed;
        let closed = upd.set(3).id("u2").await;
        assert_eq!(closed, Err(UpdateError::Closed { status }));
        Ok(())
    });
}

#[test]
fn an_update_completes_in_the_task_that_closes_the_run() {
    check("completes_in_same_task", None, async |_, upd| {
        assert_eq!(upd.finish().id("u1").await?, "finished");
        assert_eq!(upd.result().await?, [""; 0]);
        Ok(())
    });
}

#[test]
fn a_run_waits_for_its_handlers() {
    check("waits_for_handlers", Some("fin"), async |env, upd| {
        let a = upd.slow(("a".into(), 1.0)).id("a").start().await?;
        upd.stop().await?;
        env.skip(Duration::from_secs(1)).await;
        assert_eq!(a.result().await?, "a");
        assert_eq!(upd.result().await?, ["start a", "stop", "end a"]);
        Ok(())
    });
}

#[test]
fn an_update_that_a_start_brings_and_that_is_rejected_leaves_the_run() {
    story::check("updates/with_start_rejected", async |env| {
        let upd = env.workflow::<Upd>(workflow_id("updates/with_start_rejected"));
        let start = upd.start(Some("wait".to_owned())).task_queue("tq-updates");
        let rejected = start.update(upd.set(-1).id("u1")).await.unwrap_err();
        let negative = UpdateError::Rejected(UpdError::Negative);
        assert_eq!(rejected, UpdateWithStartError::Update(negative));
        end(&upd, &["stop"]).await?;
        run(&upd).await
    });
}

#[test]
fn an_update_that_a_start_brings_to_a_run_that_is_open() {
    check("with_start_running", None, async |_, upd| {
        let start = || upd.start(None).task_queue("tq-updates");
        let (_, set) = start().update(upd.set(1).id("u1")).await?;
        assert_eq!(set, 10);
        let fails = start().update(upd.set(2).id("u2"));
        let refused = fails
            .id_conflict_policy(WorkflowIdConflictPolicy::Fail)
            .await;
        assert!(matches!(refused, Err(UpdateWithStartError::Start(_))));
        end(upd, &["set 1", "stop"]).await
    });
}

#[test]
fn an_update_ends_the_delay_of_a_start() {
    let name = "updates/accepted_in_start_delay";
    story::check(name, async |env| {
        let upd = env.workflow::<Upd>(workflow_id(name));
        let upd = upd.start(None).task_queue("tq-updates");
        let upd = upd.start_delay(Duration::from_secs(3)).await?;
        assert_eq!(upd.set(1).id("u1").await?, 10);
        end(&upd, &["set 1", "stop"]).await?;
        run(&upd).await
    });
}

/// The rest of `policy/update_in_delay` is a fault of the server and its library, see the guide.
#[test]
fn an_update_that_is_rejected_does_not() {
    let told = run_test(TestEnvironment::builder(), async |env: TestEnvironment| {
        let upd = env.workflow::<Upd>("delayed");
        let upd = upd.start(None).start_delay(Duration::from_secs(3)).await?;
        assert!(upd.update::<Nope>(()).await.is_err());
        let history = upd.history().await?;
        end(&upd, &["stop"]).await?;
        Outcome::Ok(history.attributes().map(EventAttributes::event_type).last())
    });
    assert_eq!(told.ok(), Some(Some(EventType::WorkflowExecutionStarted)));
}

/// How many runs a process has to do with before that of a story.
const OLDER_RUNS: usize = 128;

/// Tells a story of an update that comes to a run whose first workflow task no worker has yet.
#[track_caller]
fn before_the_first_task((name, queue): (&str, &str), notes: &[&str], log: &[&str]) {
    let name = format!("updates/{name}");
    process::check(&name, async |machine| {
        let without = machine.process(|engine| engine).await?;
        for older in 0..OLDER_RUNS {
            let older = without.workflow::<Upd>(older.to_string());
            older.start(None).await?;
        }
        machine.clock.advance(Duration::from_millis(1));
        let upd = without.workflow::<Upd>(workflow_id(&name)).start(None);
        let upd = upd.task_queue(queue).await?;
        for note in notes {
            upd.note((*note).to_owned()).await?;
        }
        without.shutdown().await;
        // The update has its turn before all runs are woken that have waited for the process.
        let mut engine = machine.waiting(EngineBuilder::workflow::<Upd>)?;
        let client = EngineClient::new(engine.service(), "client".into());
        let upd = client.workflow::<Upd>(workflow_id(&name));
        let set = upd.set(1).id("u1");
        assert_eq!(process::answer(&mut engine, set).await?, 10);
        process::answer(&mut engine, upd.stop()).await?;
        assert_eq!(process::answer(&mut engine, upd.result()).await?, log);
        let history = process::answer(&mut engine, upd.history()).await?;
        Ok(Told::from([("run".to_owned(), history)]))
    });
}

#[test]
fn an_update_comes_with_the_first_task() {
    let story = ("before_first_task", "tq-u1");
    before_the_first_task(story, &[], &["set 1", "stop"]);
}

#[test]
fn signals_come_before_an_update_in_the_first_task() {
    let log = ["sig a", "sig b", "set 1", "stop"];
    let story = ("signal_and_update_first_task", "tq-u2");
    before_the_first_task(story, &["a", "b"], &log);
}
