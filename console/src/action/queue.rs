//! What can be done to task queues and to all runs of a workflow type.

use std::{fmt::Display, num::NonZeroU32};

use sempre::{
    TaskQueueOptions,
    operator::{TaskQueueHandle, WorkflowTypeHandle},
    runtime::{AttemptLimit, RateLimit},
};
use serde_json::Value;

use crate::{action::ActionOutcome, fields::INPUT, problem::Problem, visit::Visit};

fn queue(visit: &Visit) -> Result<TaskQueueHandle, Problem> {
    let id = visit.fields.required("id")?;
    let queue = visit.engine()?.task_queue(id);
    Ok(match &visit.who {
        Some(who) => queue.identity(who.clone()),
        None => queue,
    })
}

fn workflow_type(visit: &Visit) -> Result<WorkflowTypeHandle, Problem> {
    let id = visit.fields.required("id")?;
    let workflow_type = visit.engine()?.workflow_type(id);
    Ok(match &visit.who {
        Some(who) => workflow_type.identity(who.clone()),
        None => workflow_type,
    })
}

fn reason(visit: &Visit) -> &str {
    visit.fields.text("reason").unwrap_or_default()
}

fn done(visit: &Visit, said: &str) -> ActionOutcome {
    let id = visit.fields.text("id").unwrap_or_default();
    ActionOutcome::at(
        "queue",
        &[("id", id)],
        format!("task queue {id} was {said}"),
    )
}

pub(super) async fn pause(visit: &Visit, paused: bool) -> Result<ActionOutcome, Problem> {
    let queue = queue(visit)?;
    if paused {
        queue.pause(reason(visit)).await?;
        return Ok(done(visit, "paused"));
    }
    queue.unpause(reason(visit)).await?;
    Ok(done(visit, "unpaused"))
}

pub(super) async fn limit(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let options = options(visit)?;
    queue(visit)?.limit(options, reason(visit)).await?;
    Ok(done(visit, "limited"))
}

pub(super) async fn restore(visit: &Visit) -> Result<ActionOutcome, Problem> {
    queue(visit)?.restore(reason(visit)).await?;
    Ok(done(visit, "given the options of the code again"))
}

pub(super) async fn pause_type(visit: &Visit, paused: bool) -> Result<ActionOutcome, Problem> {
    let workflow_type = workflow_type(visit)?;
    let said = if paused {
        workflow_type.pause(reason(visit)).await?;
        "paused"
    } else {
        workflow_type.unpause(reason(visit)).await?;
        "unpaused"
    };
    let id = workflow_type.workflow_type();
    let said = format!("workflow type {id} was {said}");
    Ok(ActionOutcome::at("types", &[], said))
}

/// The options that are asked for: as JSON, or field by field.
fn options(visit: &Visit) -> Result<TaskQueueOptions, Problem> {
    if let Some(value) = visit.fields.value(INPUT).filter(|value| !value.is_null()) {
        return whole_options(value);
    }
    let mut options = TaskQueueOptions::default();
    let mut is_set = false;
    if let Some(max) = max(visit, "max_attempts")? {
        options = options.max_concurrent_attempts(max);
        is_set = true;
    }
    if let Some(rate) = rate(visit, "per_second", "burst")? {
        options = options.rate_limit(rate);
        is_set = true;
    }
    let mut each = AttemptLimit::all().per_key();
    if let Some(max) = max(visit, "key_max_attempts")? {
        each = each.max_concurrent_attempts(max);
    }
    if let Some(rate) = rate(visit, "key_per_second", "key_burst")? {
        each = each.rate_limit(rate);
    }
    if each != AttemptLimit::all().per_key() {
        options = options.limit(each);
        is_set = true;
    }
    if !is_set {
        return Err(Problem::bad_request(
            "there is nothing that limits the queue",
        ));
    }
    Ok(options)
}

fn whole_options(value: &Value) -> Result<TaskQueueOptions, Problem> {
    let refused =
        |why: &dyn Display| Problem::bad_request(format!("the options are not valid: {why}"));
    let options: TaskQueueOptions =
        serde_json::from_value(value.clone()).map_err(|error| refused(&error))?;
    let of_limits = options
        .limits
        .iter()
        .filter_map(|it| it.max_concurrent_attempts);
    let mut maxima = of_limits.chain([options.max_concurrent_attempts]);
    if maxima.any(|max| max == 0) {
        return Err(refused(
            &"max_concurrent_attempts has to be a number from 1 on",
        ));
    }
    Ok(options)
}

fn rate(visit: &Visit, per_second: &str, burst: &str) -> Result<Option<RateLimit>, Problem> {
    let burst = number(visit, burst)?.unwrap_or(NonZeroU32::MIN);
    let per_second = number(visit, per_second)?;
    Ok(per_second.map(|per_second| RateLimit { per_second, burst }))
}

/// A number of at least 1, if there is one of this name.
fn number(visit: &Visit, name: &str) -> Result<Option<NonZeroU32>, Problem> {
    let Some(text) = visit.fields.text(name) else {
        return Ok(None);
    };
    let number = text.trim().parse().map(Some);
    number.map_err(|_| Problem::bad_request(format!("{name} has to be a number from 1 on")))
}

fn max(visit: &Visit, name: &str) -> Result<Option<usize>, Problem> {
    let max = number(visit, name)?;
    Ok(max.and_then(|max| usize::try_from(max.get()).ok()))
}
