//! The fields of events, in sempre's types and in Temporal's.
//!
//! A value that sempre's type cannot hold is an error where it would change what the history
//! means. Where it only describes, the nearest thing is taken: an unknown cause reads as
//! `Unspecified`, a kind of failure without a model as an application failure named after it.
//!
//! Absent on purpose: which field is which attribute; see `event`.

mod execution;
mod failure;
mod name;
mod payload;
mod property;
mod scalar;
mod time;
mod version;

use derive_more::Display;

/// What is wrong with the value of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// A field of sempre's that is a `P` in Temporal's messages.
pub(crate) trait Field<P>: Sized {
    /// The field in Temporal's message.
    fn to_field(&self) -> P;

    /// The field from Temporal's message.
    fn from_field(field: &P) -> Result<Self, Malformed>;
}
