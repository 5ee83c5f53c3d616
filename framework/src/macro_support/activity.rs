//! From a typed activity function to the code behind an activity type.
//!
//! An input that does not decode is a failure like any other: its attempt fails and is retried
//! under the retry policy, so that a corrected release can still read it. A result that cannot be
//! written is not retried, because the activity has had its effects.

use std::{future::ready, sync::Arc};

use futures::future::FutureExt;

use crate::{
    activity::{ActivityCode, ActivityContext, ActivityImplementation},
    definition::{Activity, Failure},
    model::{self, ActivityType, ApplicationFailureInfo, FailureInfo, PayloadError, Payloads},
};

/// The type of the failure of an input that does not decode.
const MALFORMED_INPUT: &str = "MalformedActivityInput";

/// The type of the failure of a result that cannot be written.
const MALFORMED_RESULT: &str = "MalformedActivityResult";

/// An activity whose code is an `async fn`.
pub fn async_activity<A, S, F>(
    set: &Arc<S>,
    run: impl Fn(Arc<S>, ActivityContext, A::Input) -> F + Send + Sync + 'static,
) -> ActivityImplementation
where
    A: Activity,
    S: Send + Sync + 'static,
    F: Future<Output = Result<A::Output, A::Error>> + Send + 'static,
{
    let set = Arc::clone(set);
    implementation::<A>(ActivityCode::Async(Arc::new(
        move |ctx, input| match read_input::<A>(&input) {
            Ok(input) => run(Arc::clone(&set), ctx, input)
                .map(write_outcome::<A>)
                .boxed(),
            Err(failure) => ready(Err(failure)).boxed(),
        },
    )))
}

/// An activity whose code is a `fn`, which may block.
pub fn blocking_activity<A, S>(
    set: &Arc<S>,
    run: impl Fn(Arc<S>, ActivityContext, A::Input) -> Result<A::Output, A::Error>
    + Send
    + Sync
    + 'static,
) -> ActivityImplementation
where
    A: Activity,
    S: Send + Sync + 'static,
{
    let set = Arc::clone(set);
    implementation::<A>(ActivityCode::Blocking(Arc::new(move |ctx, input| {
        let input = read_input::<A>(&input)?;
        write_outcome::<A>(run(Arc::clone(&set), ctx, input))
    })))
}

fn implementation<A: Activity>(code: ActivityCode) -> ActivityImplementation {
    ActivityImplementation {
        activity_type: ActivityType::new(A::TYPE),
        code,
    }
}

fn read_input<A: Activity>(input: &Payloads) -> Result<A::Input, model::Failure> {
    input.decode().map_err(|error| {
        let message = format!("activity input is malformed: {error}");
        model::Failure::application(message, MALFORMED_INPUT)
    })
}

fn write_outcome<A: Activity>(
    outcome: Result<A::Output, A::Error>,
) -> Result<Payloads, model::Failure> {
    match outcome {
        Ok(output) => Payloads::encode(&output).map_err(|error| malformed_result(&error)),
        Err(error) => Err(error.to_failure()),
    }
}

fn malformed_result(error: &PayloadError) -> model::Failure {
    let info = ApplicationFailureInfo {
        error_type: MALFORMED_RESULT.into(),
        non_retryable: true,
        ..Default::default()
    };
    let message = format!("activity result is malformed: {error}");
    model::Failure::new(message, FailureInfo::Application(info))
}
