//! Stories whose workers come late, or go: the engine gets the code of a workflow when its run has
//! waited for it.

use sempre::{Engine, WorkflowHandle, testing::TestEnvironment};

use crate::{
    cancel::Alone,
    program::{Pol, PolHandle as _},
    story::{Outcome, check, run, workflow_id},
};

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
