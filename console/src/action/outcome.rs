//! What came of an action.

use serde_json::Value;

use crate::fields::link;

/// What came of an action.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct ActionOutcome {
    /// What was done, for people.
    pub(crate) said: String,
    /// What there is to tell programs, or people if they asked for it.
    pub(crate) answer: Option<Value>,
    /// Whether people asked for the answer; else they are shown the next page at once.
    pub(crate) is_asked_for: bool,
    /// The page to go on with.
    pub(crate) next: String,
}

impl ActionOutcome {
    /// That something was done to a run.
    pub(crate) fn of_run(workflow_id: &str, run: &str, said: impl Into<String>) -> Self {
        let said = said.into();
        let fields = [("id", workflow_id), ("run", run), ("done", &said)];
        Self {
            next: link("run", &fields),
            said,
            answer: None,
            is_asked_for: false,
        }
    }

    /// That something was done, and this page shows it.
    pub(crate) fn at(page: &str, fields: &[(&str, &str)], said: impl Into<String>) -> Self {
        let said = said.into();
        let mut fields = fields.to_vec();
        fields.push(("done", &said));
        Self {
            next: link(page, &fields),
            said,
            answer: None,
            is_asked_for: false,
        }
    }
}
