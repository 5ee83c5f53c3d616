//! Values that could not be read back are refused where they are written, and bytes travel as such.

use std::{convert::Infallible, time::Duration};

use sempre::{
    ActivityError, ApplicationFailure, Failure, OrFailure as _, RetryPolicy, Workflow,
    WorkflowContext, activity, handlers,
    model::{Encoding, EventAttributes, EventType, FailureInfo, Payloads},
};
use sempre_tests::{Outcome, Scenario};
use serde::{Deserialize, Serialize};

/// A list of lists, as deep as it is said to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Nest(Vec<Nest>);

impl Nest {
    fn of(levels: u32) -> Self {
        (0..levels).fold(Self::default(), |inner, _| Self(vec![inner]))
    }
}

/// What a workflow is told to do with a number that is none.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Wish {
    Return,
    Ask,
    Activity,
    ActivitySome,
    Fail,
}

#[activity(start_to_close = "10s")]
async fn measure(factor: f64) -> f64 {
    0.0 * factor
}

#[activity(start_to_close = "10s", retry(max_attempts = 5))]
fn divide(by: f64) -> Option<f64> {
    Some(0.0 / by)
}

#[derive(Debug, derive_more::Display, derive_more::Error, Failure)]
#[failure(prefix = "value.")]
#[display("{share} is too much")]
struct TooMuch {
    share: f64,
}

#[derive(Workflow, Default)]
struct Sums {
    share: f64,
    done: bool,
}

#[handlers]
impl Sums {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, wish: Option<Wish>) -> Result<f64, TooMuch> {
        let number = |result: Result<f64, ActivityError<Infallible>>| match result {
            Ok(number) => number,
            Err(error) => {
                // The activity's failure says that another attempt would be of no use.
                assert!(
                    error.to_string().contains("activity result is malformed"),
                    "{error}"
                );
                -1.0
            }
        };
        match wish {
            None => {
                let _ = ctx.wait_until(|state| state.done).await;
                Ok(ctx.state(|state| state.share))
            }
            Some(Wish::Return) => Ok(f64::NAN),
            Some(Wish::Ask) => Ok(number(ctx.activity(measure, f64::NAN).await)),
            Some(Wish::Activity) => {
                let divided = ctx.activity(measure, f64::MAX).await;
                let infinite = ctx.activity(divide, 0.0).await;
                assert!(infinite.is_err());
                Ok(number(divided))
            }
            Some(Wish::ActivitySome) => {
                let divided = ctx.activity(divide, 0.0).await;
                Ok(number(divided.map(|number| number.unwrap_or(-2.0))))
            }
            Some(Wish::Fail) => Err(TooMuch { share: f64::NAN }),
        }
    }

    #[signal]
    fn share(&mut self, share: f64) {
        self.share = share;
    }

    #[signal]
    fn nest(&mut self, _nest: Nest) {}

    #[signal]
    fn done(&mut self) {
        self.done = true;
    }

    #[query]
    fn inverse(&self) -> f64 {
        1.0 / self.share
    }

    #[query]
    fn maybe(&self) -> Option<f64> {
        Some(1.0 / self.share)
    }

    #[query]
    fn shared(&self, _nest: Nest) -> f64 {
        self.share
    }
}

fn story() -> Scenario {
    Scenario::of::<Sums>().with(|engine| engine.activities(measure).activities(divide))
}

#[test]
fn signals_and_queries_with_what_cannot_be_read_are_refused_and_change_nothing() -> Outcome {
    story().run(async |world| {
        let sums = world.workflow::<Sums>("sums").start(None).await?;
        let refused = sums.share(f64::NAN).await.unwrap_err().to_string();
        assert!(refused.contains("NaN is no number"), "{refused}");
        let refused = sums.nest(Nest::of(200)).await.unwrap_err().to_string();
        assert!(
            refused.contains("nested deeper than 127 levels"),
            "{refused}"
        );
        let refused = sums.shared(Nest::of(200)).await.unwrap_err().to_string();
        assert!(
            refused.contains("nested deeper than 127 levels"),
            "{refused}"
        );
        // An answer is one that can be read, or an error.
        let answer = sums.inverse().await.unwrap_err().to_string();
        assert!(answer.contains("inf is no number"), "{answer}");
        let answer = sums.maybe().await.unwrap_err().to_string();
        assert!(answer.contains("inf is no number"), "{answer}");
        sums.share(4.0).await?;
        assert_eq!(sums.maybe().await?, Some(0.25));
        sums.nest(Nest::of(126)).await?;
        sums.done().await?;
        assert_eq!(sums.result().await?.to_string(), "4");
        Ok(())
    })
}

/// Takes what is nested.
#[derive(Workflow, Default)]
struct Nested;

#[handlers]
impl Nested {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>, nest: Nest) -> Nest {
        nest
    }
}

#[test]
fn a_start_with_an_input_that_cannot_be_read_starts_nothing() -> Outcome {
    Scenario::of::<Nested>().run(async |world| {
        let nested = world.workflow::<Nested>("nested");
        let refused = nested.start(Nest::of(200)).await.unwrap_err().to_string();
        assert!(
            refused.contains("nested deeper than 127 levels"),
            "{refused}"
        );
        assert!(nested.describe().await.is_err(), "nothing was started");
        // One level less than what is refused.
        nested.start(Nest::of(126)).await?.result().await?;
        Ok(())
    })
}

#[test]
fn a_result_that_cannot_be_read_fails_the_run() -> Outcome {
    story().run(async |world| {
        let sums = world.workflow::<Sums>("sums");
        let sums = sums.start(Some(Wish::Return)).await?;
        let failed = sums.result().await.unwrap_err().to_string();
        let why = "result of workflow Sums is malformed";
        assert!(failed.contains(why), "{failed}");
        let history = sums.history().await?;
        let failure = history.attributes().find_map(|event| match event {
            EventAttributes::WorkflowExecutionFailed(failed) => Some(&failed.failure.info),
            _ => None,
        });
        let Some(FailureInfo::Application(info)) = failure else {
            return Err(format!("the run failed: {failure:?}").into());
        };
        assert_eq!(info.error_type, "sempre.MalformedResult");
        assert!(info.non_retryable);
        Ok(())
    })
}

#[test]
fn an_activity_whose_result_cannot_be_read_fails_once() -> Outcome {
    story().run(async |world| {
        for (wish, value) in [(Wish::Activity, "0"), (Wish::ActivitySome, "-1")] {
            let sums = world.workflow::<Sums>(format!("{wish:?}"));
            let sums = sums.start(Some(wish)).await?;
            assert_eq!(sums.result().await?.to_string(), value);
            let history = sums.history().await?;
            let failed = history.attributes().filter_map(|event| match event {
                EventAttributes::ActivityTaskFailed(failed) => Some(&failed.failure.info),
                _ => None,
            });
            let failed: Vec<_> = failed.collect();
            let [FailureInfo::Application(info)] = &failed[..] else {
                return Err(format!("one attempt failed: {failed:?}").into());
            };
            assert_eq!(info.error_type, "sempre.MalformedResult");
        }
        Ok(())
    })
}

#[test]
fn workflow_code_that_asks_with_what_cannot_be_read_fails_its_task() -> Outcome {
    story().run_unchecked(async |world| {
        let sums = world.workflow::<Sums>("sums");
        let sums = sums.start(Some(Wish::Ask)).await?;
        let why = "input of activity measure is malformed: value cannot be written: NaN";
        let run = world
            .until(&sums, |run| {
                run.problems.iter().any(|it| it.to_string().contains(why))
            })
            .await?;
        assert_eq!(run.activities.len(), 0);
        Ok(())
    })
}

#[test]
fn an_error_that_cannot_be_read_in_full_is_still_a_failure() -> Outcome {
    story().run(async |world| {
        let sums = world.workflow::<Sums>("sums");
        let sums = sums.start(Some(Wish::Fail)).await?;
        let failed = sums.result().await.unwrap_err().to_string();
        assert!(failed.contains("NaN is too much"), "{failed}");
        Ok(())
    })
}

/// An activity that another program has registered under the same name, with another input.
#[activity(name = "measure", start_to_close = "10s")]
async fn measure_by_name(factor: String) -> f64 {
    f64::from(u8::try_from(factor.len()).unwrap_or_default())
}

#[derive(Workflow, Default)]
struct Mistaken;

#[handlers]
impl Mistaken {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<f64, ActivityError<Infallible>> {
        let policy = RetryPolicy::default();
        ctx.activity(measure_by_name, "two".into())
            .retry(policy)
            .await
    }
}

#[test]
fn an_activity_that_cannot_read_its_input_is_not_tried_again() -> Outcome {
    Scenario::of::<Mistaken>()
        .with(|engine| engine.activities(measure))
        .run(async |world| {
            let mistaken = world.workflow::<Mistaken>("mistaken").start(()).await?;
            let failed = mistaken.result().await.unwrap_err().to_string();
            assert!(failed.contains("activity input is malformed"), "{failed}");
            let history = mistaken.history().await?;
            let starts = history.events.iter();
            let starts =
                starts.filter(|event| event.event_type() == EventType::ActivityTaskStarted);
            assert_eq!(starts.count(), 1);
            Ok(())
        })
}

#[activity(start_to_close = "10s")]
async fn reverse(mut bytes: Vec<u8>) -> bytes::Bytes {
    bytes.reverse();
    bytes.into()
}

#[derive(Workflow, Default)]
struct Blobs {
    last: Vec<u8>,
}

#[handlers]
impl Blobs {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        first: Vec<u8>,
    ) -> Result<Vec<u8>, ActivityError<Infallible>> {
        let reversed = ctx.activity(reverse, first).await?;
        let _ = ctx.wait_until(|state| !state.last.is_empty()).await;
        let last = ctx.state(|state| state.last.clone());
        Ok([reversed.to_vec(), last].concat())
    }

    #[signal]
    fn put(&mut self, blob: bytes::Bytes) {
        self.last = blob.to_vec();
    }

    #[query]
    fn last(&self, _prefix: Vec<u8>) -> bytes::Bytes {
        self.last.clone().into()
    }
}

#[test]
fn bytes_are_stored_as_they_are_wherever_they_go() -> Outcome {
    Scenario::of::<Blobs>()
        .with(|engine| engine.activities(reverse))
        .run_in_any_order(async |world| {
            let first: Vec<u8> = (0..=255).collect();
            let blobs = world
                .workflow::<Blobs>("blobs")
                .start(first.clone())
                .await?;
            blobs.put(bytes::Bytes::from_static(b"\xff\x00")).await?;
            assert_eq!(blobs.last(vec![0]).await?, &b"\xff\x00"[..]);
            let whole = blobs.result().await?;
            assert_eq!(whole.len(), 258);
            let history = blobs.history().await?;
            let payloads: Vec<&Payloads> = history
                .attributes()
                .filter_map(|event| match event {
                    EventAttributes::WorkflowExecutionStarted(it) => Some(&it.input),
                    EventAttributes::WorkflowExecutionSignaled(it) => Some(&it.input),
                    EventAttributes::ActivityTaskScheduled(it) => Some(&it.input),
                    EventAttributes::ActivityTaskCompleted(it) => Some(&it.result),
                    EventAttributes::WorkflowExecutionCompleted(it) => Some(&it.result),
                    _ => None,
                })
                .collect();
            assert_eq!(payloads.len(), 5);
            for payload in payloads.iter().flat_map(|payloads| &payloads.0) {
                assert_eq!(payload.encoding, Encoding::BinaryPlain);
            }
            assert_eq!(payloads.iter().map(|it| it.size()).min(), Some(2));
            Ok(())
        })
}

#[activity(start_to_close = "10s")]
fn open_file(path: String) -> Result<String, ApplicationFailure> {
    std::fs::read_to_string(&path)
        .map_err(Unreadable)
        .or_failure("Io")
}

/// An error of somebody else's, with a cause.
#[derive(Debug, derive_more::Display, derive_more::Error)]
#[display("the file cannot be read")]
struct Unreadable(#[error(source)] std::io::Error);

#[derive(Workflow, Default)]
struct Reader;

#[handlers]
impl Reader {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        path: String,
    ) -> Result<String, ActivityError<ApplicationFailure>> {
        let policy = RetryPolicy::default().max_attempts(1);
        let reading = ctx.activity(open_file, path).retry(policy);
        reading.start_to_close(Duration::from_secs(1)).await
    }
}

#[test]
fn an_ordinary_error_arrives_with_its_type_and_its_causes() -> Outcome {
    Scenario::of::<Reader>()
        .with(|engine| engine.activities(open_file))
        .run(async |world| {
            let reader = world.workflow::<Reader>("reader");
            let reader = reader.start("/no/such/file".into()).await?;
            let failed = reader.result().await.unwrap_err().to_string();
            assert!(
                failed.contains("the file cannot be read: No such file"),
                "{failed}"
            );
            Ok(())
        })
}
