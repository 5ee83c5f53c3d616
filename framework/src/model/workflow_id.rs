//! What users call an execution, and the namespace in which they do.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::Namespace;

/// Stands before and behind the name of a namespace in what is kept of an id. No name has it.
const MARK: char = '\0';

/// Names a workflow execution for its users; unique among the open executions of a namespace.
///
/// An id that is made of a text says nothing of a namespace: it means an execution of the one that it
/// is given to. An id that comes from the engine, in a list or a description, knows its namespace, and
/// two that are alike in different namespaces are not equal. The text, which is all that people and
/// other programs are shown, is that of the id alone.
///
/// A cheap clone. At most 1,000 bytes once it enters the engine.
///
/// # Examples
/// ```
/// use sempre::model::{Namespace, WorkflowId};
///
/// let order = WorkflowId::from("order-42");
/// let billed = order.clone().within(&Namespace::from("billing"));
/// assert_eq!(billed.as_str(), "order-42");
/// assert_eq!(billed.namespace().as_str(), "billing");
/// assert_ne!(order, billed);
/// assert_eq!(order.namespace(), Namespace::default());
/// ```
// What is kept of it: the id alone in the default namespace, so that stores without others look as
// they always did; elsewhere the namespace between two marks, and the id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkflowId(Arc<str>);

impl WorkflowId {
    /// The id from its text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        // Nobody gets into another namespace by what an id looks like.
        if text.starts_with(MARK) {
            return Self::joined("", &text);
        }
        Self(text)
    }

    fn joined(namespace: &str, text: &str) -> Self {
        Self(format!("{MARK}{namespace}{MARK}{text}").into())
    }

    /// The id as text, without its namespace.
    pub fn as_str(&self) -> &str {
        self.split().1
    }

    /// The namespace of the execution; the default one of an id that was made of a text.
    pub fn namespace(&self) -> Namespace {
        let named = self.namespace_name();
        named.map_or_else(Namespace::default, Namespace::from)
    }

    /// The name of its namespace; `None` if that is the default one.
    pub(crate) fn namespace_name(&self) -> Option<&str> {
        self.split().0
    }

    /// Whether the execution is one of this namespace.
    pub fn is_in(&self, namespace: &Namespace) -> bool {
        match self.namespace_name() {
            Some(own) => own == namespace.as_str(),
            None => namespace.is_default(),
        }
    }

    /// The same id in this namespace, unless it knows one already.
    ///
    /// Whether there is such a namespace is looked at where the id is used: a start in one that nobody
    /// has declared is refused.
    #[must_use]
    pub fn within(self, namespace: &Namespace) -> Self {
        if namespace.is_default() || self.namespace_name().is_some() {
            return self;
        }
        Self::joined(namespace.as_str(), self.as_str())
    }

    /// The same id in the namespace of this one, unless it knows one already.
    #[must_use]
    pub(crate) fn beside(self, other: &Self) -> Self {
        match other.namespace_name() {
            Some(name) => self.within(&Namespace::from(name)),
            None => self,
        }
    }

    /// What is kept of it: with its namespace, if that is not the default one.
    pub(crate) fn as_kept(&self) -> &str {
        &self.0
    }

    /// The id of which this is kept.
    pub(crate) fn from_kept(kept: impl Into<Arc<str>>) -> Self {
        Self(kept.into())
    }

    /// The name of the namespace, if it has one, and the id.
    fn split(&self) -> (Option<&str>, &str) {
        let marked = self.0.strip_prefix(MARK);
        match marked.and_then(|rest| rest.split_once(MARK)) {
            Some((namespace, id)) => ((!namespace.is_empty()).then_some(namespace), id),
            None => (None, &self.0),
        }
    }
}

impl AsRef<str> for WorkflowId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Default for WorkflowId {
    fn default() -> Self {
        Self::from("")
    }
}

impl From<&str> for WorkflowId {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&String> for WorkflowId {
    fn from(text: &String) -> Self {
        Self::new(text.as_str())
    }
}

impl From<String> for WorkflowId {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for WorkflowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for WorkflowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())?;
        match self.namespace_name() {
            Some(namespace) => write!(f, " in {namespace:?}"),
            None => Ok(()),
        }
    }
}

/// Where people and other programs read it, it is the id alone; what the engine keeps, says both.
impl Serialize for WorkflowId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(self.as_str())
        } else {
            serializer.serialize_str(self.as_kept())
        }
    }
}

impl<'de> Deserialize<'de> for WorkflowId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Ok(Self::new(Arc::<str>::deserialize(deserializer)?))
        } else {
            Ok(Self::from_kept(Arc::<str>::deserialize(deserializer)?))
        }
    }
}
