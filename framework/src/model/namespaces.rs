//! What is said of the namespaces of a store.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::model::{Namespace, Retention, SearchAttributeSchema, WorkflowId};

/// What holds for the executions of a namespace.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NamespaceRules {
    /// How long closed runs are kept.
    pub retention: Retention,
    /// The search attributes that there are.
    pub schema: SearchAttributeSchema,
    /// The requests of callers that may be under way at once; `None` for as many as in the engine.
    pub max_requests: Option<usize>,
}

/// What is said of the namespaces of a store. A cheap clone.
///
/// Of one that nobody has declared, closed runs are kept for ever: it may have been forgotten.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Namespaces(Arc<Said>);

#[derive(PartialEq, Eq, Debug, Default)]
struct Said {
    default: NamespaceRules,
    declared: BTreeMap<Namespace, NamespaceRules>,
    undeclared: NamespaceRules,
}

impl Namespaces {
    /// The default namespace with these rules, and the others that are declared.
    pub fn new(default: NamespaceRules, declared: BTreeMap<Namespace, NamespaceRules>) -> Self {
        let undeclared = NamespaceRules {
            schema: default.schema.clone(),
            ..NamespaceRules::default()
        };
        Self(Arc::new(Said {
            default,
            declared,
            undeclared,
        }))
    }

    /// The namespaces that there are: the default one, and those that are declared.
    pub fn names(&self) -> impl Iterator<Item = Namespace> {
        let declared = self.0.declared.keys().cloned();
        std::iter::once(Namespace::default()).chain(declared)
    }

    /// What holds in this namespace; `None` if nobody has declared it.
    pub fn get(&self, namespace: &Namespace) -> Option<&NamespaceRules> {
        if namespace.is_default() {
            return Some(&self.0.default);
        }
        self.0.declared.get(namespace)
    }

    /// Whether the namespace of this execution is one that there is.
    pub fn have(&self, workflow_id: &WorkflowId) -> bool {
        let name = workflow_id.namespace_name();
        name.is_none_or(|name| self.0.declared.contains_key(name))
    }

    /// What holds for this execution.
    pub fn of(&self, workflow_id: &WorkflowId) -> &NamespaceRules {
        match workflow_id.namespace_name() {
            None => &self.0.default,
            Some(name) => self.0.declared.get(name).unwrap_or(&self.0.undeclared),
        }
    }

    /// What holds in this namespace, whether or not it is declared.
    pub fn rules(&self, namespace: &Namespace) -> &NamespaceRules {
        self.get(namespace).unwrap_or(&self.0.undeclared)
    }

    /// The shortest time for which closed runs of any namespace are kept; `None` if all are for ever.
    pub fn shortest_retention(&self) -> Option<Duration> {
        let all = self.0.declared.values().chain([&self.0.default]);
        all.filter_map(|rules| rules.retention.shortest()).min()
    }
}
