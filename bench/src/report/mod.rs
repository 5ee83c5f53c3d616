//! Reports: figures side by side, as a table for people, as JSON for programs, and as plots.

pub(crate) mod json;
pub(crate) mod plot;
mod quantity;
mod report;
pub(crate) mod table;

pub(crate) use self::report::{Column, Document, Report, Summary};

#[cfg(test)]
mod tests;
