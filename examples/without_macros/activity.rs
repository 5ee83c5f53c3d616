//! What `#[activity]` writes: a definition for callers, and the code for the dispatcher.

use std::{sync::Arc, time::Duration};

use sempre::{
    Failure as _,
    activity::{ActivityCode, ActivityImplementation, ActivitySet},
    definition::Activity,
    model::{ActivityOptions, ActivityType, Failure, Payloads},
};

use crate::error::GreetError;

/// Stands for the activity: as a value in calls, and where it is registered.
pub(crate) struct Greet;

impl Greet {
    fn call(name: &str) -> Result<String, GreetError> {
        if name.is_empty() {
            return Err(GreetError::Nameless);
        }
        Ok(format!("Hello, {name}!"))
    }
}

impl Activity for Greet {
    type Input = String;
    type Output = String;
    type Error = GreetError;

    const TYPE: &'static str = "greet";

    fn options() -> ActivityOptions {
        let mut options = ActivityOptions::default();
        options.start_to_close = Some(Duration::from_secs(10));
        options
    }
}

impl ActivitySet for Greet {
    fn implementations(self: Arc<Self>) -> Vec<ActivityImplementation> {
        vec![ActivityImplementation {
            activity_type: ActivityType::from(Self::TYPE),
            code: ActivityCode::Blocking(Arc::new(|_ctx, input| attempt(&input))),
        }]
    }
}

/// The erased edge: payloads in, payloads or a failure out.
fn attempt(input: &Payloads) -> Result<Payloads, Failure> {
    let malformed = |error: sempre::model::PayloadError| {
        Failure::application(error.to_string(), "MalformedPayload")
    };
    let name: String = input.decode().map_err(malformed)?;
    let greeting = Greet::call(&name).map_err(|error| error.to_failure())?;
    Payloads::encode(&greeting).map_err(malformed)
}
