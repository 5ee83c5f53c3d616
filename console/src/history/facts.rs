//! What each kind of event says.

use sempre::model::{
    EventAttributes, UserMetadata,
    event::{
        activity_task as activity, child_workflow as child, update,
        workflow_execution as execution, workflow_task as task,
    },
};

use super::Facts;

/// What an event says, in the order in which people want to know it.
pub(crate) fn facts(attributes: &EventAttributes) -> Facts<'_> {
    use EventAttributes as E;
    let facts = Facts::default();
    match attributes {
        E::WorkflowExecutionStarted(it) => started(it),
        E::WorkflowExecutionCompleted(_)
        | E::WorkflowExecutionFailed(_)
        | E::WorkflowExecutionTimedOut(_)
        | E::WorkflowExecutionContinuedAsNew(_)
        | E::WorkflowExecutionCancelRequested(_)
        | E::WorkflowExecutionCanceled(_)
        | E::WorkflowExecutionSignaled(_)
        | E::WorkflowExecutionPaused(_)
        | E::WorkflowExecutionUnpaused(_)
        | E::WorkflowExecutionTerminated(_) => of_run(attributes),
        E::WorkflowTaskScheduled(_)
        | E::WorkflowTaskStarted(_)
        | E::WorkflowTaskCompleted(_)
        | E::WorkflowTaskTimedOut(_)
        | E::WorkflowTaskFailed(_) => of_task(attributes),
        E::ActivityTaskScheduled(it) => scheduled(it),
        E::ActivityTaskStarted(it) => facts
            .event("scheduled", it.scheduled_event_id)
            .number("attempt", it.attempt)
            .failure("last failure", it.last_failure.as_deref())
            .text("by", &it.identity),
        E::ActivityTaskCompleted(it) => facts
            .payloads("result", &it.result)
            .event("scheduled", it.scheduled_event_id)
            .event("started", it.started_event_id),
        E::ActivityTaskFailed(it) => facts
            .failure("failure", Some(&it.failure))
            .word("retry state", &it.retry_state)
            .event("scheduled", it.scheduled_event_id)
            .event("started", it.started_event_id),
        E::ActivityTaskTimedOut(it) => facts
            .failure("failure", Some(&it.failure))
            .word("retry state", &it.retry_state)
            .event("scheduled", it.scheduled_event_id)
            .event("started", it.started_event_id),
        E::ActivityTaskCancelRequested(it) => facts.event("scheduled", it.scheduled_event_id),
        E::ActivityTaskCanceled(it) => facts
            .payloads("details", &it.details)
            .event("scheduled", it.scheduled_event_id)
            .event("started", it.started_event_id),
        E::TimerStarted(it) => facts
            .text("timer", &it.timer_id)
            .duration("after", it.start_to_fire_timeout)
            .text("summary", summary(it.user_metadata.as_deref())),
        E::TimerFired(it) => facts
            .text("timer", &it.timer_id)
            .event("started", it.started_event_id),
        E::TimerCanceled(it) => facts
            .text("timer", &it.timer_id)
            .event("started", it.started_event_id),
        E::WorkflowExecutionUpdateAdmitted(it) => asked(it.request.as_ref()),
        E::WorkflowExecutionUpdateAccepted(it) => asked(it.accepted_request.as_ref()),
        E::WorkflowExecutionUpdateCompleted(it) => {
            let facts = facts.text("update id", &it.update_id);
            let facts = match &it.outcome {
                update::Outcome::Success(result) => facts.payloads("result", result),
                update::Outcome::Failure(failure) => facts.failure("failure", Some(failure)),
            };
            facts.event("accepted", it.accepted_event_id)
        }
        E::MarkerRecorded(_)
        | E::UpsertWorkflowSearchAttributes(_)
        | E::WorkflowPropertiesModified(_) => of_property(attributes),
        E::Foreign(it) => facts.number("event type", it.event_type),
        _ => of_other_run(attributes),
    }
}

/// What was said to the run, and how it has closed.
fn of_run(attributes: &EventAttributes) -> Facts<'_> {
    use EventAttributes as E;
    let facts = Facts::default();
    match attributes {
        E::WorkflowExecutionCompleted(it) => facts.payloads("result", &it.result),
        E::WorkflowExecutionFailed(it) => facts
            .failure("failure", Some(&it.failure))
            .word("retry state", &it.retry_state),
        E::WorkflowExecutionTimedOut(it) => facts.word("retry state", &it.retry_state),
        E::WorkflowExecutionContinuedAsNew(it) => facts
            .text("workflow type", &it.workflow_type)
            .text("task queue", &it.task_queue)
            .payloads("input", &it.input)
            .word("new run", &it.new_execution_run_id.unwrap_or_default())
            .named("memo", it.memo.iter()),
        E::WorkflowExecutionCancelRequested(it) => facts
            .text("reason", &it.cause)
            .text("by", &it.identity)
            .run("by workflow", it.external_workflow_execution.as_deref()),
        E::WorkflowExecutionCanceled(it) => facts.payloads("details", &it.details),
        E::WorkflowExecutionSignaled(it) => facts
            .text("signal", &it.signal_name)
            .payloads("input", &it.input)
            .text("by", &it.identity)
            .run("by workflow", it.external_workflow_execution.as_deref())
            .text("request id", &it.request_id)
            .named("header", it.header.iter()),
        E::WorkflowExecutionPaused(it) => facts.text("reason", &it.reason).text("by", &it.identity),
        E::WorkflowExecutionUnpaused(it) => {
            facts.text("reason", &it.reason).text("by", &it.identity)
        }
        E::WorkflowExecutionTerminated(it) => facts
            .text("reason", &it.reason)
            .text("by", &it.identity)
            .payloads("details", &it.details),
        _ => facts,
    }
}

fn started(it: &execution::Started) -> Facts<'_> {
    let lineage = &it.lineage;
    let facts = Facts::default()
        .text("workflow type", &it.workflow_type)
        .text("task queue", &it.task_queue)
        .payloads("input", &it.input)
        .text("summary", summary(it.user_metadata.as_deref()))
        .text("by", &it.identity)
        .number("attempt", it.attempt)
        .duration(
            "execution timeout",
            it.workflow_execution_timeout.unwrap_or_default(),
        )
        .duration("run timeout", it.workflow_run_timeout.unwrap_or_default())
        .text("cron", &it.cron_schedule)
        .duration("begins after", it.first_workflow_task_backoff)
        .time("expires", it.workflow_execution_expiration_time);
    facts
        .run("parent", lineage.parent_workflow_execution.as_deref())
        .word("started by", &lineage.initiator)
        .failure("failure before", lineage.continued_failure.as_deref())
        .text("request id", &it.request_id)
        .named("memo", it.memo.iter())
        .named("search attribute", it.search_attributes.iter())
        .named("header", lineage.header.iter())
        .priority(lineage.priority.as_deref())
}

/// What an event says to people, in a line.
fn summary(metadata: Option<&UserMetadata>) -> &str {
    metadata.map_or("", |it| it.summary.as_str())
}

fn scheduled(it: &activity::Scheduled) -> Facts<'_> {
    let retry = &it.retry_policy;
    Facts::default()
        .text("activity type", &it.activity_type)
        .text("activity id", &it.activity_id)
        .text("task queue", &it.task_queue)
        .payloads("input", &it.input)
        .text("summary", summary(it.user_metadata.as_deref()))
        .duration("start to close", it.start_to_close_timeout)
        .duration("schedule to close", it.schedule_to_close_timeout)
        .duration("schedule to start", it.schedule_to_start_timeout)
        .duration("heartbeat", it.heartbeat_timeout)
        .number("max attempts", retry.max_attempts)
        .duration("initial interval", retry.initial_interval)
        .named("header", it.header.iter())
        .priority(it.priority.as_deref())
}

fn asked(request: Option<&update::Request>) -> Facts<'_> {
    let facts = Facts::default();
    match request {
        None => facts,
        Some(it) => facts
            .text("update", &it.name)
            .text("update id", &it.update_id)
            .payloads("input", &it.input)
            .text("by", &it.identity)
            .named("header", it.header.iter()),
    }
}

fn of_task(attributes: &EventAttributes) -> Facts<'_> {
    use EventAttributes as E;
    let facts = Facts::default();
    match attributes {
        E::WorkflowTaskScheduled(task::Scheduled {
            attempt,
            task_queue,
            ..
        }) => facts
            .text("task queue", task_queue)
            .number("attempt", *attempt),
        E::WorkflowTaskStarted(it) => facts
            .event("scheduled", it.scheduled_event_id)
            .number("history bytes", it.history_size_bytes),
        E::WorkflowTaskCompleted(it) => facts
            .event("scheduled", it.scheduled_event_id)
            .event("started", it.started_event_id)
            .number("version", it.deployment_version.map_or(0, |it| it.get())),
        E::WorkflowTaskTimedOut(it) => facts
            .event("started", it.started_event_id)
            .word("clock", &it.timeout_type),
        E::WorkflowTaskFailed(it) => facts
            .word("cause", &it.cause)
            .failure("failure", it.failure.as_deref())
            .event("started", it.started_event_id),
        _ => facts,
    }
}

fn of_property(attributes: &EventAttributes) -> Facts<'_> {
    use EventAttributes as E;
    let facts = Facts::default();
    match attributes {
        E::MarkerRecorded(it) => {
            let details = it.details.iter();
            let details = details.flat_map(|(name, values)| {
                let values = values.0.iter();
                values.map(|value| (name.as_str(), value))
            });
            facts
                .text("marker", &it.marker_name)
                .text("summary", summary(it.user_metadata.as_deref()))
                .named("details", details)
                .failure("failure", it.failure.as_deref())
        }
        E::UpsertWorkflowSearchAttributes(it) => {
            facts.named("search attribute", it.search_attributes.iter())
        }
        E::WorkflowPropertiesModified(it) => facts.named("memo", it.upserted_memo.iter()),
        _ => facts,
    }
}

/// What is about a child or another workflow.
fn of_other_run(attributes: &EventAttributes) -> Facts<'_> {
    use EventAttributes as E;
    let facts = Facts::default();
    match attributes {
        E::StartChildWorkflowExecutionInitiated(it) => initiated(it),
        E::StartChildWorkflowExecutionFailed(it) => facts
            .text("workflow id", &it.workflow_id)
            .word("cause", &it.cause)
            .event("initiated", it.initiated_event_id),
        E::ChildWorkflowExecutionStarted(it) => facts
            .run("child", Some(&it.workflow_execution))
            .event("initiated", it.initiated_event_id),
        E::ChildWorkflowExecutionCompleted(it) => facts
            .payloads("result", &it.result)
            .run("child", Some(&it.workflow_execution))
            .event("initiated", it.initiated_event_id),
        E::ChildWorkflowExecutionFailed(it) => facts
            .failure("failure", Some(&it.failure))
            .run("child", Some(&it.workflow_execution))
            .word("retry state", &it.retry_state)
            .event("initiated", it.initiated_event_id),
        E::ChildWorkflowExecutionCanceled(it) => facts
            .payloads("details", &it.details)
            .run("child", Some(&it.workflow_execution))
            .event("initiated", it.initiated_event_id),
        E::ChildWorkflowExecutionTimedOut(it) => facts
            .run("child", Some(&it.workflow_execution))
            .word("retry state", &it.retry_state)
            .event("initiated", it.initiated_event_id),
        E::ChildWorkflowExecutionTerminated(it) => facts
            .run("child", Some(&it.workflow_execution))
            .event("initiated", it.initiated_event_id),
        E::SignalExternalWorkflowExecutionInitiated(it) => facts
            .text("signal", &it.signal_name)
            .run("to", Some(&it.workflow_execution))
            .payloads("input", &it.input),
        E::SignalExternalWorkflowExecutionFailed(it) => facts
            .word("cause", &it.cause)
            .run("to", Some(&it.workflow_execution))
            .event("initiated", it.initiated_event_id),
        E::ExternalWorkflowExecutionSignaled(it) => facts
            .run("to", Some(&it.workflow_execution))
            .event("initiated", it.initiated_event_id),
        E::RequestCancelExternalWorkflowExecutionInitiated(it) => facts
            .run("of", Some(&it.workflow_execution))
            .text("reason", &it.reason),
        E::RequestCancelExternalWorkflowExecutionFailed(it) => facts
            .word("cause", &it.cause)
            .run("of", Some(&it.workflow_execution))
            .event("initiated", it.initiated_event_id),
        E::ExternalWorkflowExecutionCancelRequested(it) => facts
            .run("of", Some(&it.workflow_execution))
            .event("initiated", it.initiated_event_id),
        _ => facts,
    }
}

fn initiated(it: &child::Initiated) -> Facts<'_> {
    Facts::default()
        .text("workflow type", &it.workflow_type)
        .text("workflow id", &it.workflow_id)
        .text("task queue", &it.task_queue)
        .payloads("input", &it.input)
        .word("when the parent closes", &it.parent_close_policy)
        .text("cron", &it.cron_schedule)
        .text("summary", summary(it.user_metadata.as_deref()))
        .named("memo", it.memo.iter())
        .named("search attribute", it.search_attributes.iter())
        .named("header", it.header.iter())
        .priority(it.priority.as_deref())
}
