//! What a failure says beside its message.

use sempre::model::{Failure, FailureInfo, Payloads};

/// The type of an error, or the kind of failure that it is.
pub(crate) fn failure_type(failure: &Failure) -> String {
    match &failure.info {
        FailureInfo::Application(it) => it.error_type.clone(),
        FailureInfo::Timeout(it) => format!("Timeout {}", it.timeout_type),
        FailureInfo::Canceled(_) => "Canceled".to_owned(),
        FailureInfo::Terminated(_) => "Terminated".to_owned(),
        FailureInfo::Server(_) => "Engine".to_owned(),
        FailureInfo::Activity(it) => format!("Activity {}", it.activity_type),
        FailureInfo::ChildWorkflow(it) => format!("Child {}", it.workflow_type),
        _ => String::new(),
    }
}

/// The details of a failure, if it has some.
pub(crate) fn failure_details(failure: &Failure) -> Option<&Payloads> {
    let details = match &failure.info {
        FailureInfo::Application(it) => &it.details,
        FailureInfo::Canceled(it) => &it.details,
        FailureInfo::Timeout(it) => &it.last_heartbeat_details,
        _ => return None,
    };
    Some(details).filter(|it| !it.is_empty())
}
