//! What `#[signal]` and `#[query]` write: a type per message, with its name and what it carries.

use sempre::definition::{Query, Signal};

use crate::workflow::Hello;

/// The signal that says who is there.
pub(crate) enum Introduce {}

impl Signal for Introduce {
    type Workflow = Hello;
    type Input = String;

    const NAME: &'static str = "introduce";
}

/// The query for who was introduced.
pub(crate) enum Who {}

impl Query for Who {
    type Workflow = Hello;
    type Input = ();
    type Output = Option<String>;

    const NAME: &'static str = "who";
}
