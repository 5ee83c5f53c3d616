//! What `#[derive(Failure)]` writes: the two directions between an error and a history.

use derive_more::{Display, Error};
use sempre::{
    Failure,
    model::{self, ApplicationFailureInfo, FailureInfo},
};

/// Why nobody is greeted.
#[derive(Debug, Display, Error)]
pub(crate) enum GreetError {
    /// Trying again would not find a name either.
    #[display("nobody to greet")]
    Nameless,
}

impl Failure for GreetError {
    fn to_failure(&self) -> model::Failure {
        let Self::Nameless = self;
        let info = ApplicationFailureInfo {
            error_type: "Nameless".into(),
            non_retryable: true,
            ..Default::default()
        };
        model::Failure::new(self.to_string(), FailureInfo::Application(info))
    }

    fn from_failure(failure: &model::Failure) -> Option<Self> {
        match &failure.info {
            FailureInfo::Application(info) if info.error_type == "Nameless" => Some(Self::Nameless),
            _ => None,
        }
    }
}
