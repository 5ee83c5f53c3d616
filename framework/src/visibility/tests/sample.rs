//! Runs and fields to try filters on.

use std::{borrow::Cow, collections::BTreeMap};

use crate::visibility::{FieldValue, Fields, Schema, ValueType};

/// The fields of every run, and one of each type that no run has by itself.
pub(super) fn schema() -> Schema {
    Schema::system()
        .and("CB", ValueType::Bool)
        .and("CD", ValueType::Double)
        .and("CDT", ValueType::Datetime)
        .and("CI", ValueType::Int)
        .and("CK", ValueType::Keyword)
        .and("CKL", ValueType::KeywordList)
        .and("CT", ValueType::Text)
        .and("TemporalNamespaceDivision", ValueType::Keyword)
        .and("TemporalReportedProblems", ValueType::KeywordList)
}

/// A run with these values.
#[derive(Default)]
pub(super) struct Run(pub(super) BTreeMap<String, FieldValue<'static>>);

impl Run {
    pub(super) fn and(mut self, name: &str, value: FieldValue<'static>) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}

impl Fields for Run {
    fn field(&self, name: &str) -> Option<FieldValue<'_>> {
        self.0.get(name).cloned()
    }
}

pub(super) fn text(text: &str) -> FieldValue<'static> {
    FieldValue::Text(Cow::Owned(text.to_owned()))
}

pub(super) fn list(keywords: &[&str]) -> FieldValue<'static> {
    let keywords = keywords.iter().map(|it| (*it).to_owned());
    FieldValue::List(Cow::Owned(keywords.collect()))
}

/// A point in time as a filter compares it.
pub(super) fn time(text: &str) -> FieldValue<'static> {
    let time: jiff::Timestamp = text.parse().expect("a time");
    FieldValue::Int(time.as_nanosecond())
}
