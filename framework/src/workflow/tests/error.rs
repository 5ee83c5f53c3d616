//! Errors of workflow calls, there and back through a failure.

use super::fixture::GreetError;
use crate::{
    ActivityError, Canceled, Failure, WaitError,
    model::{self, ActivityFailureInfo, FailureInfo, Payloads, TimeoutType},
};

fn activity_failure(cause: model::Failure) -> model::Failure {
    let info = ActivityFailureInfo {
        activity_type: "greet".into(),
        ..Default::default()
    };
    model::Failure::new("activity failed", FailureInfo::Activity(info)).with_cause(cause)
}

#[test]
fn an_activity_error_keeps_the_whole_failure() {
    let away = GreetError { name: "Ada".into() };
    for cause in [
        away.to_failure(),
        model::Failure::timeout("too slow", TimeoutType::Heartbeat).with_cause(away.to_failure()),
        model::Failure::canceled("stopped", Payloads::EMPTY),
        model::Failure::application("broken", "Panic"),
    ] {
        let failure = activity_failure(cause);
        let error = ActivityError::<GreetError>::from_failure(&failure).unwrap();
        assert_eq!(error.to_failure(), failure);
        assert_eq!(error.activity().unwrap().activity_type.as_str(), "greet");
        assert_eq!(error.to_string(), failure.to_string());
    }
}

#[test]
fn an_application_error_can_be_taken_out() {
    let away = GreetError { name: "Ada".into() };
    let failure = activity_failure(away.to_failure());
    let error = ActivityError::<GreetError>::from_failure(&failure).unwrap();
    assert_eq!(error.into_application(), Ok(away));

    let canceled = activity_failure(Canceled::default().to_failure());
    let error = ActivityError::<GreetError>::from_failure(&canceled).unwrap();
    assert!(
        error
            .into_application()
            .is_err_and(|error| error.is_canceled())
    );
}

#[test]
fn a_failure_of_another_kind_is_no_activity_error() {
    let failure = model::Failure::application("broken", "Panic");
    assert_eq!(ActivityError::<GreetError>::from_failure(&failure), None);
    assert_eq!(Canceled::from_failure(&failure), None);
    assert_eq!(WaitError::from_failure(&failure), None);
}

#[test]
fn wait_errors_come_back_as_they_were() {
    for error in [
        WaitError::TimedOut,
        WaitError::Canceled(Canceled::new("late")),
    ] {
        assert_eq!(WaitError::from_failure(&error.to_failure()), Some(error));
    }
    assert!(WaitError::from(Canceled::default()).is_canceled());
    assert!(Canceled::default().to_failure().is_canceled());
}
