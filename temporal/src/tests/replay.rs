//! Histories that other SDKs recorded replay against workflows of sempre written to match.
//!
//! Each is told whole, and then answered at every workflow task it has, whose commands have to be
//! as many as were recorded.

use std::time::Duration;

use sempre::{
    ActivityError, ApplicationFailure, Workflow, WorkflowContext, activity, handlers,
    machine::replay::Replayer,
    model::{Codecs, Command, EventAttributes, HistoryEvent, Payloads},
    testing::replay::{Comparison, check_recorded},
    workflow::{Driver, ProgramFactory, WorkflowHandlers, combinator::join},
};
use serde::{Deserialize, Serialize};

use super::shared;

fn replayer<W: WorkflowHandlers>() -> Replayer {
    Replayer::new(Box::new(Driver::<W>::new()))
}

#[track_caller]
fn check<W: WorkflowHandlers>(name: &str) {
    let files = shared::files();
    if files.is_empty() {
        return;
    }
    let (_, text) = files.iter().find(|(file, _)| file == name).expect(name);
    for history in shared::import(name, text) {
        let history = history.history();
        check_recorded(
            &history,
            &ProgramFactory::of::<W>(Codecs::NONE),
            Comparison::Values,
        )
        .unwrap_or_else(|error| panic!("{name}: {error}"));
        let events = history.events;
        replayer::<W>()
            .handle_history(&events)
            .unwrap_or_else(|error| {
                panic!("{name}: {}", error.failure);
            });
        for (index, event) in events.iter().enumerate() {
            if matches!(event.attributes, EventAttributes::WorkflowTaskStarted(_)) {
                let (told, recorded) = events.split_at(index + 1);
                check_task::<W>(told, recorded);
            }
        }
    }
}

#[track_caller]
fn check_task<W: WorkflowHandlers>(told: &[HistoryEvent], recorded: &[HistoryEvent]) {
    let written = recorded.get(1..).unwrap_or_default();
    let commands = replayer::<W>()
        .repeat_workflow_task(told, written)
        .unwrap()
        .commands;
    let recorded: Vec<_> = written
        .iter()
        .take_while(|event| event.event_type().is_command_event())
        .collect();
    assert_eq!(commands.len(), recorded.len(), "{commands:?}");
    for (command, event) in commands.iter().zip(recorded) {
        if let (
            Command::CompleteWorkflowExecution { result },
            EventAttributes::WorkflowExecutionCompleted(completed),
        ) = (command, &event.attributes)
        {
            assert_eq!(value(result), value(&completed.result));
        }
    }
}

/// A result as a value, so that the spelling of JSON does not count.
fn value(result: &Payloads) -> serde_json::Value {
    result.decode().unwrap()
}

#[derive(Serialize, Deserialize)]
struct Greeting {
    name: String,
}

#[activity(start_to_close = "60s")]
async fn say_hello(name: String) -> String {
    format!("Hello, {name}!")
}

#[derive(Workflow, Default)]
struct SayHello;

#[handlers]
impl SayHello {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        greeting: Greeting,
    ) -> Result<String, ActivityError<std::convert::Infallible>> {
        ctx.activity(say_hello, greeting.name).await
    }
}

#[test]
fn a_workflow_of_one_activity_of_the_python_sdk_replays() {
    check::<SayHello>("python-test_replayer_complete_history");
}

#[test]
fn what_another_program_diverged_from_replays_as_what_it_is() {
    check::<SayHello>("python-test_replayer_nondeterministic_history");
}

#[activity(name = "AlwaysFailActivity", start_to_close = "60s")]
async fn always_fail_in_go() -> Result<(), ApplicationFailure> {
    Err(ApplicationFailure::new("never", "Never"))
}

#[derive(Workflow, Default)]
struct RetryInGo;

#[handlers]
impl RetryInGo {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), ActivityError<ApplicationFailure>> {
        ctx.activity(always_fail_in_go, ()).await
    }
}

#[test]
fn a_workflow_that_fails_with_its_activity_of_the_go_sdk_replays() {
    check::<RetryInGo>("features-retry_on_error-go");
}

#[activity(name = "AlwaysFail", start_to_close = "60s")]
async fn always_fail_in_java() -> Result<(), ApplicationFailure> {
    Err(ApplicationFailure::new("never", "Never"))
}

#[derive(Workflow, Default)]
struct RetryInJava;

#[handlers]
impl RetryInJava {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), ActivityError<ApplicationFailure>> {
        ctx.activity(always_fail_in_java, ()).await
    }
}

#[test]
fn a_workflow_that_fails_with_its_activity_of_the_java_sdk_replays() {
    check::<RetryInJava>("features-retry_on_error-java");
}

#[derive(Workflow, Default)]
struct ActivityAndSignals {
    seen: Vec<String>,
    counter: u32,
}

#[handlers]
impl ActivityAndSignals {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        _queue: String,
    ) -> Result<Vec<String>, ActivityError<std::convert::Infallible>> {
        ctx.update(|it| it.seen.push("act-start".into()));
        let counted = async {
            if ctx.wait_until(|it| it.counter == 2).await.is_ok() {
                ctx.update(|it| it.seen.push("counter-2".into()));
            }
        };
        let greeted = async {
            let greeting = ctx.activity(say_hello, "Enchi".into()).await;
            ctx.update(|it| it.seen.push("act-done".into()));
            greeting
        };
        let ((), greeted) = join!(counted, greeted);
        greeted?;
        Ok(ctx.state(|it| it.seen.clone()))
    }

    #[signal]
    fn dosig(&mut self, number: String) {
        self.seen.push(format!("sig-{number}"));
        self.counter += 1;
    }
}

#[test]
fn a_workflow_of_signals_and_an_activity_of_the_python_sdk_replays() {
    check::<ActivityAndSignals>("python-test_replayer_event_tracing_alternate");
}

#[activity(start_to_close = "10s")]
async fn short_activity_async() -> u32 {
    1
}

/// Does not care for being canceled.
#[derive(Workflow, Default)]
struct QuickActivities;

#[handlers]
impl QuickActivities {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        _seconds: f64,
    ) -> Result<u32, ActivityError<std::convert::Infallible>> {
        let mut sum = 0;
        for _ in 0..100 {
            sum += ctx.detached().activity(short_activity_async, ()).await?;
        }
        Ok(sum)
    }
}

#[test]
fn a_workflow_that_goes_on_after_a_cancellation_of_the_python_sdk_replays() {
    check::<QuickActivities>("python-test_replayer_swallowed_activity_cancellation");
}

#[activity(name = "noopActivity", start_to_close = "10s")]
async fn noop() {}

/// Returns while its timer is still pending.
#[derive(Workflow, Default)]
struct TimerLeftBehind;

#[handlers]
impl TimerLeftBehind {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
    ) -> Result<(), ActivityError<std::convert::Infallible>> {
        let mut timer = ctx.sleep(Duration::from_secs(10));
        assert!(futures::poll!(&mut timer).is_pending());
        ctx.activity(noop, ()).await
    }
}

#[test]
fn a_workflow_that_leaves_its_timer_behind_of_the_typescript_sdk_replays() {
    check::<TimerLeftBehind>("typescript-lang_flags_replay_correctly_1_9_3");
}
