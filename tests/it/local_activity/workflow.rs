//! Workflows that call local activities, and how their histories are read.

use std::{convert::Infallible, time::Duration};

use sempre::{
    ActivityError, CancellationType, RetryPolicy, Workflow, WorkflowContext, activity, handlers,
    model::{EventAttributes, EventType, History},
    workflow::combinator::select,
};
use sempre_tests::{Actors, StageError};
use serde::{Deserialize, Serialize};

/// Does one chore after the other, on the spot.
#[derive(Workflow, Default)]
pub(super) struct Chores {
    done: Vec<String>,
}

#[handlers]
impl Chores {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        chores: Vec<String>,
    ) -> Result<Vec<String>, ActivityError<StageError>> {
        for chore in chores {
            let result = ctx
                .local_activity(Actors::perform, chore)
                .retry(RetryPolicy::default().max_attempts(3))
                .await?;
            ctx.update(|chores| chores.done.push(result));
        }
        Ok(ctx.state(|chores| chores.done.clone()))
    }

    /// What is done so far.
    #[query]
    pub(super) fn done(&self) -> Vec<String> {
        self.done.clone()
    }

    /// Takes a note.
    #[signal]
    pub(super) fn note(&mut self, text: String) {
        self.done.push(text);
    }

    /// Takes a note, and says how many there are.
    #[update]
    pub(super) async fn count(ctx: WorkflowContext<Self>, text: String) -> usize {
        ctx.update(|chores| {
            chores.done.push(text);
            chores.done.len()
        })
    }
}

/// Does a chore on the spot, and then what it is asked to.
#[derive(Workflow, Default)]
pub(super) struct Desk {
    done: Vec<String>,
    closes: bool,
}

#[handlers]
impl Desk {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        chore: String,
    ) -> Result<Vec<String>, ActivityError<StageError>> {
        let result = ctx.local_activity(Actors::perform, chore).await?;
        ctx.update(|desk| desk.done.push(result));
        // It is not canceled.
        let _closes = ctx.wait_until(|desk| desk.closes).await;
        Ok(ctx.state(|desk| desk.done.clone()))
    }

    #[signal]
    pub(super) fn note(&mut self, text: String) {
        self.done.push(text);
    }

    #[signal]
    pub(super) fn close(&mut self) {
        self.closes = true;
    }

    /// Takes a note, and says how many there are.
    #[update]
    pub(super) fn count(&mut self, text: String) -> usize {
        self.done.push(text);
        self.done.len()
    }

    #[expect(clippy::ptr_arg, reason = "a validator is lent its input")]
    #[validate(count)]
    fn check_count(&self, text: &String) -> Result<(), Infallible> {
        assert!(!text.is_empty(), "a note says something");
        Ok(())
    }
}

/// Does two chores at once.
#[derive(Workflow, Default)]
pub(super) struct Pair;

#[handlers]
impl Pair {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
    ) -> Result<(String, String), ActivityError<StageError>> {
        let long = ctx.local_activity(Actors::perform, "long".into()).start();
        let short = ctx.local_activity(Actors::perform, "short".into()).start();
        Ok((long.await?, short.await?))
    }
}

#[activity(start_to_close = "10s")]
pub(super) async fn double(number: u64) -> u64 {
    2 * number
}

/// Counts by local activities.
#[derive(Workflow, Default)]
pub(super) struct Sum;

#[handlers]
impl Sum {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        numbers: u64,
    ) -> Result<u64, ActivityError<Infallible>> {
        let mut sum = 0;
        for number in 0..numbers {
            sum += ctx.local_activity(double, number).await?;
        }
        Ok(sum)
    }
}

/// Does a chore on the spot, by the options that the test gives it.
#[derive(Workflow, Default)]
pub(super) struct Choosy {
    canceled: Option<bool>,
}

/// How a chore is to be done.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Choice {
    Untimed,
    Threshold(u64),
    StartToClose(u64),
    ScheduleToClose(u64),
    Cancel(Way),
    Unregistered,
    Race,
}

#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Way {
    Wait,
    Try,
    Abandon,
}

/// Nobody registers it.
#[activity(start_to_close = "10s")]
pub(super) async fn unheard_of(_: String) -> Result<String, StageError> {
    Ok(String::new())
}

#[handlers]
impl Choosy {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        choice: Choice,
    ) -> Result<String, ActivityError<StageError>> {
        let perform = ctx.local_activity(Actors::perform, "chore".into());
        match choice {
            Choice::Untimed => perform.start_to_close(Duration::ZERO).await,
            Choice::Threshold(seconds) => {
                let threshold = Duration::from_secs(seconds);
                perform.local_retry_threshold(threshold).await
            }
            Choice::StartToClose(seconds) => {
                let limit = Duration::from_secs(seconds);
                perform
                    .start_to_close(limit)
                    .retry(RetryPolicy::none())
                    .await
            }
            Choice::ScheduleToClose(seconds) => {
                let limit = Duration::from_secs(seconds);
                perform.schedule_to_close(limit).await
            }
            Choice::Unregistered => ctx.local_activity(unheard_of, "chore".into()).await,
            Choice::Cancel(way) => {
                let cancellation = match way {
                    Way::Wait => CancellationType::WaitCancellationCompleted,
                    Way::Try => CancellationType::TryCancel,
                    Way::Abandon => CancellationType::Abandon,
                };
                let done = perform.cancellation(cancellation).await;
                let is_canceled = done.as_ref().is_err_and(ActivityError::is_canceled);
                ctx.update(|choosy| choosy.canceled = Some(is_canceled));
                done
            }
            Choice::Race => {
                select! {
                    won = perform.activity_id("chore") => won,
                    won = ctx.local_activity(Actors::perform, "long".into()) => won,
                }
            }
        }
    }

    /// Whether the chore was canceled, once it is over.
    #[query]
    pub(super) fn canceled(&self) -> Option<bool> {
        self.canceled
    }
}

pub(super) fn types(history: &History) -> Vec<EventType> {
    history
        .events
        .iter()
        .map(|event| event.event_type())
        .collect()
}

/// What the marker of a local activity says of it.
#[derive(Deserialize)]
struct Data {
    activity_id: String,
    activity_type: String,
    attempt: u32,
}

/// The activities and attempts that the markers of a history name, in their order.
pub(super) fn markers(history: &History) -> Vec<String> {
    let markers = history.attributes().filter_map(|attributes| {
        let EventAttributes::MarkerRecorded(marker) = attributes else {
            return None;
        };
        let data: Data = marker.details.get("data")?.decode().ok()?;
        let result = marker.details.get("result");
        let result = result.and_then(|result| result.decode::<String>().ok());
        let failure = marker.failure.as_ref().map(|it| it.message.clone());
        Some(format!(
            "{} {} {}: {}",
            data.activity_id,
            data.activity_type,
            data.attempt,
            result.or(failure).unwrap_or_default()
        ))
    });
    markers.collect()
}
