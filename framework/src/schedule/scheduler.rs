//! The workflow that a schedule is: it carries out what its desk says.

use std::convert::Infallible;

use derive_more::{Display, Error};
use sempre_macros::{Failure, Workflow, handlers};

use crate::{
    model::{WorkflowExecution, schedule::ActionEnded},
    schedule::{
        activity::{StartAction, StopActions, forget, plan, start, stop},
        desk::{Change, Desk, PlanRequest, RecentAction, Step, Stop},
    },
    workflow::WorkflowContext,
};

/// Events after which a schedule goes on as new, so that it is replayed quickly.
const EVENTS_MAX: u64 = 200;

/// The workflow that a schedule is.
#[derive(Workflow)]
#[workflow(name = "temporal-sys-scheduler-workflow")]
pub(crate) struct Scheduler {
    desk: Desk,
    /// Whether something has happened that may change what is to be done.
    is_stirred: bool,
}

/// Why a change of a schedule is refused.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error, Failure)]
pub(crate) enum ChangeError {
    /// Somebody else has changed it meanwhile.
    #[display("the schedule has been changed since it was described")]
    Conflict,
}

#[handlers]
impl Scheduler {
    #[init]
    fn init(desk: &Desk) -> Self {
        Self {
            desk: desk.clone(),
            is_stirred: false,
        }
    }

    #[run]
    async fn run(ctx: WorkflowContext<Self>, _: Desk) -> Result<(), Infallible> {
        // A schedule is deleted, not asked to stop.
        let ctx = ctx.detached();
        ctx.update(|it| it.desk.open(ctx.now()));
        forget_predecessor(&ctx).await;
        loop {
            if ctx.suggest_continue_as_new() {
                // However much there is to do at once.
                go_on_as_new(&ctx).await;
            }
            ctx.update(|it| it.is_stirred = false);
            let now = ctx.now();
            match ctx.update(|it| it.desk.next_step(now)) {
                Step::Plan(request) => plan_further(&ctx, request).await,
                Step::Start(action) => start_action(&ctx, action).await,
                Step::Stop(executions, how) => stop_actions(&ctx, executions, how).await,
                Step::Wait(_) if ctx.history_length() > EVENTS_MAX => {
                    go_on_as_new(&ctx).await;
                }
                Step::Wait(until) => {
                    let stirred = ctx.wait_until(|it| it.is_stirred);
                    let _awake = match until {
                        Some(at) => stirred.timeout(at.since(now)).await.is_ok(),
                        None => stirred.await.is_ok(),
                    };
                }
            }
        }
    }

    /// An action has come to its end.
    #[signal]
    pub(crate) fn action_ended(&mut self, ended: ActionEnded) {
        self.desk.ended(ended);
        self.is_stirred = true;
    }

    /// Changes the schedule, or what it has to do; says which change it was.
    #[update]
    pub(crate) async fn change(
        ctx: WorkflowContext<Self>,
        change: Change,
    ) -> Result<u64, ChangeError> {
        let now = ctx.now();
        Ok(ctx.update(|it| {
            it.desk.open(now);
            it.desk.change(change, now);
            it.is_stirred = true;
            it.desk.token
        }))
    }

    #[validate(change)]
    fn check_change(&self, change: &Change) -> Result<(), ChangeError> {
        match change {
            Change::Replace(_, Some(token)) if *token != self.desk.token => {
                Err(ChangeError::Conflict)
            }
            _ => Ok(()),
        }
    }

    /// All that is known of the schedule.
    #[query]
    pub(crate) fn desk(&self) -> Desk {
        self.desk.clone()
    }
}

/// Hands everything on to the next run, which looks at what is to be done.
async fn go_on_as_new(ctx: &WorkflowContext<Scheduler>) {
    // Whoever waits for a change is told of it before the run closes.
    let _handled = ctx.all_handlers_finished().await;
    let desk = ctx.state(|it| it.desk.clone());
    match ctx.continue_as_new(desk).await {}
}

/// The run that this one follows has handed on all it knew.
async fn forget_predecessor(ctx: &WorkflowContext<Scheduler>) {
    let info = ctx.info();
    if let Some(run_id) = info.lineage.continued_execution_run_id {
        let workflow_id = info.execution.workflow_id;
        let predecessor = WorkflowExecution {
            workflow_id,
            run_id,
        };
        // One that is still there takes space, and nothing else.
        let _forgotten = ctx.activity(forget, predecessor).await;
    }
}

async fn plan_further(ctx: &WorkflowContext<Scheduler>, request: PlanRequest) {
    match ctx.activity(plan, request.clone()).await {
        Ok(plan) => ctx.update(|it| it.desk.take_plan(&request, plan)),
        Err(error) => {
            let note = format!("paused because its times cannot be found: {error}");
            ctx.update(|it| it.desk.give_up_planning(note));
        }
    }
}

async fn start_action(ctx: &WorkflowContext<Scheduler>, action: RecentAction) {
    let request_id = action.request_id.clone();
    let input = ctx.state(|it| StartAction {
        schedule_id: it.desk.schedule_id.clone(),
        start: it.desk.schedule.action.clone(),
        action,
        last_completed: it.desk.last_completed.clone(),
        last_failed: it.desk.last_failed.clone(),
    });
    match ctx.activity(start, input).await {
        Ok(execution) => ctx.update(|it| it.desk.started(&request_id, &execution)),
        Err(error) => ctx.update(|it| it.desk.not_started(&request_id, error.to_string())),
    }
}

async fn stop_actions(
    ctx: &WorkflowContext<Scheduler>,
    executions: Vec<WorkflowExecution>,
    stop_by: Stop,
) {
    let schedule_id = ctx.state(|it| it.desk.schedule_id.clone());
    let input = StopActions {
        schedule_id,
        executions,
        stop: stop_by,
    };
    if let Err(error) = ctx.activity(stop, input).await {
        ctx.update(|it| it.desk.problem = Some(error.to_string()));
    }
}
