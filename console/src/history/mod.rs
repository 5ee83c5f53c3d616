//! Histories as people read them: what each event says, and one row for all events of one thing.

mod compact;
mod fact;
mod facts;
mod timeline;

pub(crate) use self::{
    compact::{Outcome, Row, RowKind, RowState, compact},
    fact::{Fact, Facts},
    facts::facts,
    timeline::{Bar, Timeline},
};
