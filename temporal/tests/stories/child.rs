//! Stories of children.
//!
//! Left out is `children/two`, a matter of time: which of two is quicker. Those of
//! `extra/reset_pending_child_*` are in `reset`.

use std::time::Duration;

use sempre::{
    RetryPolicy, Workflow, WorkflowContext, WorkflowHandle, activity, handlers,
    model::{EventAttributes as E, ParentClosePolicy as Policy, WorkflowIdReusePolicy},
    runtime::EngineBuilder,
    testing::TestEnvironment,
    workflow::{ChildCall, ChildCancellationType as Way, ChildError, StartChild},
};
use serde_json::{Value, json};

use crate::{
    process::{self, until_events},
    program::{Ended, failed, of_type},
    story::{Outcome, Told, chain, check, workflow_id},
};

const HOUR: Duration = Duration::from_secs(3_600);

#[activity(start_to_close = "5s")]
async fn echo(said: String) -> String {
    said
}

/// Does as it is told.
#[derive(Workflow, Default)]
struct Child {
    heard: Option<String>,
}

#[handlers]
impl Child {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: Value) -> Result<String, Ended> {
        let left = how.get(1).and_then(Value::as_u64);
        let how = how.get(0).unwrap_or(&how);
        match (how.as_str().unwrap_or_default(), left) {
            ("fail", _) => Err(failed("boom", {
                let mut info = of_type("Boom");
                info.details = sempre::model::Payloads::encode(&"detail").unwrap_or_default();
                info
            })),
            ("flaky", _) => match ctx.info().attempt {
                attempt @ (1 | 2) => Err(failed(format!("attempt {attempt}"), of_type("Flaky"))),
                attempt => Ok(format!("attempt {attempt}")),
            },
            ("can", Some(0)) => Ok("end-of-chain".into()),
            ("can", Some(left)) => match ctx.continue_as_new(json!(["can", left - 1])).await {},
            ("signal", _) => {
                ctx.wait_until(|child| child.heard.is_some()).await?;
                Ok(ctx.state(|child| child.heard.clone().unwrap_or_default()))
            }
            ("nest", _) => {
                let id = format!("{}-g", ctx.info().execution.workflow_id);
                let child = ctx.child::<Self>(id).run(json!("ok")).await;
                child.map_err(|error| Ended(sempre::Failure::to_failure(&error)))
            }
            ("sleep", _) => {
                ctx.sleep(HOUR).await?;
                Ok("slept".into())
            }
            ("slowcancel", _) => {
                let slept = ctx.sleep(HOUR).await;
                let _echoed = ctx.detached().activity(echo, "cleanup".into()).await;
                slept?;
                Ok("slept".into())
            }
            _ => Ok("child-done".into()),
        }
    }

    #[signal]
    fn go(&mut self, said: String) {
        self.heard = Some(said);
    }
}

/// Has children.
#[derive(Workflow, Default)]
struct Parent;

#[handlers]
impl Parent {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: Value) -> Result<String, Ended> {
        let given = how.get(1).and_then(Value::as_str).unwrap_or_default();
        let how = how.get(0).unwrap_or(&how).as_str().unwrap_or_default();
        let id = format!("{}-c", ctx.info().execution.workflow_id);
        let child: ChildCall<Child> = ctx.child(id);
        let collide = || ctx.child::<Child>(given);
        match how {
            "last" => Ok("second run".into()),
            "can" => uncaught(child.run(json!(["can", 2])).await),
            "retry" => {
                let retry = RetryPolicy::default().max_attempts(3);
                uncaught(child.retry(retry).run(json!("flaky")).await)
            }
            "timeout" => {
                let child = child.run_timeout(Duration::from_secs(1));
                Ok(caught(child.run(json!("sleep")).await))
            }
            "catch" => Ok(caught(child.run(json!(given)).await)),
            "collide" => Ok(caught(collide().run(json!("ok")).await)),
            "collide_reject" => {
                let child = collide().id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate);
                Ok(caught(child.run(json!("ok")).await))
            }
            "signal" => {
                let child = match child.start(json!("signal")).await {
                    Ok(child) => child,
                    Err(error) => return uncaught(Err(error)),
                };
                let _delivered = child.go("hello".into()).await;
                uncaught(child.result().await)
            }
            "unsent" => {
                let child = child.run(json!("ok"));
                child.cancel();
                Ok(caught(child.await))
            }
            "ok" | "fail" | "nest" | "sleep" => uncaught(child.run(json!(how)).await),
            _ => match how.split_once('_') {
                Some(("cancel", way)) => canceled(&ctx, child, way).await,
                _ => closing(&ctx, child, how).await,
            },
        }
    }
}

/// Cancels a child a moment after its start.
async fn canceled(
    ctx: &WorkflowContext<Parent>,
    child: ChildCall<Child>,
    way: &str,
) -> Result<String, Ended> {
    let way = match way {
        "ABANDON" => Way::Abandon,
        "TRY_CANCEL" => Way::TryCancel,
        "WAIT_CANCELLATION_REQUESTED" => Way::WaitCancellationRequested,
        _ => Way::WaitCancellationCompleted,
    };
    let child = child.cancellation(way).parent_close_policy(Policy::Abandon);
    let child = match child.start(json!("slowcancel")).await {
        Ok(child) => child,
        Err(error) => return uncaught(Err(error)),
    };
    ctx.sleep(Duration::from_millis(300)).await?;
    child.cancel();
    Ok(caught(child.result().await))
}

/// Closes while its child sleeps.
async fn closing(
    ctx: &WorkflowContext<Parent>,
    child: ChildCall<Child>,
    how: &str,
) -> Result<String, Ended> {
    let child = child.parent_close_policy(policy_of(how));
    let _child = match child.start(json!("sleep")).await {
        Ok(child) => child,
        Err(error) => return uncaught(Err(error)),
    };
    if how.starts_with("pcp_can") {
        match ctx.continue_as_new(json!("last")).await {}
    } else if how.starts_with("pcp_fail") {
        Err(failed("parent fails", of_type("Parent")))
    } else if how.starts_with("pcp_terminate") {
        ctx.wait_until(|_| false).await?;
        Ok(String::new())
    } else {
        Ok("parent done".into())
    }
}

fn uncaught(outcome: Result<String, ChildError<Ended>>) -> Result<String, Ended> {
    outcome.map_err(|error| Ended(sempre::Failure::to_failure(&error)))
}

/// What the parents of the stories say of a failure, in the words of another language.
fn caught(outcome: Result<String, ChildError<Ended>>) -> String {
    match outcome {
        Ok(said) => said,
        Err(ChildError::Canceled { .. }) => "caught CancelledError: Cancelled".into(),
        Err(ChildError::Terminated { .. }) => "caught TerminatedError: Terminated".into(),
        Err(ChildError::Timeout { .. }) => "caught TimeoutError: Timed out".into(),
        Err(ChildError::AlreadyStarted { .. }) => {
            "caught Workflow execution already started".into()
        }
        Err(other) => format!("caught {other}"),
    }
}

/// Starts children and does not wait for them.
#[derive(Workflow, Default)]
struct X {
    begun: Option<StartChild<Kid>>,
}

#[handlers]
impl X {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: Value) -> Result<String, Ended> {
        let id = format!("{}-c", ctx.info().execution.workflow_id);
        let kid: ChildCall<Kid> = ctx.child(id);
        if how == "trycancel" {
            let kid = kid.cancellation(Way::TryCancel);
            let kid = kid
                .parent_close_policy(Policy::Abandon)
                .start(json!("sleep"));
            if let Ok(kid) = kid.await {
                kid.cancel();
                let _canceled = kid.result().await;
            }
            ctx.sleep(Duration::from_secs(3)).await?;
            return Ok("caught CancelledError".into());
        }
        let policy = how.pointer("/2/0").and_then(Value::as_str);
        let kid = kid.parent_close_policy(policy_of(policy.unwrap_or_default()));
        let begun = kid.start(json!("sleep"));
        ctx.update(|x| x.begun = Some(begun));
        Ok("closed at once".into())
    }
}

/// Sleeps.
#[derive(Workflow, Default)]
struct Kid;

#[handlers]
impl Kid {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: Value) -> Result<String, Ended> {
        ctx.sleep(HOUR).await?;
        Ok("slept".into())
    }
}

fn policy_of(how: &str) -> Policy {
    match how {
        _ if how.ends_with("ABANDON") => Policy::Abandon,
        _ if how.ends_with("REQUEST_CANCEL") => Policy::RequestCancel,
        _ => Policy::Terminate,
    }
}

/// A file of a story: its name, the end of the workflow's id, and the number of the run.
type File = (&'static str, &'static str, usize);

const ALONE: &[File] = &[("parent", "", 0)];
const ONE_CHILD: &[File] = &[("parent", "", 0), ("child1", "-c", 0)];
const A_CHILD: &[File] = &[("parent", "", 0), ("child", "-c", 0)];
const THREE_RUNS: &[File] = &[
    ("parent", "", 0),
    ("child1", "-c", 0),
    ("child2", "-c", 1),
    ("child3", "-c", 2),
];
const TWO_PARENTS: &[File] = &[("parent1", "", 0), ("parent2", "", 1), ("child", "-c", 0)];

/// The histories of a story, by its files.
async fn collect(env: &TestEnvironment, story: &str, files: &[File]) -> Outcome<Told> {
    let engine = env.engine().await;
    let mut told = Told::new();
    for (file, end, number) in files {
        let id = format!("{}{end}", workflow_id(story));
        let listed = engine.list(format!("WorkflowId = '{id}'")).await?.runs;
        for run in listed {
            let history = engine.workflow::<Child>(&id).at_run(run.run_id);
            let history = history.history().await?;
            let Some(E::WorkflowExecutionStarted(started)) = history.attributes().next() else {
                continue;
            };
            if started.lineage.continued_execution_run_id.is_none() {
                let name = format!("run{}", number + 1);
                let mut runs = chain::<Child>(env, &id, run.run_id).await?;
                told.extend(runs.remove(&name).map(|it| ((*file).to_owned(), it)));
            }
        }
    }
    Ok(told)
}

/// Tells a story in which a parent is told this, and something happens to it then.
#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "a story is written where it is told"
)]
fn tell<W: Workflow>(
    story: &str,
    files: &[File],
    start: impl AsyncFn(&TestEnvironment) -> Outcome<WorkflowHandle<W>>,
    act: impl AsyncFn(&TestEnvironment, &WorkflowHandle<W>) -> Outcome,
) {
    check(story, async |env| {
        env.activity(echo, Ok);
        // The environment runs what it has heard of.
        let _kinds = (env.workflow::<Child>(""), env.workflow::<Kid>(""));
        let parent = start(env).await?;
        act(env, &parent).await?;
        // What a child does when its parent has closed.
        env.skip(Duration::from_secs(4)).await;
        collect(env, story, files).await
    });
}

/// A story of a parent that comes to its end by itself.
#[track_caller]
fn plain(name: &str, how: &Value, files: &[File]) {
    let story = format!("children/{name}");
    let start = async |env: &TestEnvironment| {
        let parent = env.workflow::<Parent>(workflow_id(&story));
        Ok(parent.start(how.clone()).task_queue("tq-children").await?)
    };
    tell(&story, files, start, async |_, parent| {
        // It ends, however it does.
        let _ended = parent.result().await;
        Ok(())
    });
}

#[test]
fn children_that_return_fail_or_go_on() {
    for (name, how, files) in [
        ("ok", "ok", ONE_CHILD),
        ("fail_uncaught", "fail", ONE_CHILD),
        ("timeout", "timeout", ONE_CHILD),
        ("signal", "signal", ONE_CHILD),
        ("can_twice", "can", THREE_RUNS),
        ("retry", "retry", THREE_RUNS),
        (
            "grandchild",
            "nest",
            &[
                ("parent", "", 0),
                ("child1", "-c", 0),
                ("child-g1", "-c-g", 0),
            ],
        ),
    ] {
        plain(name, &json!([how, ""]), files);
    }
}

#[test]
fn children_that_are_canceled() {
    for (name, how, files) in [
        ("cancel_abandon", "cancel_ABANDON", ONE_CHILD),
        ("cancel_try_cancel", "cancel_TRY_CANCEL", ONE_CHILD),
        ("cancel_unsent", "unsent", ALONE),
        (
            "cancel_wait_cancellation_completed",
            "cancel_WAIT_CANCELLATION_COMPLETED",
            ONE_CHILD,
        ),
        (
            "cancel_wait_cancellation_requested",
            "cancel_WAIT_CANCELLATION_REQUESTED",
            ONE_CHILD,
        ),
    ] {
        plain(name, &json!([how, ""]), files);
    }
}

#[test]
fn a_parent_that_is_canceled_with_its_child() {
    let story = "children/parent_canceled";
    let start = async |env: &TestEnvironment| {
        let parent = env.workflow::<Parent>(workflow_id(story));
        Ok(parent
            .start(json!("sleep"))
            .task_queue("tq-children")
            .await?)
    };
    tell(story, A_CHILD, start, async |env, parent| {
        env.skip(Duration::from_secs(1)).await;
        parent.cancel("").await?;
        let _canceled = parent.result().await;
        Ok(())
    });
}

#[test]
fn parents_that_close_by_themselves() {
    for (name, how, files) in [
        ("pcp_complete_terminate", "pcp_complete_TERMINATE", A_CHILD),
        ("pcp_complete_abandon", "pcp_complete_ABANDON", A_CHILD),
        (
            "pcp_complete_request_cancel",
            "pcp_complete_REQUEST_CANCEL",
            A_CHILD,
        ),
        ("pcp_fail_terminate", "pcp_fail_TERMINATE", A_CHILD),
        ("pcp_fail_abandon", "pcp_fail_ABANDON", A_CHILD),
        ("pcp_can_terminate", "pcp_can_TERMINATE", TWO_PARENTS),
        ("pcp_can_abandon", "pcp_can_ABANDON", TWO_PARENTS),
    ] {
        plain(name, &json!(how), files);
    }
}

#[test]
fn parents_that_are_terminated() {
    for (name, how) in [
        ("pcp_terminate_terminate", "pcp_terminate_TERMINATE"),
        ("pcp_terminate_abandon", "pcp_terminate_ABANDON"),
        (
            "pcp_terminate_request_cancel",
            "pcp_terminate_REQUEST_CANCEL",
        ),
    ] {
        let story = format!("children/{name}");
        let start = async |env: &TestEnvironment| {
            let parent = env.workflow::<Parent>(workflow_id(&story));
            Ok(parent.start(json!(how)).task_queue("tq-children").await?)
        };
        tell(&story, A_CHILD, start, async |env, parent| {
            env.skip(Duration::from_secs(1)).await;
            Ok(parent.terminate("").await?)
        });
    }
}

#[test]
fn ids_that_are_taken() {
    for (name, how) in [
        ("collide_running", "collide"),
        ("collide_reject", "collide_reject"),
    ] {
        let story = format!("children/{name}");
        let taken = format!("children-{name}-x");
        let start = async |env: &TestEnvironment| {
            let other = env.workflow::<Child>(&taken).start(json!("sleep")).await?;
            if how == "collide_reject" {
                other.terminate("").await?;
            }
            let parent = env.workflow::<Parent>(workflow_id(&story));
            Ok(parent
                .start(json!([how, taken]))
                .task_queue("tq-children")
                .await?)
        };
        tell(&story, ALONE, start, async |_, parent| {
            parent.result().await?;
            Ok(())
        });
    }
}

#[test]
fn children_that_nobody_waits_for() {
    for (name, how, files) in [
        ("child_try_cancel_delivered", json!("trycancel"), A_CHILD),
        (
            "child_unawaited_abandon",
            json!(["child_unawaited", 0, ["ABANDON"]]),
            ALONE,
        ),
        (
            "child_unawaited_request_cancel",
            json!(["child_unawaited", 0, ["REQUEST_CANCEL"]]),
            ALONE,
        ),
        (
            "child_unawaited_terminate",
            json!(["child_unawaited", 0, ["TERMINATE"]]),
            ALONE,
        ),
    ] {
        let story = format!("extra/{name}");
        let start = async |env: &TestEnvironment| {
            let parent = env.workflow::<X>(workflow_id(&story));
            Ok(parent.start(how.clone()).task_queue("tq-extra").await?)
        };
        tell(&story, files, start, async |_, parent| {
            parent.result().await?;
            Ok(())
        });
    }
}

#[test]
fn a_child_is_terminated_before_its_parent_has_heard_of_its_start() {
    let story = "children/terminated";
    process::check(story, async |machine| {
        let doomed = machine.doomed(EngineBuilder::workflow::<Parent>).await?;
        let parent = doomed.workflow::<Parent>(workflow_id(story));
        let parent = parent.start(json!(["catch", "sleep"]));
        // The process may die before it can say that this is done.
        let _started = parent.task_queue("tq-children").await;
        drop(doomed);
        let machine = machine.without_process();
        let without = machine.process(|engine| engine).await?;
        let parent = without.workflow::<Parent>(workflow_id(story));
        until_events(&parent, 7).await?;
        let child = without.workflow::<Child>(format!("{}-c", workflow_id(story)));
        child.terminate("").await?;
        until_events(&parent, 8).await?;
        let child = child.history().await?;
        without.shutdown().await;
        let engine = machine.process(EngineBuilder::workflow::<Parent>).await?;
        let parent = engine.workflow::<Parent>(workflow_id(story));
        assert_eq!(parent.result().await?, "caught TerminatedError: Terminated");
        let parent = parent.history().await?;
        engine.shutdown().await;
        Ok(Told::from([
            ("parent".to_owned(), parent),
            ("child".to_owned(), child),
        ]))
    });
}

#[test]
fn a_child_is_canceled_before_its_first_task() {
    let story = "children/canceled_outside";
    check(story, async |env| {
        let parent = env.workflow::<Parent>(workflow_id(story));
        let parent = parent.start(json!(["catch", "sleep"]));
        let parent = parent.task_queue("tq-children").await?;
        let id = format!("{}-c", workflow_id(story));
        let unknown = env.engine().await.workflow::<Child>(&id);
        unknown.cancel("").await?;
        // Now its code comes.
        let _child = env.workflow::<Child>(&id);
        parent.result().await?;
        collect(env, story, A_CHILD).await
    });
}
