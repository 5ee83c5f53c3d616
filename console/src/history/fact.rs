//! What an event says, value by value.

use std::{borrow::Cow, time::Duration};

use sempre::{
    Timestamp,
    model::{EventId, Failure, Payload, Payloads, Priority, WorkflowExecution},
};

/// A value that an event has.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Fact<'h> {
    Text(Cow<'h, str>),
    Number(u64),
    Time(Timestamp),
    Duration(Duration),
    /// Another event of the same history.
    Event(EventId),
    /// Another run.
    Run(&'h WorkflowExecution),
    Payloads(&'h Payloads),
    Payload(&'h Payload),
    Failure(&'h Failure),
}

/// The values of an event by their names; those that say nothing are left out.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Facts<'h>(pub(crate) Vec<(Cow<'h, str>, Fact<'h>)>);

impl<'h> Facts<'h> {
    fn add(mut self, name: &'static str, fact: Fact<'h>) -> Self {
        self.0.push((Cow::Borrowed(name), fact));
        self
    }

    pub(super) fn text(self, name: &'static str, text: &'h (impl AsRef<str> + ?Sized)) -> Self {
        match text.as_ref() {
            "" => self,
            text => self.add(name, Fact::Text(Cow::Borrowed(text))),
        }
    }

    /// A word that says nothing where it is the first one of its kind.
    pub(super) fn word(self, name: &'static str, word: &impl ToString) -> Self {
        let word = word.to_string();
        match word.as_str() {
            "UNSPECIFIED" | "" => self,
            _ => self.add(name, Fact::Text(Cow::Owned(word))),
        }
    }

    pub(super) fn number(self, name: &'static str, number: impl Into<u64>) -> Self {
        match number.into() {
            0 => self,
            number => self.add(name, Fact::Number(number)),
        }
    }

    pub(super) fn time(self, name: &'static str, time: Option<Timestamp>) -> Self {
        match time {
            None => self,
            Some(time) => self.add(name, Fact::Time(time)),
        }
    }

    pub(super) fn duration(self, name: &'static str, duration: Duration) -> Self {
        if duration.is_zero() {
            return self;
        }
        self.add(name, Fact::Duration(duration))
    }

    pub(super) fn event(self, name: &'static str, event: EventId) -> Self {
        if event == EventId::NONE {
            return self;
        }
        self.add(name, Fact::Event(event))
    }

    pub(super) fn run(self, name: &'static str, run: Option<&'h WorkflowExecution>) -> Self {
        match run {
            Some(run) if !run.workflow_id.as_str().is_empty() => self.add(name, Fact::Run(run)),
            _ => self,
        }
    }

    pub(super) fn payloads(self, name: &'static str, payloads: &'h Payloads) -> Self {
        if payloads.is_empty() {
            return self;
        }
        self.add(name, Fact::Payloads(payloads))
    }

    pub(super) fn failure(self, name: &'static str, failure: Option<&'h Failure>) -> Self {
        match failure {
            None => self,
            Some(failure) => self.add(name, Fact::Failure(failure)),
        }
    }

    pub(super) fn priority(self, priority: Option<&'h Priority>) -> Self {
        let Some(it) = priority else {
            return self;
        };
        let facts = self
            .number("priority", it.priority_key)
            .text("fairness key", &it.fairness_key);
        if it.fairness_weight > 0.0 {
            return facts.word("fairness weight", &it.fairness_weight);
        }
        facts
    }

    /// Payloads that have names of their own, after that of what they belong to.
    pub(super) fn named(
        mut self,
        of: &'static str,
        values: impl Iterator<Item = (&'h str, &'h Payload)>,
    ) -> Self {
        let values = values.map(|(name, value)| {
            let name = format!("{of}.{name}");
            (Cow::Owned(name), Fact::Payload(value))
        });
        self.0.extend(values);
        self
    }
}
