//! Workflows that several tests use.

use std::{convert::Infallible, time::Duration};

use derive_more::{Display, Error};
use sempre::{ActivityError, Canceled, Failure, Workflow, WorkflowContext, handlers};
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

/// Adds up what it is given, until it is closed.
#[derive(Workflow, Default, Debug)]
pub struct Till {
    sum: i64,
    closed: bool,
}

/// What a [`Till`] says to zero.
#[derive(Clone, PartialEq, Debug, Failure, Display, Error)]
#[display("nothing to add")]
pub struct Nothing;

#[handlers]
impl Till {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<i64, Canceled> {
        ctx.wait_until(|till| till.closed).await?;
        Ok(ctx.state(|till| till.sum))
    }

    /// Adds at once, if there is something to add.
    #[update]
    pub fn add(&mut self, amount: i64) -> Result<i64, Nothing> {
        self.sum += amount;
        Ok(self.sum)
    }

    #[validate(add)]
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "a validator looks at its input"
    )]
    fn check_add(&self, amount: &i64) -> Result<(), Nothing> {
        if *amount == 0 { Err(Nothing) } else { Ok(()) }
    }

    /// Adds after a second.
    #[update]
    pub async fn add_slowly(ctx: WorkflowContext<Self>, amount: i64) -> Result<i64, Nothing> {
        let _canceled = ctx.sleep(Duration::from_secs(1)).await;
        Ok(ctx.update(|till| {
            till.sum += amount;
            till.sum
        }))
    }

    /// Ends the workflow.
    #[signal]
    pub fn close(&mut self) {
        self.closed = true;
    }
}

/// Continues as new so many times, with a pause before each.
#[derive(Workflow, Default, Debug)]
pub struct Relay {
    left: u32,
    heard: Vec<String>,
}

/// What a run of a relay hands to the next.
pub type Baton = (u32, u64, Vec<String>);

#[handlers]
impl Relay {
    #[init]
    fn init((left, _, heard): &Baton) -> Self {
        Self {
            left: *left,
            heard: heard.clone(),
        }
    }

    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (left, pause, _): Baton,
    ) -> Result<Vec<String>, Canceled> {
        ctx.sleep(Duration::from_secs(pause)).await?;
        let heard = ctx.state(|relay| relay.heard.clone());
        if left == 0 {
            return Ok(heard);
        }
        match ctx.continue_as_new((left - 1, pause, heard)).await {}
    }

    /// Tells it something, which it hands on.
    #[signal]
    pub fn call(&mut self, text: String) {
        self.heard.push(text);
    }

    /// How many runs are to follow.
    #[query]
    pub fn left(&self) -> u32 {
        self.left
    }
}

/// What the first run of a relay is given: how many are to follow, and the seconds before each.
pub fn baton(left: u32, pause: u64) -> Baton {
    (left, pause, Vec::new())
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
