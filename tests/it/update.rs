//! Updates: checked before anything is recorded, carried out once, answered when that is durable.

use std::time::Duration;

use derive_more::{Display, Error};
use sempre::{
    ActivityError, Canceled, Failure, Workflow, WorkflowContext,
    client::{RequestOutcome, UpdateError, WorkflowDescription},
    definition::Update,
    handlers,
    model::{EventAttributes, EventType, ExecutionStatus, limits},
};
use sempre_tests::{Actors, Outcome, Scenario, StageError, World};

/// A counter that is changed by updates until somebody stops it.
#[derive(Workflow, Default, Debug)]
struct Counter {
    total: i64,
    log: Vec<String>,
    stopped: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Display, Error, Failure)]
enum CounterError {
    #[display("{by} is negative")]
    Negative { by: i64 },
    #[display("{by} is odd")]
    Odd { by: i64 },
    #[display("canceled")]
    Canceled,
}

impl From<Canceled> for CounterError {
    fn from(_: Canceled) -> Self {
        Self::Canceled
    }
}

#[handlers]
impl Counter {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Canceled> {
        ctx.wait_until(|counter| counter.stopped).await?;
        Ok(ctx.state(|counter| counter.log.clone()))
    }

    #[signal]
    fn note(&mut self, text: String) {
        self.log.push(format!("signal {text}"));
    }

    #[signal]
    fn stop(&mut self) {
        self.stopped = true;
    }

    /// Adds to the total; what is odd fails once it is accepted.
    #[update]
    fn add(&mut self, by: i64) -> Result<i64, CounterError> {
        self.log.push(format!("add {by}"));
        if by % 2 != 0 {
            return Err(CounterError::Odd { by });
        }
        self.total += by;
        Ok(self.total)
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "a validator is lent its input"
    )]
    #[validate(add)]
    fn check_add(&self, by: &i64) -> Result<(), CounterError> {
        assert!(*by != i64::MIN, "the validator panics");
        if *by < 0 {
            return Err(CounterError::Negative { by: *by });
        }
        Ok(())
    }

    /// Cannot fail, and takes nothing.
    #[update]
    fn reset(&mut self) -> i64 {
        std::mem::take(&mut self.total)
    }

    #[update]
    fn finish(&mut self) -> String {
        self.stopped = true;
        "finished".to_owned()
    }

    #[expect(clippy::panic, reason = "that is what is tested")]
    #[update]
    fn explode(&mut self) {
        panic!("the handler panics");
    }

    /// Adds after a while.
    #[update(name = "add-later")]
    async fn add_later(ctx: WorkflowContext<Self>, seconds: u64) -> Result<i64, CounterError> {
        ctx.update(|counter| counter.log.push(format!("begin {seconds}")));
        ctx.sleep(Duration::from_secs(seconds)).await?;
        Ok(ctx.update(|counter| {
            counter.log.push(format!("end {seconds}"));
            counter.total += 1;
            counter.total
        }))
    }

    #[query]
    fn total(&self) -> i64 {
        self.total
    }
}

/// An update that a counter does not know.
struct Unknown;

impl Update for Unknown {
    type Workflow = Counter;
    type Input = u32;
    type Output = ();
    type Error = CounterError;
    const NAME: &'static str = "unknown";
}

/// An update of a counter, with an input of another type.
struct Misspelled;

impl Update for Misspelled {
    type Workflow = Counter;
    type Input = String;
    type Output = i64;
    type Error = CounterError;
    const NAME: &'static str = "add";
}

async fn types(world: &World, id: &str) -> Result<Vec<EventType>, Box<dyn std::error::Error>> {
    let history = world.workflow::<Counter>(id).history().await?;
    let types = history.events.iter().map(|event| event.event_type());
    Ok(types.collect())
}

#[test]
fn an_update_is_accepted_and_completed_in_one_workflow_task() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        assert_eq!(counter.add(2).id("u1").await?, 2);
        assert_eq!(counter.add(4).await?, 6);
        assert_eq!(counter.reset().await?, 6);
        counter.stop().await?;
        assert_eq!(counter.result().await?, ["add 2", "add 4"]);

        let history = counter.history().await?;
        let types = types(world, "counter").await?;
        assert_eq!(
            types[4..9],
            [
                EventType::WorkflowTaskScheduled,
                EventType::WorkflowTaskStarted,
                EventType::WorkflowTaskCompleted,
                EventType::WorkflowExecutionUpdateAccepted,
                EventType::WorkflowExecutionUpdateCompleted,
            ]
        );
        let EventAttributes::WorkflowExecutionUpdateAccepted(accepted) =
            &history.events[7].attributes
        else {
            return Err("an update is accepted".into());
        };
        assert_eq!(accepted.protocol_instance_id.as_str(), "u1");
        assert_eq!(accepted.accepted_request_sequencing_event_id.get(), 5);
        let EventAttributes::WorkflowExecutionUpdateCompleted(completed) =
            &history.events[8].attributes
        else {
            return Err("an update is completed".into());
        };
        assert_eq!(completed.accepted_event_id.get(), 8);
        assert_eq!(completed.update_id.as_str(), "u1");
        Ok(())
    })
}

#[test]
fn a_rejected_update_leaves_no_trace() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        let before = counter.describe().await?.history_length;
        let error = counter.add(-1).id("u1").await.unwrap_err();
        assert_eq!(
            error,
            UpdateError::Rejected(CounterError::Negative { by: -1 })
        );
        assert_eq!(error.outcome(), RequestOutcome::NotDone);
        let panicked = counter.add(i64::MIN).await.unwrap_err();
        let UpdateError::RejectedOtherwise(failure) = panicked else {
            return Err("a validator that panics rejects".into());
        };
        assert!(
            failure.message.contains("the validator panics"),
            "{failure}"
        );
        assert_eq!(counter.describe().await?.history_length, before);
        assert_eq!(counter.total().await?, 0);

        // Its id is free again.
        assert_eq!(counter.add(2).id("u1").await?, 2);
        counter.stop().await?;
        assert_eq!(counter.result().await?, ["add 2"]);
        Ok(())
    })
}

#[test]
fn the_delay_of_a_start_ends_with_an_update_that_is_accepted_and_not_with_one_that_is_rejected()
-> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let start = world.workflow::<Counter>("counter").start(());
        let counter = start.start_delay(Duration::from_secs(60)).await?;
        counter.note("one".into()).await?;
        for by in [-2, i64::MIN] {
            assert!(counter.add(by).id("u1").await.is_err());
        }
        let unknown = counter.update::<Unknown>(1).await.unwrap_err();
        let known = unknown.to_string().contains("known updates are");
        assert!(known, "{unknown}");
        let before = [
            EventType::WorkflowExecutionStarted,
            EventType::WorkflowExecutionSignaled,
        ];
        assert_eq!(types(world, "counter").await?, before);
        assert_eq!(counter.add(2).id("u1").await?, 2);
        counter.stop().await?;
        assert_eq!(counter.result().await?, ["signal one", "add 2"]);
        Ok(())
    })
}

/// Does something at once.
#[derive(Workflow, Default, Debug)]
struct Eager;

#[handlers]
impl Eager {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        ctx.sleep(Duration::from_secs(1)).await
    }

    #[update]
    fn add(&mut self, by: i64) -> i64 {
        by
    }
}

#[test]
fn a_program_that_rejects_an_update_and_asks_for_something_has_begun() -> Outcome {
    Scenario::of::<Eager>().run(async |world| {
        let start = world.workflow::<Eager>("eager").start(());
        let eager = start.start_delay(Duration::from_secs(60)).await?;
        let misspelled = eager.update::<Misread>("two".into()).await;
        assert!(matches!(misspelled, Err(UpdateError::RejectedOtherwise(_))));
        world.pass_seconds(1).await;
        eager.result().await?;
        assert_eq!(eager.history().await?.events.len(), 10);
        Ok(())
    })
}

/// An update of that workflow, with an input of another type.
struct Misread;

impl Update for Misread {
    type Workflow = Eager;
    type Input = String;
    type Output = i64;
    type Error = CounterError;
    const NAME: &'static str = "add";
}

#[test]
fn an_update_that_cannot_be_read_is_rejected_with_the_reason() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        let unknown = counter.update::<Unknown>(1).await.unwrap_err().to_string();
        assert!(
            unknown.contains("known updates are: add, reset, finish, explode, add-later"),
            "{unknown}"
        );
        let misspelled = counter.update::<Misspelled>("two".into()).await;
        let misspelled = misspelled.unwrap_err().to_string();
        assert!(
            misspelled.contains("input of the update is malformed"),
            "{misspelled}"
        );
        let too_long = counter.add(2).id("x".repeat(1_001)).await.unwrap_err();
        assert!(too_long.to_string().contains("limit=1000"), "{too_long}");
        let nameless = counter.add(2).id("").await.unwrap_err();
        assert!(
            nameless.to_string().contains("update id is empty"),
            "{nameless}"
        );
        assert_eq!(types(world, "counter").await?.len(), 4);
        counter.stop().await?;
        counter.result().await?;
        Ok(())
    })
}

#[test]
fn an_update_that_fails_leaves_the_run_open() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        let error = counter.add(3).id("odd").await.unwrap_err();
        assert_eq!(error, UpdateError::Failed(CounterError::Odd { by: 3 }));
        assert_eq!(error.outcome(), RequestOutcome::Unknown);
        // Under its id it fails once more with the same error, and is not carried out again.
        let again = counter.add(3).id("odd").await.unwrap_err();
        assert_eq!(again, error);
        counter.stop().await?;
        assert_eq!(counter.result().await?, ["add 3"]);
        Ok(())
    })
}

#[test]
fn the_same_id_has_the_same_outcome_also_after_the_close() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        assert_eq!(counter.add(2).id("u1").await?, 2);
        assert_eq!(counter.add(4).id("u1").await?, 2);
        world.crash_and_restart().await?;
        let counter = world.workflow::<Counter>("counter");
        assert_eq!(counter.add(4).id("u1").await?, 2);
        assert_eq!(counter.finish().await?, "finished");
        assert_eq!(counter.add(6).id("u1").await?, 2);
        assert_eq!(counter.add(6).id("u1").start().await?.result().await?, 2);
        let closed = counter.add(6).id("u2").await.unwrap_err();
        let status = ExecutionStatus::Completed;
        assert_eq!(closed, UpdateError::Closed { status });
        assert_eq!(counter.result().await?, ["add 2"]);
        Ok(())
    })
}

#[test]
fn an_update_that_waits_is_accepted_first_and_completed_later() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        let long = counter.add_later(20).id("long").start().await?;
        let short = counter.add_later(10).id("short").start().await?;
        assert_eq!(long.id().as_str(), "long");
        assert_eq!(counter.add(2).await?, 2);
        world.pass_seconds(10).await;
        assert_eq!(short.result().await?, 3);
        world.pass_seconds(10).await;
        assert_eq!(long.result().await?, 4);
        counter.stop().await?;
        let log = ["begin 20", "begin 10", "add 2", "end 10", "end 20"];
        assert_eq!(counter.result().await?, log);
        Ok(())
    })
}

#[test]
fn an_update_survives_a_crash_between_acceptance_and_completion() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        counter.add_later(20).id("long").start().await?;
        world.crash_and_restart().await?;
        let counter = world.workflow::<Counter>("counter");
        let again = counter.add_later(5).id("long").start().await?;
        world.pass_seconds(20).await;
        assert_eq!(again.result().await?, 1);
        counter.stop().await?;
        assert_eq!(counter.result().await?, ["begin 20", "end 20"]);
        Ok(())
    })
}

#[test]
fn a_run_that_closes_tells_those_who_wait_for_its_updates() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        let waiting = counter.add_later(20).id("long").start().await?;
        let (answer, ()) = futures::future::try_join(
            async { Ok::<_, Box<dyn std::error::Error>>(waiting.result().await) },
            async {
                counter.stop().await?;
                Ok(())
            },
        )
        .await?;
        assert_eq!(answer, Err(UpdateError::Unfinished));
        assert_eq!(waiting.result().await, Err(UpdateError::Unfinished));
        let again = counter.add_later(20).id("long").await;
        assert_eq!(again, Err(UpdateError::Unfinished));
        Ok(())
    })
}

#[test]
fn a_panicking_handler_fails_the_task_and_the_run_goes_on_without_the_update() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        let error = counter.explode().await.unwrap_err();
        let UpdateError::NotReady { reason } = &error else {
            return Err(format!("the task fails: {error}").into());
        };
        assert!(reason.contains("the handler panics"), "{reason}");
        assert_eq!(error.outcome(), RequestOutcome::NotDone);
        let refused = counter.add(2).await.unwrap_err();
        assert!(matches!(refused, UpdateError::NotReady { .. }), "{refused}");
        // The next attempt comes without the update.
        world.pass_seconds(10).await;
        let healed = |run: &WorkflowDescription| run.problems.is_empty();
        world.until(&counter, healed).await?;
        assert_eq!(counter.add(2).await?, 2);
        counter.stop().await?;
        assert_eq!(counter.result().await?, ["add 2"]);
        Ok(())
    })
}

#[test]
fn as_many_updates_are_in_flight_as_may_be_and_no_more() -> Outcome {
    Scenario::of::<Counter>().run(async |world| {
        let counter = world.workflow::<Counter>("counter").start(()).await?;
        let mut waiting = Vec::new();
        for number in 0..limits::UPDATES_IN_FLIGHT_MAX {
            let update = counter.add_later(60).id(format!("later-{number}"));
            waiting.push(update.start().await?);
        }
        let limit = limits::UPDATES_IN_FLIGHT_MAX;
        let refused = counter.add(2).await.unwrap_err();
        assert_eq!(refused, UpdateError::TooManyInFlight { limit });
        assert_eq!(refused.outcome(), RequestOutcome::NotDone);
        world.pass_seconds(60).await;
        for update in waiting {
            update.result().await?;
        }
        assert_eq!(counter.add(2).await?, 12);
        counter.stop().await?;
        counter.result().await?;
        Ok(())
    })
}

/// Waits for its handlers before it returns.
#[derive(Workflow, Default, Debug)]
struct Patient {
    stopped: bool,
}

#[handlers]
impl Patient {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        ctx.wait_until(|state| state.stopped).await?;
        ctx.all_handlers_finished().await
    }

    #[signal]
    fn stop(&mut self) {
        self.stopped = true;
    }

    #[update]
    async fn perform(
        ctx: WorkflowContext<Self>,
        input: String,
    ) -> Result<String, ActivityError<StageError>> {
        ctx.activity(Actors::perform, input).await
    }
}

#[test]
fn a_main_routine_can_wait_for_its_handlers() -> Outcome {
    Scenario::of::<Patient>().run(async |world| {
        let patient = world.workflow::<Patient>("patient").start(()).await?;
        let update = patient.perform("carve".into()).start().await?;
        patient.stop().await?;
        let attempt = world.stage.attempt().await;
        assert!(patient.describe().await?.status.is_open());
        attempt.complete("carved");
        assert_eq!(update.result().await?, "carved");
        patient.result().await?;
        let history = patient.history().await?;
        let last: Vec<_> = history.events.iter().rev().take(2).collect();
        let last: Vec<_> = last.iter().map(|event| event.event_type()).collect();
        assert_eq!(
            last,
            [
                EventType::WorkflowExecutionCompleted,
                EventType::WorkflowExecutionUpdateCompleted
            ]
        );
        Ok(())
    })
}
