//! Deadlines: what the passing of time does, in the order it falls due.

use crate::{
    machine::execution::{
        Draft, ExecutionState, PendingActivity, succession, workflow_task::TaskEnd,
    },
    model::{
        EventId, TimeoutType, Timestamp,
        event::{timer, workflow_execution},
    },
};

/// Something whose time has come.
enum Due {
    Timer(timer::Fired),
    Activity(Box<PendingActivity>, TimeoutType),
    WorkflowTask,
    FirstWorkflowTask,
    Run,
}

/// Lets everything happen that is due: timers fire, activities, the workflow task and the run
/// time out. In the order of due times; what is due together, in the order of its events.
pub fn pass_deadlines(draft: &mut Draft<'_>) {
    // Bound: each turn removes what was due, or moves its deadline past `now`.
    while let Some(due) = earliest(draft.state(), draft.now()) {
        match due {
            Due::Timer(fired) => {
                draft.record(fired);
                // Those that are due one after the other are one reason to look at the program.
                // Bound: each turn removes a timer.
                while let Some(Due::Timer(fired)) = earliest(draft.state(), draft.now()) {
                    draft.record(fired);
                }
                draft.follow_up();
            }
            Due::Activity(activity, clock) => draft.time_out_activity(&activity, clock),
            Due::WorkflowTask => {
                draft.end_workflow_task(TaskEnd::TimedOut);
                draft.enforce_history_limits();
            }
            Due::FirstWorkflowTask => draft.follow_up_at_once(),
            Due::Run => {
                let (retry_state, new_execution_run_id) =
                    succession::after_timeout(draft.state(), draft.now());
                draft.close_from_outside(workflow_execution::TimedOut {
                    retry_state,
                    new_execution_run_id,
                });
            }
        }
    }
}

fn earliest(state: &ExecutionState, now: Timestamp) -> Option<Due> {
    if !state.status().is_open() {
        return None;
    }
    let task = state.workflow_task();
    let task = task.and_then(|task| Some((task.deadline()?, task.scheduled_event_id)));
    // What falls due together with the end of the run still happens before it.
    let run = state.run_deadline().map(|at| (at, EventId::new(u64::MAX)));
    let pending = state.deadlines.first().copied();
    let first_task = state.first_workflow_task_at().map(|at| (at, EventId::NONE));
    let first_task = first_task.filter(|_| !state.is_paused());
    let first = [pending, task, first_task, run]
        .into_iter()
        .flatten()
        .min()?;
    if first.0 > now {
        return None;
    }
    if Some(first) == task {
        return Some(Due::WorkflowTask);
    }
    if Some(first) == first_task {
        return Some(Due::FirstWorkflowTask);
    }
    if let Some(timer) = state.timers.get(&first.1) {
        return Some(Due::Timer(timer::Fired {
            timer_id: timer.timer_id.clone(),
            started_event_id: timer.started_event_id,
        }));
    }
    let Some(activity) = state.pending_activity(first.1) else {
        return Some(Due::Run);
    };
    let (_, clock) = activity.next_timeout()?;
    Some(Due::Activity(Box::new(activity.clone()), clock))
}
