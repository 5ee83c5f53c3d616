//! What is wrong with a filter.

use derive_more::{Display, Error};

/// A filter that cannot be read, or that asks for something that runs do not have.
///
/// Nothing was looked at. Correct the text at the column and ask again.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("filter is not valid: {message} column={column}")]
pub struct FilterError {
    message: String,
    column: usize,
}

impl FilterError {
    /// An error at this byte of the text.
    pub(super) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        Self {
            message: message.into(),
            column: before.chars().count() + 1,
        }
    }

    /// What is wrong there, and what would be right.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where, in characters from 1.
    pub fn column(&self) -> usize {
        self.column
    }
}
