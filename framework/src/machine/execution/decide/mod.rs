//! The decisions, one file per message.
//!
//! Each function takes a draft and a message. It either adds to the draft all that the message
//! changes, or returns a [`Rejection`](crate::machine::execution::Rejection) and adds nothing.

mod admit_update;
mod close_parent;
mod complete_workflow_task;
mod end_child;
mod fail_workflow_task;
mod fork;
mod lose_activity_attempts;
mod pass_deadlines;
mod pause;
mod pause_activity;
mod receive_message;
mod record_heartbeat;
mod report_activity;
mod report_attempt;
mod request_cancel;
mod reset;
mod reset_point;
mod retry_now;
mod settle_message;
mod signal;
mod start;
mod start_activity_task;
mod start_workflow_task;
mod steer;
mod succeed;
mod terminate;

pub use self::{
    admit_update::{Admission, admit_update, schedule_update},
    complete_workflow_task::{CompleteWorkflowTask, WorkflowTaskOutcome, complete_workflow_task},
    end_child::unanswered_start,
    fail_workflow_task::{FailWorkflowTask, fail_workflow_task},
    fork::{Fork, fork},
    lose_activity_attempts::lose_activity_attempts,
    pass_deadlines::pass_deadlines,
    pause::{Pause, Unpause, pause, unpause},
    pause_activity::{
        PauseActivity, ResetActivity, UnpauseActivity, UpdateActivityOptions, pause_activity,
        reset_activity, unpause_activity, update_activity_options,
    },
    receive_message::receive_message,
    record_heartbeat::{HeartbeatResponse, RecordHeartbeat, assume_alive, record_heartbeat},
    report_activity::{AttemptName, ReportActivity, ReportedOutcome, report_activity},
    report_attempt::{
        AttemptOutcome, CANCELED, LastWords, ReportAttempt, judge_local_attempt, report_attempt,
    },
    request_cancel::{RequestCancel, request_cancel},
    reset::{ResetRun, reset},
    reset_point::reset_point,
    retry_now::{RetryNow, retry_now, retry_workflow_task},
    settle_message::settle_message,
    signal::{SignalMessage, signal, signal_with_start},
    start::{Inheritance, Start, start},
    start_activity_task::{StartActivityTask, start_activity_task},
    start_workflow_task::{StartWorkflowTask, StartedWorkflowTask, start_workflow_task},
    steer::{Steer, steer},
    succeed::succeed,
    terminate::{Terminate, terminate, terminate_damaged},
};
