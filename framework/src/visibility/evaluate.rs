//! Whether a run passes a filter.

use std::{borrow::Cow, cmp::Ordering};

use crate::visibility::{
    Filter, ValueType,
    literal::Value,
    syntax::{Condition, Operator},
};

/// What is known of a run under a field's name.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum FieldValue<'r> {
    /// A text: a keyword or one that is searched by its words.
    Text(Cow<'r, str>),
    /// A whole number: also nanoseconds since 1970, nanoseconds, or the number of a status.
    Int(i128),
    /// A number.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// Several keywords.
    List(Cow<'r, [String]>),
}

/// A run, as filters see it.
pub(crate) trait Fields {
    /// The value of a field, if the run has one.
    fn field(&self, name: &str) -> Option<FieldValue<'_>>;
}

/// A condition on runs that makes sense.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Predicate {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Test {
        field: &'static str,
        value_type: ValueType,
        condition: Condition<Value>,
    },
}

impl Filter {
    /// Whether a run passes.
    pub(crate) fn matches(&self, run: &impl Fields) -> bool {
        let predicate = self.predicate.as_ref();
        predicate.is_none_or(|predicate| predicate.holds(run) == Some(true))
    }
}

impl Predicate {
    /// Whether it holds; `None` if that is not known.
    fn holds(&self, run: &impl Fields) -> Option<bool> {
        match self {
            Self::All(inner) => {
                let mut all = Some(true);
                for predicate in inner {
                    match predicate.holds(run) {
                        Some(false) => return Some(false),
                        None => all = None,
                        Some(true) => {}
                    }
                }
                all
            }
            Self::Any(inner) => {
                let mut any = Some(false);
                for predicate in inner {
                    match predicate.holds(run) {
                        Some(true) => return Some(true),
                        None => any = None,
                        Some(false) => {}
                    }
                }
                any
            }
            Self::Not(inner) => inner.holds(run).map(|holds| !holds),
            Self::Test {
                field,
                value_type,
                condition,
            } => {
                let value = run.field(field);
                if let Condition::IsNull { negated } = condition {
                    return Some(value.is_none() != *negated);
                }
                match value_type {
                    ValueType::Text => {
                        Some(test_set(condition, |word| has_word(value.as_ref(), word)))
                    }
                    ValueType::KeywordList => Some(test_set(condition, |keyword| {
                        has_keyword(value.as_ref(), keyword)
                    })),
                    _ => test(condition, &value?),
                }
            }
        }
    }
}

/// What is said of a text or a list, which holds something or does not.
fn test_set(condition: &Condition<Value>, holds: impl Fn(&Value) -> bool) -> bool {
    match condition {
        Condition::Compare(Operator::NotEqual, value) => !holds(value),
        Condition::Compare(_, value) => holds(value),
        Condition::In { values, negated } => values.iter().any(holds) != *negated,
        // Invariant: a filter that asks texts or lists for anything else is refused.
        Condition::Between { .. } | Condition::StartsWith { .. } | Condition::IsNull { .. } => {
            false
        }
    }
}

/// Whether a text has one of the words of a value.
fn has_word(text: Option<&FieldValue<'_>>, wanted: &Value) -> bool {
    let (Some(FieldValue::Text(text)), Value::Text(wanted)) = (text, wanted) else {
        return false;
    };
    let words = |text: &str| {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect::<Vec<_>>()
    };
    let wanted = words(wanted);
    words(text).iter().any(|word| wanted.contains(word))
}

fn has_keyword(list: Option<&FieldValue<'_>>, wanted: &Value) -> bool {
    match (list, wanted) {
        (Some(FieldValue::List(list)), Value::Text(wanted)) => list.contains(wanted),
        _ => false,
    }
}

/// What is said of a single value; `None` if the two cannot be compared.
pub(super) fn test(condition: &Condition<Value>, value: &FieldValue<'_>) -> Option<bool> {
    Some(match condition {
        Condition::Compare(operator, other) => {
            let ordering = compare(value, other)?;
            match operator {
                Operator::Equal => ordering.is_eq(),
                Operator::NotEqual => ordering.is_ne(),
                Operator::Less => ordering.is_lt(),
                Operator::LessOrEqual => ordering.is_le(),
                Operator::Greater => ordering.is_gt(),
                Operator::GreaterOrEqual => ordering.is_ge(),
            }
        }
        Condition::In { values, negated } => {
            let mut values = values.iter();
            values.any(|other| compare(value, other) == Some(Ordering::Equal)) != *negated
        }
        Condition::Between { low, high, negated } => {
            let within = compare(value, low)?.is_ge() && compare(value, high)?.is_le();
            within != *negated
        }
        Condition::StartsWith { prefix, negated } => {
            let (FieldValue::Text(text), Value::Text(prefix)) = (value, prefix) else {
                return None;
            };
            text.starts_with(prefix.as_str()) != *negated
        }
        Condition::IsNull { negated } => *negated,
    })
}

fn compare(value: &FieldValue<'_>, other: &Value) -> Option<Ordering> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a whole number beside a number with a point"
    )]
    let double = |int: i128| int as f64;
    match (value, other) {
        (FieldValue::Text(one), Value::Text(other)) => Some((**one).cmp(other.as_str())),
        (FieldValue::Int(one), Value::Int(other)) => Some(one.cmp(other)),
        (FieldValue::Double(one), Value::Double(other)) => one.partial_cmp(other),
        (FieldValue::Int(one), Value::Double(other)) => double(*one).partial_cmp(other),
        (FieldValue::Double(one), Value::Int(other)) => one.partial_cmp(&double(*other)),
        (FieldValue::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        _ => None,
    }
}
