//! What came of an action, and where to go then.

use serde_json::Value;

use crate::{fields::link, visit::Visit};

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
    next: &'static str,
    /// What that page is asked for by.
    fields: Vec<(&'static str, String)>,
}

impl ActionOutcome {
    /// That something was done to a run.
    pub(crate) fn of_run(workflow_id: &str, run: &str, said: impl Into<String>) -> Self {
        Self::at("run", &[("id", workflow_id), ("run", run)], said)
    }

    /// That something was done, and this page shows it.
    pub(crate) fn at(
        next: &'static str,
        fields: &[(&'static str, &str)],
        said: impl Into<String>,
    ) -> Self {
        let fields = fields
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Self {
            said: said.into(),
            answer: None,
            is_asked_for: false,
            next,
            fields: fields.collect(),
        }
    }

    /// The way to the page to go on with, which says what was done. That is sealed, so that no link
    /// of somebody else can have the page say something.
    pub(crate) fn next(&self, visit: &Visit) -> String {
        let csrf = &visit.console.shared.csrf;
        let seal = visit.who.as_ref().map(|who| csrf.seal(who, &self.said));
        let fields = self.fields.iter();
        let mut fields: Vec<_> = fields
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        if let Some(seal) = &seal {
            fields.extend([("done", self.said.as_str()), ("seal", seal)]);
        }
        link(self.next, &fields)
    }
}
