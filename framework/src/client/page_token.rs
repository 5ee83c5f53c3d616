//! Where a list goes on.

use std::{fmt, str::FromStr};

use derive_more::{Display, Error};

use crate::model::RunId;

/// Where a list goes on, and of which filter. Keep it as text if it has to travel.
///
/// It stays good while runs come and go: the next page begins with the first run that is earlier
/// than the last one of this page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageToken {
    filter: u32,
    before: RunId,
}

/// A text that is not a page token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display, Error)]
#[display("text is not a page token; ask for the first page again")]
pub struct InvalidPageToken;

impl PageToken {
    /// The token behind this run, for this filter.
    pub(super) fn new(filter: &str, before: RunId) -> Self {
        Self {
            filter: crc32fast::hash(filter.as_bytes()),
            before,
        }
    }

    /// The run behind which the list with this filter goes on; `None` if the token is another
    /// filter's.
    pub(super) fn before(self, filter: &str) -> Option<RunId> {
        (self.filter == crc32fast::hash(filter.as_bytes())).then_some(self.before)
    }
}

impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = u128::from_be_bytes(*self.before.as_bytes());
        write!(f, "{:08x}{before:032x}", self.filter)
    }
}

impl FromStr for PageToken {
    type Err = InvalidPageToken;

    fn from_str(text: &str) -> Result<Self, InvalidPageToken> {
        let is_token = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (filter, before) = text
            .split_at_checked(8)
            .filter(|_| is_token)
            .ok_or(InvalidPageToken)?;
        let filter = u32::from_str_radix(filter, 16).map_err(|_| InvalidPageToken)?;
        let before = u128::from_str_radix(before, 16).map_err(|_| InvalidPageToken)?;
        Ok(Self {
            filter,
            before: RunId::from_u128(before),
        })
    }
}
