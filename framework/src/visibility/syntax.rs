//! What a filter says, before anybody has asked whether that makes sense.

use std::ops::Range;

use derive_more::Display;

/// Something, and where in the text it stands, in bytes.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Spanned<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// A filter as it was written.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Syntax {
    /// Which runs; all of them without it.
    pub(super) expression: Option<Expression>,
    /// By what a count is broken down.
    pub(super) group_by: Option<Spanned<String>>,
}

/// A condition on runs.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Expression {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Comparison(Comparison),
}

/// A condition on one field.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Comparison {
    pub(super) field: Spanned<String>,
    pub(super) condition: Condition<Spanned<Literal>>,
}

/// What is said of a field, with operands of some kind.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Condition<V> {
    Compare(Operator, V),
    In { values: Vec<V>, negated: bool },
    Between { low: V, high: V, negated: bool },
    StartsWith { prefix: V, negated: bool },
    IsNull { negated: bool },
}

impl<V> Condition<V> {
    /// The same with other operands, or the first error that making them brings.
    pub(super) fn try_map<W, E>(
        self,
        mut change: impl FnMut(V) -> Result<W, E>,
    ) -> Result<Condition<W>, E> {
        Ok(match self {
            Self::Compare(operator, value) => Condition::Compare(operator, change(value)?),
            Self::In { values, negated } => {
                let values = values.into_iter().map(change).collect::<Result<_, E>>()?;
                Condition::In { values, negated }
            }
            Self::Between { low, high, negated } => Condition::Between {
                low: change(low)?,
                high: change(high)?,
                negated,
            },
            Self::StartsWith { prefix, negated } => Condition::StartsWith {
                prefix: change(prefix)?,
                negated,
            },
            Self::IsNull { negated } => Condition::IsNull { negated },
        })
    }

    /// What it is called in a message.
    pub(super) fn name(&self) -> String {
        let (name, negated) = match self {
            Self::Compare(operator, _) => return operator.to_string(),
            Self::In { negated, .. } => ("IN", negated),
            Self::Between { negated, .. } => ("BETWEEN", negated),
            Self::StartsWith { negated, .. } => ("STARTS_WITH", negated),
            Self::IsNull { .. } => return "IS NULL".into(),
        };
        let not = if *negated { "NOT " } else { "" };
        format!("{not}{name}")
    }
}

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
pub(super) enum Operator {
    #[display("=")]
    Equal,
    #[display("!=")]
    NotEqual,
    #[display("<")]
    Less,
    #[display("<=")]
    LessOrEqual,
    #[display(">")]
    Greater,
    #[display(">=")]
    GreaterOrEqual,
}

/// A value as it was written.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Literal {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
    /// Not a value, but what somebody wrote for one.
    Null,
    /// A word without quotes.
    Word(String),
}
