//! Tests of what `#[activity]` and `#[activities]` write.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::FutureExt;

use crate::{
    ApplicationFailure,
    activity::{
        ActivityCancellation, ActivityCode, ActivityContext, ActivityInfo, ActivityRegistry,
        AttemptPort, AttemptRunner, ControlInbox,
    },
    definition::{Activity, NamesActivity},
    model::{ActivityOptions, ActivityType, Failure, FailureInfo, Payloads, RetryPolicy},
};

/// Greets somebody.
#[crate::activity(start_to_close = "30s")]
async fn greet(name: String) -> Result<String, ApplicationFailure> {
    if name.is_empty() {
        return Err(ApplicationFailure::new("nobody is there", "Nobody"));
    }
    Ok(format!("hello {name}"))
}

#[crate::activity(name = "Attempt", start_to_close = "10s")]
fn attempt(ctx: ActivityContext) -> u32 {
    ctx.info().attempt
}

#[crate::activity(start_to_close = "10s")]
fn unwritable() -> Vec<Unwritable> {
    vec![Unwritable]
}

struct Unwritable;

impl serde::Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no words"))
    }
}

impl<'de> serde::Deserialize<'de> for Unwritable {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

#[derive(Default)]
struct Counter {
    total: AtomicU32,
}

#[crate::activities]
impl Counter {
    /// Adds, and says what the total is.
    #[crate::activity(
        name = "Add",
        task_queue = "sums",
        start_to_close = "1m 30s",
        schedule_to_close = "1h",
        schedule_to_start = "5s",
        heartbeat = "250ms",
        retry(
            initial_interval = "2s",
            backoff = 1.5,
            max_interval = "1m",
            max_attempts = 5,
            non_retryable("Overflow", "Closed"),
        )
    )]
    async fn add(&self, ctx: ActivityContext, summand: u32) -> Result<u32, ApplicationFailure> {
        Ok(self.sum(summand * ctx.info().attempt))
    }

    #[activity(start_to_close = "10s")]
    fn total(&self) -> u32 {
        self.sum(Self::NOTHING)
    }

    const NOTHING: u32 = 0;

    fn sum(&self, summand: u32) -> u32 {
        self.total.fetch_add(summand, Ordering::Relaxed) + summand
    }
}

struct NoPort;

impl AttemptPort for NoPort {
    fn heartbeat(&self, _: Payloads) {}

    fn progress(&self, _: Payloads) {}

    fn controls(&self) -> Option<&ControlInbox> {
        None
    }
}

fn second_attempt() -> ActivityContext {
    let info = ActivityInfo {
        attempt: 2,
        ..ActivityInfo::default()
    };
    let cancellation = Arc::new(ActivityCancellation::default());
    ActivityContext::new(
        info,
        cancellation,
        Arc::new(NoPort),
        Arc::<AttemptRunner>::default(),
    )
}

/// Runs an attempt of a definition that stands as a value, as a workflow names it.
fn run<A: Activity, Form>(
    registry: &ActivityRegistry,
    _: impl NamesActivity<Form, Activity = A>,
    input: &Payloads,
) -> Result<Payloads, Failure> {
    match registry
        .find(&ActivityType::new(A::TYPE))
        .expect("it is registered")
    {
        ActivityCode::Async(code) => code(second_attempt(), input.clone())
            .now_or_never()
            .expect("it does not wait"),
        ActivityCode::Blocking(code) => code(second_attempt(), input.clone()),
    }
}

fn registry() -> ActivityRegistry {
    let mut registry = ActivityRegistry::default();
    assert_eq!(registry.register(greet), []);
    assert_eq!(registry.register(attempt), []);
    assert_eq!(registry.register(unwritable), []);
    assert_eq!(registry.register(Counter::default()), []);
    registry
}

fn payloads<T: serde::Serialize + ?Sized>(value: &T) -> Payloads {
    Payloads::encode(value).expect("it encodes")
}

#[test]
fn an_activity_is_registered_under_its_type() {
    let registry = registry();
    let types: Vec<_> = registry.types().map(ActivityType::as_str).collect();
    assert_eq!(types, ["Add", "Attempt", "greet", "total", "unwritable"]);
}

#[test]
fn a_function_runs_as_an_attempt_and_directly() {
    let registry = registry();
    let outcome = run(&registry, greet, &payloads("ada"));
    assert_eq!(outcome, Ok(payloads("hello ada")));
    assert_eq!(
        greet::call("ada".into()).now_or_never(),
        Some(Ok("hello ada".into()))
    );
    assert_eq!(run(&registry, attempt, &Payloads::EMPTY), Ok(payloads(&2)));
    assert_eq!(attempt::call(second_attempt()), 2);
}

#[test]
fn a_method_runs_as_an_attempt_and_directly() {
    let registry = registry();
    assert_eq!(
        run(&registry, Counter::add, &payloads(&4)),
        Ok(payloads(&8))
    );
    assert_eq!(
        run(&registry, Counter::total, &Payloads::EMPTY),
        Ok(payloads(&8))
    );

    let counter = Counter::default();
    assert_eq!(counter.add(second_attempt(), 3).now_or_never(), Some(Ok(6)));
    assert_eq!(counter.total(), 6);
}

#[test]
fn an_error_becomes_its_failure() {
    let failure = run(&registry(), greet, &payloads("")).expect_err("it fails");
    assert_eq!(failure, Failure::application("nobody is there", "Nobody"));
}

#[test]
fn an_input_that_does_not_decode_is_not_retried() {
    let failure = run(&registry(), greet, &payloads(&7)).expect_err("it fails");
    assert!(
        failure.message.starts_with("activity input is malformed"),
        "{failure}"
    );
    let FailureInfo::Application(info) = failure.info else {
        panic!("not an application failure");
    };
    assert_eq!(info.error_type, "sempre.MalformedInput");
    assert!(info.non_retryable);
}

#[test]
fn a_result_that_cannot_be_written_is_not_retried() {
    let failure = run(&registry(), unwritable, &Payloads::EMPTY).expect_err("it fails");
    let FailureInfo::Application(info) = failure.info else {
        panic!("not an application failure");
    };
    assert_eq!(info.error_type, "sempre.MalformedResult");
    assert!(info.non_retryable);
}

#[test]
fn options_at_the_definition_are_the_activitys_options() {
    fn options<A: Activity>(_: A) -> ActivityOptions {
        A::options()
    }
    let mut expected = ActivityOptions {
        start_to_close: Some(Duration::from_secs(10)),
        ..ActivityOptions::default()
    };
    assert_eq!(options(Counter::total), expected);

    expected.task_queue = Some("sums".into());
    expected.start_to_close = Some(Duration::from_secs(90));
    expected.schedule_to_close = Some(Duration::from_secs(3_600));
    expected.schedule_to_start = Some(Duration::from_secs(5));
    expected.heartbeat = Some(Duration::from_millis(250));
    expected.retry = Some(RetryPolicy {
        initial_interval: Duration::from_secs(2),
        backoff: 1.5,
        max_interval: Some(Duration::from_secs(60)),
        max_attempts: 5,
        non_retryable: vec!["Overflow".into(), "Closed".into()],
    });
    assert_eq!(options(Counter::add), expected);
}
