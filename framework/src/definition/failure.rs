//! Errors of user code that survive a crash as the type they were.

use std::convert::Infallible;

use crate::{definition::FailureTypes, model};

/// A user's error that can be written to a history and read back as the same type.
///
/// Written by `#[derive(Failure)]`; its message is its `Display`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a failure that can be read back from a history",
    label = "this error cannot be read back",
    note = "an error type of your own is marked with `#[derive(Failure)]`",
    note = "for any other error, such as `anyhow::Error` or `std::io::Error`, return \
            `ApplicationFailure` and write `.or_failure(\"Type\")?` where it arises (`use sempre::OrFailure`)"
)]
pub trait Failure: std::error::Error + Sized + 'static {
    /// The failure that stands for this error in a history.
    fn to_failure(&self) -> model::Failure;

    /// The error that a recorded failure stands for; `None` if it was not written by this type.
    fn from_failure(failure: &model::Failure) -> Option<Self>;

    /// Says which types its failures have, so that an engine can refuse two errors with one type.
    ///
    /// Says nothing unless it is written, as `#[derive(Failure)]` does.
    fn declare_types(types: &mut FailureTypes) {
        let _ = types;
    }
}

impl Failure for Infallible {
    fn to_failure(&self) -> model::Failure {
        match *self {}
    }

    fn from_failure(_: &model::Failure) -> Option<Self> {
        None
    }
}
