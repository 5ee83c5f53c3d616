//! Histories as people read them: what each event says, and one row for all events of one thing.

mod compact;
mod fact;
mod facts;
mod range;
mod row;
mod timeline;

pub(crate) use self::{
    compact::compact,
    fact::{Fact, Facts},
    facts::facts,
    range::Range,
    row::{Outcome, Row, RowKind, RowState},
    timeline::{Bar, Timeline},
};
