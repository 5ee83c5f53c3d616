//! From syntax to a predicate: every field is known, and every value fits its field.

use crate::visibility::{
    FilterError, Schema, ValueType,
    evaluate::Predicate,
    literal::{self, Value},
    parse::parse,
    syntax::{Comparison, Condition, Expression, Literal, Operator, Spanned},
};

/// A filter that makes sense.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Filter {
    /// None lets every run pass.
    pub(super) predicate: Option<Predicate>,
    is_grouped: bool,
}

/// The one field that counts are grouped by.
const GROUP_FIELD: &str = "ExecutionStatus";

impl Filter {
    /// Reads a filter over these fields; an empty text lets all runs pass.
    ///
    /// # Errors
    /// [`FilterError`] with the column and what would be right there.
    pub(crate) fn parse(text: &str, schema: &Schema) -> Result<Self, FilterError> {
        let syntax = parse(text)?;
        let checker = Checker { text, schema };
        if let Some(field) = &syntax.group_by {
            checker.check_group(field)?;
        }
        let is_grouped = syntax.group_by.is_some();
        let expression = syntax.expression;
        let predicate = expression.map(|it| checker.predicate(it)).transpose()?;
        Ok(Self {
            predicate,
            is_grouped,
        })
    }

    /// Whether a count is to be broken down by status.
    pub(crate) fn is_grouped(&self) -> bool {
        self.is_grouped
    }
}

struct Checker<'t> {
    text: &'t str,
    schema: &'t Schema,
}

impl Checker<'_> {
    fn error<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> FilterError {
        FilterError::at(self.text, at.span.start, message)
    }

    fn field(&self, field: &Spanned<String>) -> Result<(&'static str, ValueType), FilterError> {
        let name = &field.value;
        self.schema.field(name).ok_or_else(|| {
            let nearest = self.schema.nearest(name);
            let hint = nearest.map(|it| format!(", did you mean {it}?"));
            let hint = hint.unwrap_or_default();
            self.error(field, format!("there is no field {name}{hint}"))
        })
    }

    fn check_group(&self, field: &Spanned<String>) -> Result<(), FilterError> {
        let (name, _) = self.field(field)?;
        if name == GROUP_FIELD {
            return Ok(());
        }
        let message = format!("counts are grouped by {GROUP_FIELD} only");
        Err(self.error(field, message))
    }

    fn predicate(&self, expression: Expression) -> Result<Predicate, FilterError> {
        let all = |inner: Vec<Expression>| {
            let inner = inner.into_iter().map(|it| self.predicate(it));
            inner.collect::<Result<Vec<_>, _>>()
        };
        Ok(match expression {
            Expression::All(inner) => Predicate::All(all(inner)?),
            Expression::Any(inner) => Predicate::Any(all(inner)?),
            Expression::Not(inner) => Predicate::Not(Box::new(self.predicate(*inner)?)),
            Expression::Comparison(comparison) => self.comparison(comparison)?,
        })
    }

    fn comparison(&self, comparison: Comparison) -> Result<Predicate, FilterError> {
        let Comparison { field, condition } = comparison;
        let (name, value_type) = self.field(&field)?;
        let operation = condition.name();
        let is_fit = fits(&condition, value_type);
        // A value of the wrong type is the better known mistake, so it is named first.
        let condition = condition.try_map(|literal| self.value(literal, value_type))?;
        if !is_fit {
            let operators = operators(value_type);
            return Err(self.error(
                &field,
                format!(
                    "{name} is of type {value_type}, which has no {operation}, only {operators}"
                ),
            ));
        }
        Ok(Predicate::Test {
            field: name,
            value_type,
            condition,
        })
    }

    fn value(
        &self,
        literal: Spanned<Literal>,
        value_type: ValueType,
    ) -> Result<Value, FilterError> {
        let Spanned { value, span } = literal;
        literal::value(value, value_type)
            .map_err(|message| FilterError::at(self.text, span.start, message))
    }
}

/// Whether a field of this type can be asked this.
fn fits<V>(condition: &Condition<V>, value_type: ValueType) -> bool {
    let is_equality = matches!(
        condition,
        Condition::Compare(Operator::Equal | Operator::NotEqual, _)
    );
    match value_type {
        _ if matches!(condition, Condition::IsNull { .. }) => true,
        ValueType::Text => is_equality,
        ValueType::KeywordList => is_equality || matches!(condition, Condition::In { .. }),
        ValueType::Keyword => true,
        _ => !matches!(condition, Condition::StartsWith { .. }),
    }
}

fn operators(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Text => "=, != and IS NULL",
        ValueType::KeywordList => "=, !=, IN and IS NULL",
        ValueType::Keyword => "=, !=, <, <=, >, >=, IN, BETWEEN, STARTS_WITH and IS NULL",
        _ => "=, !=, <, <=, >, >=, IN, BETWEEN and IS NULL",
    }
}
