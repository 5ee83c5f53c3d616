//! Stories of updates that were told to a Temporal server, told to sempre: the histories have to be
//! the same.
//!
//! The server's histories lie in the folder of shared test data, `SEMPRE_SHARED` or `shared` beside
//! the project; without it nothing is compared, and the tests say so. What counts is in `compare`.
//!
//! | story that is not told | because |
//! |---|---|
//! | `bug` | the server hands a failing task out a second time as its first attempt |
//! | `before_first_task`, `signal_and_update_first_task` | no workflow task waits for a worker |
//! | `signal_and_update`, `can_with_running`, `accepted_in_start_delay`, `with_start*` | they need local activities, continue-as-new, a start delay, update-with-start |

mod compare;
mod workflow;

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use sempre::{
    WorkflowHandle,
    client::UpdateError,
    definition::Update,
    model::ExecutionStatus,
    testing::{TestEnvironment, run_test},
};
use sempre_temporal::TemporalHistory;

use crate::workflow::{Upd, UpdError, UpdHandle as _, echo, nap};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The folder of a story; `None` where there is no shared test data, and none was promised.
fn story(name: &str) -> Option<PathBuf> {
    let promised = env::var_os("SEMPRE_SHARED").map(PathBuf::from);
    let is_promised = promised.is_some();
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = promised.unwrap_or_else(beside);
    let folder = folder.join("stories/updates").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(!is_promised, "{} is missing", folder.display());
    #[expect(clippy::print_stderr, reason = "says why nothing is compared")]
    {
        eprintln!("skipped: there is no story updates/{name} beside the project");
    }
    None
}

/// Tells a story to sempre, and compares the run that it leaves with that of the server.
#[track_caller]
#[expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "the body of tests, which fail by panicking"
)]
fn check(
    name: &str,
    input: Option<&str>,
    tell: impl AsyncFn(&TestEnvironment, &WorkflowHandle<Upd>) -> Outcome,
) {
    let Some(folder) = story(name) else { return };
    let told = run_test(TestEnvironment::builder(), async |env: TestEnvironment| {
        let upd = env.workflow::<Upd>(format!("updates-{name}-w"));
        let upd = upd.start(input.map(str::to_owned)).await?;
        tell(&env, &upd).await?;
        let history = upd.history().await?;
        Ok::<_, Box<dyn Error>>(compare::comparable(history))
    });
    let ours = told.expect("a story that comes to its end");
    let text = fs::read_to_string(folder.join("run.json")).expect("the history of a server");
    let theirs = TemporalHistory::from_json(&text).expect("a history");
    let theirs = compare::comparable(theirs[0].history().clone());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs, "{name}");
    }
    assert_eq!(ours.len(), theirs.len(), "{name}");
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

#[test]
fn an_update_comes_while_an_activity_runs() {
    check("during_activity", Some("activity"), async |env, upd| {
        let (done, ends) = futures::channel::oneshot::channel::<()>();
        let ends = std::sync::Mutex::new(Some(ends));
        env.activity(nap, move |_| {
            let ends = ends.lock().ok().and_then(|mut ends| ends.take());
            async move {
                if let Some(ends) = ends {
                    let _gone = ends.await;
                }
                Ok("napped".to_owned())
            }
        });
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
