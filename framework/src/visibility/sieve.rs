//! What a filter says of the few things that a roster keeps of each run.
//!
//! A sieve lets every run pass that its filter lets pass, and some more; those are told apart by the
//! filter. It is *exact* if there are none.

use std::ops::RangeInclusive;

use crate::{
    model::{CHANGE_VERSION, ExecutionStatus},
    visibility::{
        FieldValue, Filter, ValueType,
        evaluate::{Predicate, test},
        literal::Value,
        roster::mark_of,
        syntax::{Condition, Operator},
    },
};

/// A part of what a filter says.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Sieve {
    /// None lets every run pass.
    pub(super) mesh: Option<Mesh>,
    is_exact: bool,
}

/// A condition on what a roster keeps of a run.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Mesh {
    All(Vec<Self>),
    Any(Vec<Self>),
    /// Invariant: of what is exact only.
    Not(Box<Self>),
    /// By the number of the status.
    Status([bool; STATUSES]),
    Type(Condition<Value>),
    Id(Condition<Value>),
    /// In nanoseconds since 1970.
    Started(RangeInclusive<u64>),
    /// The run has one of these marks.
    Marked(Vec<u32>),
}

/// Numbers that statuses have.
const STATUSES: usize = 9;

impl Sieve {
    /// One that lets every run pass, and says of none that it does.
    pub(crate) fn open() -> Self {
        Self {
            mesh: None,
            is_exact: false,
        }
    }

    /// One for the runs that the ways of patches are about: those that are open, and those that have a
    /// patch.
    pub(crate) fn of_patches() -> Self {
        let is_open = |number| status(number).is_some_and(ExecutionStatus::is_open);
        let open = Mesh::Status(std::array::from_fn(is_open));
        let patched = Mesh::Marked(vec![mark_of(CHANGE_VERSION, None)]);
        Self {
            mesh: Some(Mesh::Any(vec![open, patched])),
            is_exact: false,
        }
    }

    /// What a roster can say of this filter.
    pub(crate) fn of(filter: &Filter) -> Self {
        match &filter.predicate {
            Some(predicate) => sieve(predicate),
            None => Self {
                mesh: None,
                is_exact: true,
            },
        }
    }

    /// Whether it lets those runs pass that the filter lets pass, and no others.
    pub(crate) fn is_exact(&self) -> bool {
        self.is_exact
    }

    /// Whether there may be a run that it does not let pass.
    pub(crate) fn may_refuse(&self) -> bool {
        self.mesh.is_some()
    }

    fn exact(mesh: Mesh) -> Self {
        Self {
            mesh: Some(mesh),
            is_exact: true,
        }
    }

    fn marked(marks: Vec<u32>) -> Self {
        Self {
            mesh: Some(Mesh::Marked(marks)),
            is_exact: false,
        }
    }
}

fn sieve(predicate: &Predicate) -> Sieve {
    match predicate {
        Predicate::All(inner) => {
            let inner: Vec<_> = inner.iter().map(sieve).collect();
            let is_exact = inner.iter().all(Sieve::is_exact);
            let meshes: Vec<_> = inner.into_iter().filter_map(|it| it.mesh).collect();
            Sieve {
                mesh: (!meshes.is_empty()).then_some(Mesh::All(meshes)),
                is_exact,
            }
        }
        Predicate::Any(inner) => {
            let inner: Vec<_> = inner.iter().map(sieve).collect();
            let is_exact = inner.iter().all(Sieve::is_exact);
            let meshes: Option<Vec<_>> = inner.into_iter().map(|it| it.mesh).collect();
            Sieve {
                mesh: meshes.map(Mesh::Any),
                is_exact,
            }
        }
        Predicate::Not(inner) => {
            let inner = sieve(inner);
            match inner.mesh {
                Some(mesh) if inner.is_exact => Sieve::exact(Mesh::Not(Box::new(mesh))),
                _ => Sieve::open(),
            }
        }
        Predicate::Test {
            field,
            value_type,
            condition,
        } => match *field {
            "ExecutionStatus" => Sieve::exact(Mesh::Status(std::array::from_fn(|number| {
                let number = i128::try_from(number).unwrap_or_default();
                test_known(condition, &FieldValue::Int(number))
            }))),
            "WorkflowType" => Sieve::exact(Mesh::Type(condition.clone())),
            "WorkflowId" => Sieve::exact(Mesh::Id(condition.clone())),
            "StartTime" | "ExecutionTime" => started(condition),
            field if is_marked(field) => marked(field, *value_type, condition),
            _ => Sieve::open(),
        },
    }
}

/// What is said of a value that every run has.
pub(super) fn test_known(condition: &Condition<Value>, value: &FieldValue<'_>) -> bool {
    match condition {
        Condition::IsNull { negated } => *negated,
        condition => test(condition, value) == Some(true),
    }
}

fn status(number: usize) -> Option<ExecutionStatus> {
    let mut all = ExecutionStatus::ALL.iter().copied();
    all.find(|status| usize::from(status.number()) == number)
}

/// A condition on the start, if it is that of a range.
fn started(condition: &Condition<Value>) -> Sieve {
    let range = match condition {
        Condition::Compare(operator, Value::Int(time)) => match operator {
            Operator::Equal => Some((*time, *time)),
            Operator::Less => Some((0, *time - 1)),
            Operator::LessOrEqual => Some((0, *time)),
            Operator::Greater => Some((*time + 1, u64::MAX.into())),
            Operator::GreaterOrEqual => Some((*time, u64::MAX.into())),
            Operator::NotEqual => None,
        },
        Condition::Between {
            low: Value::Int(low),
            high: Value::Int(high),
            negated: false,
        } => Some((*low, *high)),
        _ => None,
    };
    let Some((low, high)) = range else {
        return Sieve::open();
    };
    // What cannot be told in this range holds for no run, as one that is empty.
    let low = u64::try_from(low.max(0)).unwrap_or(u64::MAX);
    let range = match u64::try_from(high) {
        Ok(high) => low..=high,
        Err(_) if high < 0 => RangeInclusive::new(1, 0),
        Err(_) => low..=u64::MAX,
    };
    Sieve::exact(Mesh::Started(range))
}

/// Whether runs that have a value of this field have a mark.
fn is_marked(field: &str) -> bool {
    field == PARENT || !crate::visibility::Schema::is_system_field(field)
}

/// The field of which runs that have a parent have a mark.
pub(super) const PARENT: &str = "ParentWorkflowId";

/// A condition on what runs are marked by.
fn marked(field: &str, value_type: ValueType, condition: &Condition<Value>) -> Sieve {
    let any = || Sieve::marked(vec![mark_of(field, None)]);
    let is_keyword = matches!(value_type, ValueType::Keyword | ValueType::KeywordList);
    let is_set = matches!(value_type, ValueType::Text | ValueType::KeywordList);
    let of = |value: &Value| match value {
        Value::Text(text) => Some(mark_of(field, Some(text))),
        _ => None,
    };
    match condition {
        Condition::IsNull { negated: false } => Sieve::open(),
        Condition::Compare(Operator::Equal, value) if is_keyword => {
            of(value).map_or_else(any, |mark| Sieve::marked(vec![mark]))
        }
        Condition::In {
            values,
            negated: false,
        } if is_keyword => {
            let marks: Option<Vec<_>> = values.iter().map(of).collect();
            marks.map_or_else(any, Sieve::marked)
        }
        // A list or a text that is missing differs from everything.
        Condition::Compare(Operator::NotEqual, _) | Condition::In { negated: true, .. }
            if is_set =>
        {
            Sieve::open()
        }
        _ => any(),
    }
}
