//! Every form of an error type.
#![deny(warnings, missing_docs)]

use derive_more::{Display, Error};
use sempre::{ApplicationFailure, Failure};

/// Variants of every shape.
#[derive(PartialEq, Debug, Display, Error, Failure)]
pub enum BillingError {
    /// Final, with a field.
    #[failure(non_retryable)]
    #[display("card declined: {reason}")]
    Declined {
        /// Why.
        reason: String,
    },
    /// With a name and a time of its own, and a cause.
    #[failure(name = "billing.unreachable", retry_after = "5s")]
    #[display("gateway unreachable")]
    Unreachable(#[failure(cause)] ApplicationFailure),
    /// Without names.
    #[display("{_0} and {_1:?}")]
    #[error(ignore)]
    Pair(u8, Option<u8>),
    /// Without fields, under a raw name.
    #[display("nothing is known")]
    r#Else,
}

/// A struct with fields.
#[derive(PartialEq, Debug, Display, Error, Failure)]
#[failure(name = "shop.closed", non_retryable)]
#[display("closed by {by}")]
pub struct Closed {
    /// Who did it.
    pub by: String,
    /// A name that generated code might want.
    pub __failure: u8,
    /// A word of the language.
    pub r#type: u8,
}

/// A struct without fields.
#[derive(PartialEq, Debug, Display, Error, Failure)]
#[display("gone")]
pub struct Gone;

/// Nothing at all.
#[derive(PartialEq, Debug, Display, Error, Failure)]
pub enum Never {}

#[track_caller]
fn check<E: Failure + PartialEq>(error: E) {
    assert_eq!(E::from_failure(&error.to_failure()), Some(error));
}

fn main() {
    check(BillingError::Declined {
        reason: "stolen".into(),
    });
    check(BillingError::Unreachable(ApplicationFailure::new(
        "no route", "Route",
    )));
    check(BillingError::Pair(1, None));
    check(BillingError::Else);
    check(Closed {
        by: "ada".into(),
        __failure: 1,
        r#type: 2,
    });
    check(Gone);
    assert_eq!(Never::from_failure(&Gone.to_failure()), None);
}
