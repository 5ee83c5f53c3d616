//! Versions of the code of a workflow type.

use std::num::NonZeroU32;

use derive_more::Display;
use serde::{Deserialize, Serialize};

use crate::model::wire::wire_enum;

/// Which version of the code of a workflow type: 1, 2, 3 and so on.
///
/// Code that does not state a version is the first one.
///
/// # Examples
/// ```
/// use sempre::model::WorkflowVersion;
///
/// let second = WorkflowVersion::new(2);
/// assert!(second > WorkflowVersion::FIRST);
/// assert_eq!(second.to_string(), "2");
/// ```
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Display, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct WorkflowVersion(NonZeroU32);

impl WorkflowVersion {
    /// That of code which does not state one.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The version with this number; 0 is taken for 1.
    pub const fn new(number: u32) -> Self {
        match NonZeroU32::new(number) {
            Some(number) => Self(number),
            None => Self::FIRST,
        }
    }

    /// Its number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

wire_enum! {
    /// Which version of the code the run begins with that follows one which continues as new.
    pub enum ContinueAsNewVersioningBehavior {
        /// The version of the run before, if it is of the same type.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// The newest.
        AutoUpgrade = 1 => "AUTO_UPGRADE",
    }
}
