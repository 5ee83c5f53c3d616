//! The attributes of an event of every type, with no field at its default.

use std::time::Duration;

use sempre::model::{
    ContinueAsNewInitiator, ContinueAsNewVersioningBehavior, EventAttributes, EventId, Failure,
    Lineage, ParentClosePolicy, Payloads, RetryState, RunId, TimeoutType, Timestamp,
    WorkflowIdReusePolicy, WorkflowType, WorkflowVersion,
    event::{
        activity_task as activity, child_workflow as child, external_workflow as external,
        property, timer, update, workflow_execution as execution,
        workflow_task::{self as task, FailedCause},
    },
};

use super::sample_value::{
    failure, header, memo, metadata, other_execution, payloads, priority, retry_policy,
    search_attributes, user_metadata, workflow,
};

pub(super) const RUN: RunId = RunId::from_u128(0x0195_0000_0000_7000_8000_0000_0000_002a);

/// The attributes of an event of every type, with no field at its default.
pub(super) fn every_type() -> Vec<EventAttributes> {
    [
        execution_events(),
        task_events(),
        activity_events(),
        timer_events(),
        external_events(),
        child_events(),
        update_events(),
        property_events(),
    ]
    .concat()
}

fn property_events() -> Vec<EventAttributes> {
    let workflow_task_completed_event_id = EventId::new(4);
    vec![
        property::MarkerRecorded {
            marker_name: "core_patch".into(),
            details: [("patch-data".to_owned(), payloads())].into(),
            workflow_task_completed_event_id,
            failure: Some(Box::new(failure())),
            user_metadata: user_metadata(),
        }
        .into(),
        property::SearchAttributesUpserted {
            workflow_task_completed_event_id,
            search_attributes: search_attributes(),
        }
        .into(),
        property::Modified {
            workflow_task_completed_event_id,
            upserted_memo: memo(),
        }
        .into(),
    ]
}

fn update_events() -> Vec<EventAttributes> {
    let request = update::Request {
        update_id: "click-8".into(),
        identity: "client".into(),
        name: "change_address".into(),
        input: payloads(),
        header: header(),
    };
    let completed = |outcome| update::Completed {
        update_id: "click-8".into(),
        identity: "client".into(),
        accepted_event_id: EventId::new(8),
        outcome,
    };
    vec![
        update::Accepted {
            protocol_instance_id: "click-8".into(),
            accepted_request_sequencing_event_id: EventId::new(5),
            accepted_request: Some(request.clone()),
        }
        .into(),
        update::Accepted {
            protocol_instance_id: "click-9".into(),
            accepted_request_sequencing_event_id: EventId::new(5),
            accepted_request: None,
        }
        .into(),
        completed(update::Outcome::Success(payloads())).into(),
        completed(update::Outcome::Success(Payloads::EMPTY)).into(),
        completed(update::Outcome::Failure(Box::new(failure()))).into(),
        update::Admitted {
            request: Some(request),
        }
        .into(),
    ]
}

#[expect(clippy::too_many_lines, reason = "a sample of each event")]
fn execution_events() -> Vec<EventAttributes> {
    let workflow_task_completed_event_id = EventId::new(4);
    vec![
        execution::Started {
            workflow_id: "order-42".into(),
            workflow_type: "Fulfilment".into(),
            task_queue: "default".into(),
            input: payloads(),
            workflow_execution_timeout: Some(Duration::from_secs(3_600)),
            workflow_run_timeout: Some(Duration::new(600, 5)),
            workflow_task_timeout: Duration::from_secs(10),
            workflow_execution_expiration_time: Some(Timestamp::from_secs(1_767_229_200)),
            identity: "client".into(),
            lineage: Box::new(Lineage {
                original_execution_run_id: RUN,
                first_execution_run_id: RunId::from_u128(3),
                continued_execution_run_id: Some(RunId::from_u128(4)),
                initiator: ContinueAsNewInitiator::CronSchedule,
                continued_failure: Some(Box::new(failure())),
                last_completion_result: payloads(),
                parent_workflow_execution: Some(Box::new(workflow("parent", 5))),
                parent_initiated_event_id: EventId::new(6),
                root_workflow_execution: Some(Box::new(workflow("root", 7))),
                inherited_pinned_version: Some(WorkflowVersion::new(2)),
                header: header(),
                priority: priority(),
            }),
            attempt: 2,
            request_id: "request".into(),
            retry_policy: Some(Box::new(retry_policy())),
            cron_schedule: "@every 2s".into(),
            first_workflow_task_backoff: Duration::from_millis(1_500),
            memo: memo(),
            search_attributes: search_attributes(),
            user_metadata: user_metadata(),
        }
        .into(),
        execution::Completed {
            result: payloads(),
            workflow_task_completed_event_id,
            new_execution_run_id: Some(RunId::from_u128(8)),
        }
        .into(),
        execution::Failed {
            failure: Box::new(failure()),
            retry_state: RetryState::RetryPolicyNotSet,
            workflow_task_completed_event_id,
            new_execution_run_id: Some(RunId::from_u128(8)),
        }
        .into(),
        execution::TimedOut {
            retry_state: RetryState::Timeout,
            new_execution_run_id: Some(RunId::from_u128(8)),
        }
        .into(),
        execution::CancelRequested {
            cause: "changed my mind".into(),
            identity: "client".into(),
            request_id: "request".into(),
            external_initiated_event_id: EventId::new(17),
            external_workflow_execution: Some(Box::new(other_execution())),
        }
        .into(),
        execution::Canceled {
            details: payloads(),
            workflow_task_completed_event_id,
        }
        .into(),
        execution::Signaled {
            signal_name: "approve".into(),
            input: payloads(),
            identity: "client".into(),
            request_id: "request".into(),
            external_workflow_execution: Some(Box::new(other_execution())),
            header: header(),
        }
        .into(),
        execution::Paused {
            identity: "operator".into(),
            reason: "the bank is down".into(),
            request_id: "request".into(),
        }
        .into(),
        execution::Unpaused {
            identity: "operator".into(),
            reason: "it is up again".into(),
            request_id: "request".into(),
        }
        .into(),
        execution::Terminated {
            reason: "stuck".into(),
            details: payloads(),
            identity: "operator".into(),
        }
        .into(),
        execution::ContinuedAsNew {
            new_execution_run_id: Some(RunId::from_u128(8)),
            workflow_type: "Fulfilment".into(),
            task_queue: "default".into(),
            input: payloads(),
            workflow_run_timeout: Some(Duration::from_secs(60)),
            workflow_task_timeout: Duration::from_secs(10),
            workflow_task_completed_event_id: EventId::new(4),
            memo: memo(),
            search_attributes: search_attributes(),
            initial_versioning_behavior: ContinueAsNewVersioningBehavior::AutoUpgrade,
            header: header(),
        }
        .into(),
    ]
}

fn task_events() -> Vec<EventAttributes> {
    let (scheduled_event_id, started_event_id) = (EventId::new(2), EventId::new(3));
    vec![
        task::Scheduled {
            task_queue: "default".into(),
            start_to_close_timeout: Duration::from_secs(10),
            attempt: 1,
        }
        .into(),
        task::Started {
            scheduled_event_id,
            identity: "worker".into(),
            request_id: "request".into(),
            suggest_continue_as_new: true,
            history_size_bytes: 70_000,
        }
        .into(),
        task::Completed {
            scheduled_event_id,
            started_event_id,
            identity: "worker".into(),
            sdk_metadata: metadata(),
            worker_version: Some("orders-1.4".into()),
            deployment_version: Some(WorkflowVersion::new(2)),
        }
        .into(),
        task::TimedOut {
            scheduled_event_id,
            started_event_id,
            timeout_type: TimeoutType::StartToClose,
        }
        .into(),
        task::Failed {
            scheduled_event_id,
            started_event_id,
            cause: FailedCause::NonDeterministicError,
            failure: Some(Box::new(failure())),
            identity: "worker".into(),
            base_run_id: Some(RunId::from_u128(8)),
            new_run_id: Some(RunId::from_u128(9)),
        }
        .into(),
    ]
}

fn activity_events() -> Vec<EventAttributes> {
    let (scheduled_event_id, started_event_id) = (EventId::new(5), EventId::new(6));
    vec![
        activity::Scheduled {
            activity_id: "1".into(),
            activity_type: "charge".into(),
            task_queue: "payments".into(),
            input: payloads(),
            schedule_to_close_timeout: Duration::from_secs(60),
            schedule_to_start_timeout: Duration::from_secs(50),
            start_to_close_timeout: Duration::from_millis(1_500),
            heartbeat_timeout: Duration::from_secs(5),
            workflow_task_completed_event_id: EventId::new(4),
            retry_policy: retry_policy(),
            header: header(),
            priority: priority(),
            user_metadata: user_metadata(),
        }
        .into(),
        activity::Started {
            scheduled_event_id,
            identity: "worker".into(),
            request_id: "request".into(),
            attempt: 3,
            last_failure: Some(Box::new(failure())),
        }
        .into(),
        activity::Completed {
            result: payloads(),
            scheduled_event_id,
            started_event_id,
            identity: "worker".into(),
        }
        .into(),
        activity::Failed {
            failure: Box::new(failure()),
            scheduled_event_id,
            started_event_id,
            identity: "worker".into(),
            retry_state: RetryState::MaximumAttemptsReached,
        }
        .into(),
        activity::TimedOut {
            failure: Box::new(Failure::timeout("too slow", TimeoutType::Heartbeat)),
            scheduled_event_id,
            started_event_id,
            retry_state: RetryState::Timeout,
        }
        .into(),
        activity::CancelRequested {
            scheduled_event_id,
            workflow_task_completed_event_id: EventId::new(9),
        }
        .into(),
        activity::Canceled {
            details: payloads(),
            latest_cancel_requested_event_id: EventId::new(10),
            scheduled_event_id,
            started_event_id,
            identity: "worker".into(),
        }
        .into(),
    ]
}

fn timer_events() -> Vec<EventAttributes> {
    let started_event_id = EventId::new(5);
    vec![
        timer::Started {
            timer_id: "1".into(),
            start_to_fire_timeout: Duration::from_secs(86_400),
            workflow_task_completed_event_id: EventId::new(4),
            user_metadata: user_metadata(),
        }
        .into(),
        timer::Fired {
            timer_id: "1".into(),
            started_event_id,
        }
        .into(),
        timer::Canceled {
            timer_id: "1".into(),
            started_event_id,
            workflow_task_completed_event_id: EventId::new(9),
            identity: "worker".into(),
        }
        .into(),
    ]
}

fn external_events() -> Vec<EventAttributes> {
    let initiated_event_id = EventId::new(5);
    let workflow_task_completed_event_id = EventId::new(4);
    let workflow_execution = other_execution();
    vec![
        external::CancelInitiated {
            workflow_task_completed_event_id,
            workflow_execution: workflow_execution.clone(),
            child_workflow_only: true,
            reason: "no longer needed".into(),
        }
        .into(),
        external::CancelFailed {
            cause: external::CancelFailedCause::ExternalWorkflowExecutionNotFound,
            workflow_execution: workflow_execution.clone(),
            initiated_event_id,
        }
        .into(),
        external::CancelRequested {
            initiated_event_id,
            workflow_execution: workflow_execution.clone(),
        }
        .into(),
        external::SignalInitiated {
            workflow_task_completed_event_id,
            workflow_execution: workflow_execution.clone(),
            signal_name: "restock".into(),
            input: payloads(),
            child_workflow_only: true,
            header: header(),
        }
        .into(),
        external::SignalFailed {
            cause: external::SignalFailedCause::SignalCountLimitExceeded,
            workflow_execution: workflow_execution.clone(),
            initiated_event_id,
        }
        .into(),
        external::Signaled {
            initiated_event_id,
            workflow_execution,
        }
        .into(),
    ]
}

#[expect(clippy::too_many_lines, reason = "a sample of each event")]
fn child_events() -> Vec<EventAttributes> {
    let initiated_event_id = EventId::new(5);
    let started_event_id = EventId::new(6);
    let workflow_task_completed_event_id = EventId::new(4);
    let workflow_execution = other_execution();
    let workflow_type = WorkflowType::new("Shipment");
    vec![
        child::Initiated {
            workflow_id: "shipment-42".into(),
            workflow_type: workflow_type.clone(),
            task_queue: "slow".into(),
            input: payloads(),
            workflow_execution_timeout: Some(Duration::from_secs(3_600)),
            workflow_run_timeout: Some(Duration::new(600, 5)),
            workflow_task_timeout: Duration::from_secs(10),
            parent_close_policy: ParentClosePolicy::RequestCancel,
            workflow_task_completed_event_id,
            workflow_id_reuse_policy: WorkflowIdReusePolicy::RejectDuplicate,
            retry_policy: Some(Box::new(retry_policy())),
            cron_schedule: "@daily".into(),
            header: header(),
            memo: memo(),
            search_attributes: search_attributes(),
            priority: priority(),
            user_metadata: user_metadata(),
        }
        .into(),
        child::StartFailed {
            workflow_id: "shipment-42".into(),
            workflow_type: workflow_type.clone(),
            cause: child::StartFailedCause::WorkflowAlreadyExists,
            initiated_event_id,
            workflow_task_completed_event_id,
        }
        .into(),
        child::Started {
            initiated_event_id,
            workflow_execution: workflow_execution.clone(),
            workflow_type: workflow_type.clone(),
            header: header(),
        }
        .into(),
        child::Completed {
            result: payloads(),
            workflow_execution: workflow_execution.clone(),
            workflow_type: workflow_type.clone(),
            initiated_event_id,
            started_event_id,
        }
        .into(),
        child::Failed {
            failure: Box::new(failure()),
            workflow_execution: workflow_execution.clone(),
            workflow_type: workflow_type.clone(),
            initiated_event_id,
            started_event_id,
            retry_state: RetryState::MaximumAttemptsReached,
        }
        .into(),
        child::Canceled {
            details: payloads(),
            workflow_execution: workflow_execution.clone(),
            workflow_type: workflow_type.clone(),
            initiated_event_id,
            started_event_id,
        }
        .into(),
        child::TimedOut {
            workflow_execution: workflow_execution.clone(),
            workflow_type: workflow_type.clone(),
            initiated_event_id,
            started_event_id,
            retry_state: RetryState::Timeout,
        }
        .into(),
        child::Terminated {
            workflow_execution,
            workflow_type,
            initiated_event_id,
            started_event_id,
        }
        .into(),
    ]
}
