//! Namespaces: several applications, or tenants, in one store.

use std::{borrow::Borrow, sync::Arc};

use derive_more::{AsRef, Debug, Display};
use serde::{Deserialize, Serialize};

/// The name of the namespace of whoever names none, as on a Temporal server.
const DEFAULT: &str = "default";

/// Names a part of a store whose workflow ids, lists, retention and limits are its own.
///
/// 1 to 100 letters, digits, `-`, `_` and `.` of ASCII, so that it can be part of an address. A
/// cheap clone.
///
/// # Examples
/// ```
/// use sempre::model::Namespace;
///
/// assert!(Namespace::from("billing").is_valid());
/// assert!(!Namespace::from("billing / EU").is_valid());
/// assert_eq!(Namespace::default().as_str(), "default");
/// ```
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Display, AsRef, Serialize, Deserialize,
)]
#[debug("{_0:?}")]
#[serde(transparent)]
#[as_ref(str)]
pub struct Namespace(Arc<str>);

impl Namespace {
    /// Bound: the bytes of a name.
    const BYTES_MAX: usize = 100;

    /// The namespace of this name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the one of whoever names none.
    pub fn is_default(&self) -> bool {
        &*self.0 == DEFAULT
    }

    /// Whether a namespace can have this name.
    pub fn is_valid(&self) -> bool {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        // These two mean something else in an address.
        let is_path = matches!(&*self.0, "." | "..");
        (1..=Self::BYTES_MAX).contains(&self.0.len()) && self.0.bytes().all(is_fit) && !is_path
    }
}

impl Borrow<str> for Namespace {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self::new(DEFAULT)
    }
}

impl From<&str> for Namespace {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Namespace {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}
