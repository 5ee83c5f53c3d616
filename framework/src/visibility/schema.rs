//! The fields that a filter can name, and of which type their values are.

use std::collections::BTreeMap;

use derive_more::Display;

use crate::model::{SearchAttributeSchema, SearchAttributeType};

/// The type of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
pub(crate) enum ValueType {
    /// A text that is compared as a whole.
    Keyword,
    /// A text that is searched by its words.
    Text,
    /// A whole number.
    Int,
    /// A number.
    Double,
    /// Yes or no.
    Bool,
    /// A point in time.
    Datetime,
    /// Several keywords.
    KeywordList,
    /// How a run stands; a number that has names.
    #[display("ExecutionStatus")]
    Status,
    /// A length of time.
    Duration,
}

impl From<SearchAttributeType> for ValueType {
    fn from(value_type: SearchAttributeType) -> Self {
        match value_type {
            SearchAttributeType::Text => Self::Text,
            SearchAttributeType::Keyword => Self::Keyword,
            SearchAttributeType::Int => Self::Int,
            SearchAttributeType::Double => Self::Double,
            SearchAttributeType::Bool => Self::Bool,
            SearchAttributeType::Datetime => Self::Datetime,
            SearchAttributeType::KeywordList => Self::KeywordList,
        }
    }
}

/// The fields there are.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Schema {
    types: BTreeMap<&'static str, ValueType>,
}

/// The fields that every run has, with Temporal's names but for the version, which is its
/// `TemporalWorkerDeploymentVersion` as a number.
const SYSTEM: [(&str, ValueType); 17] = [
    ("CloseTime", ValueType::Datetime),
    ("ExecutionDuration", ValueType::Duration),
    ("ExecutionStatus", ValueType::Status),
    ("ExecutionTime", ValueType::Datetime),
    ("HistoryLength", ValueType::Int),
    ("HistorySizeBytes", ValueType::Int),
    ("ParentRunId", ValueType::Keyword),
    ("ParentWorkflowId", ValueType::Keyword),
    ("RootRunId", ValueType::Keyword),
    ("RootWorkflowId", ValueType::Keyword),
    ("RunId", ValueType::Keyword),
    ("StartTime", ValueType::Datetime),
    ("StateTransitionCount", ValueType::Int),
    ("TaskQueue", ValueType::Keyword),
    ("WorkflowId", ValueType::Keyword),
    ("WorkflowType", ValueType::Keyword),
    ("WorkflowVersion", ValueType::Int),
];

impl Schema {
    /// The fields that every run has.
    pub(crate) fn system() -> Self {
        Self {
            types: SYSTEM.into_iter().collect(),
        }
    }

    /// The fields that every run has, and the search attributes that runs may have.
    pub(crate) fn with(attributes: &SearchAttributeSchema) -> Self {
        let mut schema = Self::system();
        let attributes = attributes.iter().map(|(name, it)| (name, it.into()));
        schema.types.extend(attributes);
        schema
    }

    /// Whether every run has a field of this name.
    pub(crate) fn is_system_field(name: &str) -> bool {
        SYSTEM.iter().any(|(known, _)| *known == name)
    }

    /// The same with one more field.
    #[cfg(test)]
    pub(super) fn and(mut self, name: &'static str, value_type: ValueType) -> Self {
        self.types.insert(name, value_type);
        self
    }

    /// The field of this name, and its type.
    pub(super) fn field(&self, name: &str) -> Option<(&'static str, ValueType)> {
        let found = self.types.get_key_value(name);
        found.map(|(name, value_type)| (*name, *value_type))
    }

    /// The name that comes closest to one that is not known.
    pub(super) fn nearest(&self, name: &str) -> Option<&'static str> {
        nearest(name, self.types.keys().copied())
    }
}

/// The name among these that comes closest to one that is not known, if it can be meant.
pub(crate) fn nearest<N: AsRef<str>>(name: &str, known: impl Iterator<Item = N>) -> Option<N> {
    let lower = name.to_lowercase();
    let alike = |known: &str| strsim::jaro_winkler(&known.to_lowercase(), &lower);
    let best = known.map(|known| (alike(known.as_ref()), known));
    let (similarity, known) = best.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (similarity >= SIMILARITY_MIN).then_some(known)
}

/// Below this a name is no misspelling of another one.
const SIMILARITY_MIN: f64 = 0.85;
