//! What an activity is called and what goes in and out of it.

use serde::{Serialize, de::DeserializeOwned};

use crate::{definition::Failure, model::ActivityOptions};

/// An activity as its callers see it: a name, its types and its default options.
///
/// Written by `#[activity]`, for a type that stands for the function.
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

/// What names an activity in a call: a value of its type, or the function that `#[activity]`
/// leaves in the place of its own.
///
/// `Form` tells the two apart; it is inferred. Nobody needs to implement it: an [`Activity`] names
/// itself.
///
/// # Examples
/// ```
/// use sempre::{activity, definition::{Activity, NamesActivity}};
///
/// #[activity(start_to_close = "10s")]
/// async fn greet(name: String) -> String { name }
///
/// fn type_of<A: NamesActivity<Form>, Form>(_: A) -> &'static str { A::Activity::TYPE }
///
/// assert_eq!(type_of(greet), "greet");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activity",
    label = "not an activity",
    note = "a function is marked with `#[activity]`, and an impl block also with `#[activities]`"
)]
pub trait NamesActivity<Form> {
    /// The activity.
    type Activity: Activity;
}

/// Says that something is named by a value of its type.
#[derive(Clone, Copy, Debug)]
pub struct ByValue;

/// Says that something is named by the function that makes such a value.
///
/// A function, unlike a unit struct or a constant, gives way to a variable of the same name.
#[derive(Clone, Copy, Debug)]
pub struct ByFunction;

impl<A: Activity> NamesActivity<ByValue> for A {
    type Activity = A;
}

impl<F: FnOnce() -> A, A: Activity> NamesActivity<ByFunction> for F {
    type Activity = A;
}
