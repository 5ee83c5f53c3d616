//! From text to syntax.
//!
//! Errors name the place where reading stopped, and what would have been right there.

use winnow::{
    ModalResult, Parser as _,
    ascii::{Caseless, digit1, multispace1},
    combinator::{alt, cut_err, delimited, eof, fail, not, opt, peek, preceded, repeat, separated},
    error::{ContextError, StrContext, StrContextValue},
    stream::{LocatingSlice, Location as _},
    token::{any, one_of, take_till, take_until, take_while},
};

use crate::visibility::{
    FilterError,
    syntax::{Comparison, Condition, Expression, Literal, Operator, Spanned, Syntax},
};

/// Bound: a filter is no longer than this, in bytes.
pub(super) const BYTES_MAX: usize = 16 * 1024;
/// Bound: parentheses within parentheses.
pub(super) const DEPTH_MAX: usize = 50;

type Input<'t> = LocatingSlice<&'t str>;

/// Reads a filter.
pub(super) fn parse(text: &str) -> Result<Syntax, FilterError> {
    if text.len() > BYTES_MAX {
        let message = format!("it is too long limit={BYTES_MAX} bytes={}", text.len());
        return Err(FilterError::at(text, BYTES_MAX, message));
    }
    syntax.parse(LocatingSlice::new(text)).map_err(|error| {
        let rest = text.get(error.offset()..).unwrap_or_default();
        let offset = text.len() - skip_blank(rest).len();
        FilterError::at(text, offset, message(error.inner(), text, offset))
    })
}

/// What a blank or a comment hides is not what the parser stumbled over.
fn skip_blank(rest: &str) -> &str {
    let mut input = LocatingSlice::new(rest);
    match blank.parse_next(&mut input) {
        Ok(()) => &rest[input.current_token_start()..],
        Err(_) => rest,
    }
}

fn message(error: &ContextError, text: &str, offset: usize) -> String {
    let found = match text.get(offset..).and_then(|rest| rest.chars().next()) {
        Some(found) => format!("'{}'", found.escape_debug()),
        None => "the end".to_owned(),
    };
    // The innermost context says most.
    match error.context().next() {
        Some(StrContext::Label(whole)) => (*whole).to_owned(),
        Some(StrContext::Expected(expected)) => format!("expected {expected}, found {found}"),
        _ => format!("expected something else than {found}"),
    }
}

/// What should have been there.
fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

/// Ends the reading with these words.
fn refuse<O>(input: &mut Input<'_>, why: &'static str) -> ModalResult<O> {
    cut_err(fail.context(StrContext::Label(why))).parse_next(input)
}

fn syntax(input: &mut Input<'_>) -> ModalResult<Syntax> {
    blank.parse_next(input)?;
    let clause = peek(alt((
        eof.void(),
        (keyword("GROUP"), keyword("BY")).void(),
        unsupported_clause,
    )));
    let expression = match opt(clause).parse_next(input)? {
        Some(()) => None,
        None => Some(expression(input, 0)?),
    };
    let group_by = opt(preceded(
        (keyword("GROUP"), keyword("BY")),
        cut_err(field.context(expected("the name of a field"))),
    ))
    .parse_next(input)?;
    opt(unsupported_clause).parse_next(input)?;
    if group_by.is_some() && peek(opt(symbol(","))).parse_next(input)?.is_some() {
        return refuse(input, "counts are grouped by a single field");
    }
    eof.context(expected("AND, OR, GROUP BY or the end"))
        .parse_next(input)?;
    Ok(Syntax {
        expression,
        group_by,
    })
}

/// Clauses of SQL that the language does not have.
fn unsupported_clause(input: &mut Input<'_>) -> ModalResult<()> {
    let order = (keyword("ORDER"), keyword("BY"));
    if peek(opt(order)).parse_next(input)?.is_some() {
        return refuse(input, "there is no ORDER BY: runs come newest first");
    }
    if peek(opt(keyword("LIMIT"))).parse_next(input)?.is_some() {
        return refuse(
            input,
            "there is no LIMIT: the size of a page is set beside the filter",
        );
    }
    fail.parse_next(input)
}

fn expression(input: &mut Input<'_>, depth: usize) -> ModalResult<Expression> {
    let term = |input: &mut Input<'_>| term(input, depth);
    let terms: Vec<_> = separated(1.., term, keyword("OR")).parse_next(input)?;
    Ok(one_or(terms, Expression::Any))
}

fn term(input: &mut Input<'_>, depth: usize) -> ModalResult<Expression> {
    let factor = |input: &mut Input<'_>| factor(input, depth);
    let factors: Vec<_> = separated(1.., factor, keyword("AND")).parse_next(input)?;
    Ok(one_or(factors, Expression::All))
}

fn one_or(
    mut all: Vec<Expression>,
    join: impl FnOnce(Vec<Expression>) -> Expression,
) -> Expression {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        last => {
            all.extend(last);
            join(all)
        }
    }
}

fn factor(input: &mut Input<'_>, depth: usize) -> ModalResult<Expression> {
    let negations: usize = repeat(0.., keyword("NOT")).parse_next(input)?;
    let grouped = |input: &mut Input<'_>| {
        symbol("(").parse_next(input)?;
        if depth >= DEPTH_MAX {
            return refuse(input, "there are too many parentheses within parentheses");
        }
        let inner =
            cut_err(|input: &mut Input<'_>| expression(input, depth + 1)).parse_next(input)?;
        cut_err(symbol(")").context(expected("AND, OR or ')'"))).parse_next(input)?;
        Ok(inner)
    };
    let mut factor = alt((grouped, comparison)).parse_next(input)?;
    // Bound: two negations are none.
    if negations % 2 == 1 {
        factor = Expression::Not(Box::new(factor));
    }
    Ok(factor)
}

fn comparison(input: &mut Input<'_>) -> ModalResult<Expression> {
    let field = cut_err(field.context(expected("the name of a field"))).parse_next(input)?;
    let what = "an operator (=, !=, <, <=, >, >=, IN, BETWEEN, STARTS_WITH, IS NULL)";
    let condition = cut_err(condition.context(expected(what))).parse_next(input)?;
    Ok(Expression::Comparison(Comparison { field, condition }))
}

fn condition(input: &mut Input<'_>) -> ModalResult<Condition<Spanned<Literal>>> {
    if let Some(operator) = opt(operator).parse_next(input)? {
        let value = operand(input)?;
        return Ok(Condition::Compare(operator, value));
    }
    if opt(keyword("IS")).parse_next(input)?.is_some() {
        let negated = opt(keyword("NOT")).parse_next(input)?.is_some();
        cut_err(keyword("NULL").context(expected("NULL or NOT NULL"))).parse_next(input)?;
        return Ok(Condition::IsNull { negated });
    }
    let negated = opt(keyword("NOT")).parse_next(input)?.is_some();
    if opt(keyword("IN")).parse_next(input)?.is_some() {
        let open = cut_err(symbol("(").context(expected("'(' and a list of values")));
        let close = cut_err(symbol(")").context(expected("',' or ')'")));
        let values = delimited(open, separated(1.., operand, symbol(",")), close);
        let values: Vec<_> = cut_err(values).parse_next(input)?;
        return Ok(Condition::In { values, negated });
    }
    if opt(keyword("BETWEEN")).parse_next(input)?.is_some() {
        let low = operand(input)?;
        cut_err(keyword("AND").context(expected("AND and the upper bound"))).parse_next(input)?;
        let high = operand(input)?;
        return Ok(Condition::Between { low, high, negated });
    }
    if opt(keyword("STARTS_WITH")).parse_next(input)?.is_some() {
        let prefix = operand(input)?;
        return Ok(Condition::StartsWith { prefix, negated });
    }
    if peek(opt(keyword("LIKE"))).parse_next(input)?.is_some() {
        return refuse(input, "there is no LIKE: use STARTS_WITH");
    }
    fail.parse_next(input)
}

fn operator(input: &mut Input<'_>) -> ModalResult<Operator> {
    let operator = alt((
        "!=".value(Operator::NotEqual),
        "<>".value(Operator::NotEqual),
        "<=".value(Operator::LessOrEqual),
        ">=".value(Operator::GreaterOrEqual),
        "=".value(Operator::Equal),
        "<".value(Operator::Less),
        ">".value(Operator::Greater),
    ))
    .parse_next(input)?;
    blank.parse_next(input)?;
    Ok(operator)
}

fn operand(input: &mut Input<'_>) -> ModalResult<Spanned<Literal>> {
    let what = "a value ('text', a number, true or false)";
    cut_err(spanned(literal).context(expected(what))).parse_next(input)
}

fn literal(input: &mut Input<'_>) -> ModalResult<Literal> {
    alt((quoted.map(Literal::Text), number, word.map(from_word))).parse_next(input)
}

fn from_word(word: &str) -> Literal {
    match word.to_ascii_lowercase().as_str() {
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        "null" => Literal::Null,
        _ => Literal::Word(word.to_owned()),
    }
}

/// A word without quotes; with dashes and dots, because that is how ids look whose quotes were
/// forgotten.
fn word<'t>(input: &mut Input<'t>) -> ModalResult<&'t str> {
    let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let first = one_of(|c: char| c.is_alphabetic() || c == '_');
    (first, take_while(0.., inner)).take().parse_next(input)
}

fn number(input: &mut Input<'_>) -> ModalResult<Literal> {
    let exponent = |input: &mut Input<'_>| {
        (one_of(['e', 'E']), opt(one_of(['+', '-'])), digit1)
            .void()
            .parse_next(input)
    };
    let fraction = alt((('.', digit1, opt(exponent)).void(), exponent));
    let end = not(one_of(|c: char| c.is_alphanumeric() || c == '_'));
    let digits = (opt(one_of(['+', '-'])), digit1, opt(fraction), end);
    digits.take().verify_map(to_number).parse_next(input)
}

fn to_number(digits: &str) -> Option<Literal> {
    let int = digits.parse().map(Literal::Int).ok();
    int.or_else(|| digits.parse().map(Literal::Double).ok())
}

/// A text in single or double quotes, which are doubled within, or follow a backslash.
fn quoted(input: &mut Input<'_>) -> ModalResult<String> {
    let quote = one_of(['\'', '"']).parse_next(input)?;
    let mut text = String::new();
    loop {
        let plain = take_till(0.., |c| c == quote || c == '\\').parse_next(input)?;
        text.push_str(plain);
        let missing = "the quote at the end of the text";
        let next = cut_err(any.context(expected(missing))).parse_next(input)?;
        if next == '\\' {
            let escaped = cut_err(any.context(expected(missing))).parse_next(input)?;
            text.push(unescape(escaped));
        } else if opt(quote).parse_next(input)?.is_some() {
            text.push(quote);
        } else {
            return Ok(text);
        }
    }
}

fn unescape(escaped: char) -> char {
    match escaped {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        other => other,
    }
}

fn field(input: &mut Input<'_>) -> ModalResult<Spanned<String>> {
    let backticks = delimited('`', take_till(1.., '`'), '`');
    spanned(alt((backticks, name)).map(str::to_owned)).parse_next(input)
}

fn name<'t>(input: &mut Input<'t>) -> ModalResult<&'t str> {
    let first = one_of(|c: char| c.is_alphabetic() || c == '_');
    let inner = take_while(0.., |c: char| c.is_alphanumeric() || c == '_');
    let name = (first, inner).take();
    name.verify(|name: &str| !is_reserved(name))
        .parse_next(input)
}

/// Words that are no names without backticks.
const RESERVED: [&str; 10] = [
    "AND", "OR", "NOT", "IN", "BETWEEN", "IS", "NULL", "GROUP", "ORDER", "LIMIT",
];

fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name))
}

fn spanned<'t, O>(
    mut inner: impl winnow::Parser<Input<'t>, O, winnow::error::ErrMode<ContextError>>,
) -> impl FnMut(&mut Input<'t>) -> ModalResult<Spanned<O>> {
    move |input| {
        let start = input.current_token_start();
        let value = inner.parse_next(input)?;
        let span = start..input.current_token_start();
        blank.parse_next(input)?;
        Ok(Spanned { value, span })
    }
}

fn symbol<'t>(
    symbol: &'static str,
) -> impl winnow::Parser<Input<'t>, (), winnow::error::ErrMode<ContextError>> {
    (symbol, blank).void()
}

fn keyword<'t>(
    word: &'static str,
) -> impl winnow::Parser<Input<'t>, (), winnow::error::ErrMode<ContextError>> {
    let end = not(one_of(|c: char| c.is_alphanumeric() || c == '_'));
    (Caseless(word), end, blank).void()
}

/// Blanks, and comments between `/*` and `*/`.
fn blank(input: &mut Input<'_>) -> ModalResult<()> {
    let comment = (
        "/*",
        cut_err(take_until(0.., "*/").context(expected("'*/'"))),
        "*/",
    );
    repeat(0.., alt((multispace1.void(), comment.void()))).parse_next(input)
}
