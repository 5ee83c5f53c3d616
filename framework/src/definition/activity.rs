//! What an activity is called and what goes in and out of it.

use serde::{Serialize, de::DeserializeOwned};

use crate::{definition::Failure, model::ActivityOptions};

/// An activity as its callers see it: a name, its types and its default options.
///
/// Written by `#[activity]`, for a type that stands for the function: `ctx.activity(greet, name)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activity",
    note = "a function is marked with `#[activity]`, and an impl block also with `#[activities]`"
)]
pub trait Activity: 'static {
    /// Its argument; `()` if it takes none.
    type Input: Serialize + DeserializeOwned + 'static;
    /// What it returns.
    type Output: Serialize + DeserializeOwned + 'static;
    /// What it fails with; [`Infallible`](std::convert::Infallible) if it cannot fail.
    type Error: Failure;

    /// The activity type, as it stands in histories.
    const TYPE: &'static str;

    /// The options that hold where a call does not say otherwise.
    fn options() -> ActivityOptions;
}
