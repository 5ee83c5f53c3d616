//! What the errors of schedules say about whether a request has taken effect.

use crate::{
    client::{RequestError, RequestOutcome, UpdateError},
    model::ExecutionStatus,
    schedule::{ScheduleError, scheduler::ChangeError},
};

#[test]
fn a_change_that_may_have_been_made_is_not_said_not_to_be() {
    let accepted = UpdateError::Accepted {
        source: RequestError::Unavailable {
            reason: "the engine is shutting down".to_owned(),
        },
        update_id: "change".into(),
    };
    let lost = UpdateError::Unknown {
        reason: "the thread is lost".to_owned(),
        update_id: "change".into(),
    };
    for error in [accepted, lost, UpdateError::Unfinished] {
        let error = ScheduleError::of_change("nightly", error);
        assert_eq!(error.outcome(), RequestOutcome::Unknown, "{error}");
    }
}

#[test]
fn a_change_that_was_refused_says_why() {
    let refused = |error| ScheduleError::of_change("nightly", error);
    let conflict = refused(UpdateError::Rejected(ChangeError::Conflict));
    assert_eq!(conflict, ScheduleError::Conflict);
    let status = ExecutionStatus::Terminated;
    let deleted = refused(UpdateError::Closed { status });
    assert!(matches!(deleted, ScheduleError::NotFound { .. }));
    let unavailable = refused(UpdateError::Request(RequestError::Unavailable {
        reason: "the engine is shutting down".to_owned(),
    }));
    for error in [conflict, deleted, unavailable] {
        assert_eq!(error.outcome(), RequestOutcome::NotDone, "{error}");
    }
}
