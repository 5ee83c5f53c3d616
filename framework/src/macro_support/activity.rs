//! From a typed activity function to the code behind an activity type.
//!
//! An input that does not decode, and a result that cannot be written, are failures that are not
//! retried: the input does not change from one attempt to the next, and the activity whose result
//! is lost has had its effects.

use std::{future::ready, sync::Arc};

use futures::future::FutureExt;

use crate::{
    activity::{ActivityCode, ActivityContext, ActivityImplementation},
    definition::{Activity, Failure, FailureTypes},
    model::{self, ActivityType, PayloadError, Payloads},
};

/// The kind of failure of an input that does not decode.
const MALFORMED_INPUT: &str = "MalformedInput";

/// The kind of failure of a result that cannot be written.
const MALFORMED_RESULT: &str = "MalformedResult";

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

/// Says which types the failures of an activity have.
pub fn declare_failure_types<A: Activity>(types: &mut FailureTypes) {
    A::Error::declare_types(types);
}

fn implementation<A: Activity>(code: ActivityCode) -> ActivityImplementation {
    ActivityImplementation {
        activity_type: ActivityType::new(A::TYPE),
        code,
    }
}

fn read_input<A: Activity>(input: &Payloads) -> Result<A::Input, model::Failure> {
    input
        .decode()
        .map_err(|error| malformed("input", MALFORMED_INPUT, &error))
}

fn write_outcome<A: Activity>(
    outcome: Result<A::Output, A::Error>,
) -> Result<Payloads, model::Failure> {
    match outcome {
        Ok(output) => Payloads::encode_readable(&output)
            .map_err(|error| malformed("result", MALFORMED_RESULT, &error)),
        Err(error) => Err(error.to_failure()),
    }
}

fn malformed(what: &str, kind: &str, error: &PayloadError) -> model::Failure {
    model::Failure::own_final(format!("activity {what} is malformed: {error}"), kind)
}
