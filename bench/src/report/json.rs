//! The report for programs: one document with everything that was measured.

use crate::{Outcome, report::Document};

/// The document, with every run of every figure.
pub(crate) fn document(document: &Document) -> Outcome<String> {
    Ok(serde_json::to_string_pretty(document)?)
}
