//! Tests of what `#[derive(Failure)]` writes.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use derive_more::{Display, Error};

use crate::{
    ApplicationFailure, Failure,
    model::{self, ApplicationFailureInfo, FailureInfo},
};

#[derive(PartialEq, Debug, Display, Error, Failure)]
enum BillingError {
    #[failure(non_retryable)]
    #[display("card declined: {reason}")]
    Declined { reason: String, code: Option<u16> },
    #[failure(name = "GatewayUnreachable", retry_after = "5s")]
    #[display("gateway unreachable")]
    Unreachable,
    #[display("{_0} is not {_1}")]
    #[error(ignore)]
    Mismatch(u32, u32),
    #[display("refund failed")]
    Refund {
        amount: u32,
        #[failure(cause)]
        source: ApplicationFailure,
    },
    #[display("limits exceeded")]
    #[error(ignore)]
    Limits(BTreeMap<(u8, u8), u8>),
}

#[derive(PartialEq, Debug, Display, Error, Failure)]
#[failure(non_retryable, name = "Closed")]
#[display("closed by {by}")]
struct ShopClosed {
    by: String,
}

#[derive(PartialEq, Debug, Display, Error, Failure)]
enum Never {}

fn info(failure: &model::Failure) -> &ApplicationFailureInfo {
    match &failure.info {
        FailureInfo::Application(info) => info,
        other => panic!("not an application failure: {other:?}"),
    }
}

#[track_caller]
fn check_round_trip<E: Failure + PartialEq>(error: &E, error_type: &str) -> model::Failure {
    let failure = error.to_failure();
    assert_eq!(failure.message, error.to_string());
    assert_eq!(info(&failure).error_type, error_type);
    assert_eq!(E::from_failure(&failure).as_ref(), Some(error));
    failure
}

#[test]
fn named_fields_are_a_json_object_in_the_details() {
    let error = BillingError::Declined {
        reason: "stolen".into(),
        code: Some(43),
    };
    let failure = check_round_trip(&error, "Declined");
    assert!(info(&failure).non_retryable);
    let details: serde_json::Value = info(&failure).details.decode().expect("it decodes");
    assert_eq!(
        details,
        serde_json::json!({ "reason": "stolen", "code": 43 })
    );
}

#[test]
fn unnamed_fields_are_named_by_their_position() {
    let failure = check_round_trip(&BillingError::Mismatch(1, 2), "Mismatch");
    let details: serde_json::Value = info(&failure).details.decode().expect("it decodes");
    assert_eq!(details, serde_json::json!({ "0": 1, "1": 2 }));
}

#[test]
fn a_variant_without_fields_has_no_details() {
    let failure = check_round_trip(&BillingError::Unreachable, "GatewayUnreachable");
    assert!(info(&failure).details.is_empty());
    assert!(!info(&failure).non_retryable);
    assert_eq!(
        info(&failure).next_retry_delay,
        Some(Duration::from_secs(5))
    );
}

#[test]
fn a_cause_is_the_cause_and_not_a_detail() {
    let source = ApplicationFailure::new("no funds", "NoFunds");
    let error = BillingError::Refund {
        amount: 5,
        source: source.clone(),
    };
    let failure = check_round_trip(&error, "Refund");
    assert_eq!(failure.cause.as_deref(), Some(&source.to_failure()));
    let details: serde_json::Value = info(&failure).details.decode().expect("it decodes");
    assert_eq!(details, serde_json::json!({ "amount": 5 }));
}

#[test]
fn a_struct_is_a_failure_of_its_own_name_or_the_given_one() {
    let failure = check_round_trip(&ShopClosed { by: "ada".into() }, "Closed");
    assert!(info(&failure).non_retryable);
}

#[test]
fn a_field_that_was_not_written_reads_as_null() {
    let mut failure = BillingError::Unreachable.to_failure();
    failure.info = FailureInfo::Application(ApplicationFailureInfo {
        error_type: "Declined".into(),
        details: model::Payloads::encode(&serde_json::json!({ "reason": "stolen" }))
            .expect("it encodes"),
        ..ApplicationFailureInfo::default()
    });
    let expected = BillingError::Declined {
        reason: "stolen".into(),
        code: None,
    };
    assert_eq!(BillingError::from_failure(&failure), Some(expected));
}

#[test]
fn a_failure_of_another_type_or_kind_is_not_recognized() {
    let foreign = model::Failure::application("who knows", "Foreign");
    assert_eq!(BillingError::from_failure(&foreign), None);
    let timeout = model::Failure::timeout("too late", model::TimeoutType::StartToClose);
    assert_eq!(BillingError::from_failure(&timeout), None);
    let incomplete = model::Failure::application("card declined", "Declined");
    assert_eq!(BillingError::from_failure(&incomplete), None);
    assert_eq!(Never::from_failure(&foreign), None);
    assert_eq!(Infallible::from_failure(&foreign), None);
}

#[test]
fn an_error_that_cannot_be_written_keeps_its_message_and_type() {
    let error = BillingError::Limits(BTreeMap::from([((1, 2), 3)]));
    let failure = error.to_failure();
    assert_eq!(failure.message, "limits exceeded");
    assert_eq!(info(&failure).error_type, "Limits");
    assert_eq!(BillingError::from_failure(&failure), None);
}
