//! Workflows that several tests use.

use std::{convert::Infallible, time::Duration};

use sempre::{ActivityError, Canceled, Workflow, WorkflowContext, handlers};
use serde::{Deserialize, Serialize};

use crate::{StageError, stage::Actors};

/// One activity after the other.
#[derive(Workflow, Default, Debug)]
pub struct Steps {
    done: Vec<String>,
}

#[handlers]
impl Steps {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        inputs: Vec<String>,
    ) -> Result<Vec<String>, ActivityError<StageError>> {
        for input in inputs {
            let result = ctx.activity(Actors::perform, input).await?;
            ctx.update(|state| state.done.push(result));
        }
        Ok(ctx.state(|state| state.done.clone()))
    }

    /// The results so far.
    #[query]
    pub fn done(&self) -> Vec<String> {
        self.done.clone()
    }
}

/// Takes notes until it is told that there are no more.
#[derive(Workflow, Default, Debug)]
pub struct Board {
    notes: Vec<String>,
    closed: bool,
}

#[handlers]
impl Board {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Canceled> {
        ctx.wait_until(|board| board.closed).await?;
        Ok(ctx.state(|board| board.notes.clone()))
    }

    /// Adds a note.
    #[signal]
    pub fn post(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Ends the workflow.
    #[signal]
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// The notes so far.
    #[query]
    pub fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

/// Sleeps, and says so.
#[derive(Workflow, Default, Debug)]
pub struct Alarm;

#[handlers]
impl Alarm {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, seconds: u64) -> Result<String, Canceled> {
        ctx.sleep(Duration::from_secs(seconds)).await?;
        Ok("it rang".to_owned())
    }
}

/// Returns what it is given.
#[derive(Workflow, Default, Debug)]
pub struct Echo;

#[handlers]
impl Echo {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>, input: String) -> Result<String, Infallible> {
        Ok(input)
    }
}

/// A call of the activity on the stage with the options that a test chooses.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Call {
    /// The activity's argument.
    pub input: String,
    /// From an attempt's start to its end.
    pub start_to_close: Option<Duration>,
    /// From the first scheduling to the end of the last attempt.
    pub schedule_to_close: Option<Duration>,
    /// From an attempt's scheduling to its start.
    pub schedule_to_start: Option<Duration>,
    /// From a heartbeat to the next one.
    pub heartbeat: Option<Duration>,
    /// When a failed attempt is tried again.
    pub retry: Option<sempre::model::RetryPolicy>,
    /// Where it is dispatched from.
    pub task_queue: Option<String>,
}

impl Call {
    /// A call with this argument and the options of the definition.
    pub fn of(input: impl Into<String>) -> Self {
        Self {
            input: input.into(),
            ..Self::default()
        }
    }
}

/// One activity, called as its input says.
#[derive(Workflow, Default, Debug)]
pub struct Caller;

#[handlers]
impl Caller {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        call: Call,
    ) -> Result<String, ActivityError<StageError>> {
        let mut activity = ctx.activity(Actors::perform, call.input);
        if let Some(limit) = call.start_to_close {
            activity = activity.start_to_close(limit);
        }
        if let Some(limit) = call.schedule_to_close {
            activity = activity.schedule_to_close(limit);
        }
        if let Some(limit) = call.schedule_to_start {
            activity = activity.schedule_to_start(limit);
        }
        if let Some(limit) = call.heartbeat {
            activity = activity.heartbeat(limit);
        }
        if let Some(policy) = call.retry {
            activity = activity.retry(policy);
        }
        if let Some(task_queue) = call.task_queue {
            activity = activity.task_queue(task_queue);
        }
        activity.await
    }
}
