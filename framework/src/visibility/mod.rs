//! Floor 3: filters, which say in Temporal's language which runs a list or a count is about.
//!
//! ```text
//! text ─▶ parse ─▶ syntax ─▶ check (with a Schema) ─▶ Filter ─▶ matches(run)?
//! ```
//!
//! A filter is asked of the entry of each run, which is read from the store. Which need not be read a
//! [`Sieve`] says, that is what can be known of a filter by the [`roster`] of the runs.
//!
//! Keywords come in any case, names exactly as they are, and comments between `/*` and `*/`:
//!
//! ```text
//! filter     = [ expression ] [ "GROUP" "BY" name ]
//! expression = term { "OR" term }
//! term       = factor { "AND" factor }
//! factor     = { "NOT" } ( "(" expression ")" | comparison )
//! comparison = name ( ( "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) value
//!            | [ "NOT" ] "IN" "(" value { "," value } ")"
//!            | [ "NOT" ] "BETWEEN" value "AND" value
//!            | [ "NOT" ] "STARTS_WITH" value
//!            | "IS" [ "NOT" ] "NULL" )
//! value      = 'text' | "text" | number | "true" | "false"
//! ```
//!
//! * F1: what a comparison says of a run that lacks the value is not known, and what is not known
//!   does not match, negated or not; `IS NULL` asks for it. Lists and texts are the exception: one
//!   that is missing holds nothing, so it differs from everything.
//! * F2: a filter is checked as a whole before a run is looked at, and an error names its column.
//! * F3: length and depth of a filter are bounded, so that no text takes the thread's stack.
//!
//! Absent on purpose: `ORDER BY` and `LIMIT`, which the server whose language this is refuses, too.

mod check;
mod error;
mod evaluate;
mod hidden;
mod literal;
mod parse;
mod roster;
mod schema;
mod sieve;
mod syntax;

pub use self::error::FilterError;
pub(crate) use self::{
    check::Filter,
    evaluate::{FieldValue, Fields},
    hidden::Hidden,
    roster::{Roster, Span},
    schema::{Schema, ValueType, nearest},
    sieve::Sieve,
};

#[cfg(test)]
mod tests;
