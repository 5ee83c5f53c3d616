//! Which search attributes an engine knows, and of which types they are.

use std::{collections::BTreeMap, sync::Arc};

use crate::model::SearchAttributeType;

/// The attribute that holds the patches of a run, as Temporal's SDKs write it.
pub const CHANGE_VERSION: &str = "TemporalChangeVersion";

/// Attributes that Temporal defines, and that every engine knows.
const PREDEFINED: [(&str, SearchAttributeType); 8] = [
    ("BatcherUser", SearchAttributeType::Keyword),
    ("BuildIds", SearchAttributeType::KeywordList),
    (CHANGE_VERSION, SearchAttributeType::KeywordList),
    ("TemporalNamespaceDivision", SearchAttributeType::Keyword),
    ("TemporalReportedProblems", SearchAttributeType::KeywordList),
    ("TemporalScheduledById", SearchAttributeType::Keyword),
    ("TemporalScheduledStartTime", SearchAttributeType::Datetime),
    ("TemporalSchedulePaused", SearchAttributeType::Bool),
];

/// The search attributes that an engine knows. A cheap clone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SearchAttributeSchema {
    declared: Arc<BTreeMap<&'static str, SearchAttributeType>>,
}

impl SearchAttributeSchema {
    /// Declares an attribute; says whether it was known before, under whatever type.
    pub fn declare(&mut self, name: &'static str, value_type: SearchAttributeType) -> bool {
        let known = self.value_type(name).is_some();
        Arc::make_mut(&mut self.declared).insert(name, value_type);
        known
    }

    /// The type of the attribute of this name, if it is known.
    pub fn value_type(&self, name: &str) -> Option<SearchAttributeType> {
        self.declared.get(name).copied().or_else(|| {
            let mut predefined = PREDEFINED.iter();
            predefined.find(|(known, _)| *known == name).map(|it| it.1)
        })
    }

    /// All attributes that are known.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, SearchAttributeType)> {
        let declared = self.declared.iter().map(|(name, it)| (*name, *it));
        PREDEFINED.into_iter().chain(declared)
    }
}
