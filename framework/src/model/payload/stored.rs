//! What stands in the place of a payload that is kept apart: its key and its size.
//!
//! The content of a large payload is put into a payload storage (`codec::PayloadStorage`) under the
//! hash of its bytes, and only this reference is said, asked and recorded. It is a payload itself,
//! of an encoding of its own, so whatever carries payloads carries it.

use std::{fmt, str::FromStr};

use derive_more::{Display, Error};
use sha2::{Digest as _, Sha256};

use super::payload::{Encoding, Payload};

/// The metadata that says how many bytes the content has.
const BYTES: &str = "content-bytes";

/// The name of content: the SHA-256 of its bytes, so that content proves what it is.
///
/// # Examples
/// ```
/// use sempre::model::ContentKey;
///
/// let key = ContentKey::of(b"");
/// assert!(key.to_string().starts_with("e3b0c442"));
/// assert_eq!(key.to_string().parse(), Ok(key));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentKey([u8; Self::BYTES]);

impl ContentKey {
    /// The bytes of a key.
    pub const BYTES: usize = 32;

    /// The key of this content.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// The key with these bytes.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Display for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.0.iter();
        bytes.try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentKey({self})")
    }
}

/// A text that is no key of content: 64 digits of base 16 are, in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display, Error)]
#[display("not the key of any content")]
pub struct ContentKeyError;

impl FromStr for ContentKey {
    type Err = ContentKeyError;

    fn from_str(text: &str) -> Result<Self, ContentKeyError> {
        let mut key = [0; Self::BYTES];
        if text.len() != 2 * Self::BYTES {
            return Err(ContentKeyError);
        }
        for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let &[high, low] = digits else {
                return Err(ContentKeyError);
            };
            *byte = (digit(high)? << 4) | digit(low)?;
        }
        Ok(Self(key))
    }
}

fn digit(text: u8) -> Result<u8, ContentKeyError> {
    match text {
        b'0'..=b'9' => Ok(text - b'0'),
        b'a'..=b'f' => Ok(text - b'a' + 10),
        _ => Err(ContentKeyError),
    }
}

/// What stands in the place of a payload whose content is kept apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct StoredPayload {
    /// The key of the content.
    pub key: ContentKey,
    /// How many bytes the content has.
    pub bytes: u64,
}

impl StoredPayload {
    /// The encoding of such payloads.
    pub const ENCODING: &str = "sempre/stored";

    /// What stands for this content.
    pub fn of(content: &[u8]) -> Self {
        Self {
            key: ContentKey::of(content),
            bytes: content.len() as u64,
        }
    }

    /// The payload that says so.
    pub fn to_payload(self) -> Payload {
        Payload {
            encoding: Encoding::Other(Self::ENCODING.to_owned()),
            data: self.key.to_string().into(),
            metadata: [(BYTES.to_owned(), self.bytes.to_string().into())].into(),
        }
    }
}

impl Payload {
    /// What it stands for, if its content is kept apart.
    ///
    /// # Examples
    /// ```
    /// use sempre::model::{Payload, StoredPayload};
    ///
    /// let stored = StoredPayload::of(b"content");
    /// assert_eq!(stored.to_payload().stored(), Some(stored));
    /// assert_eq!(Payload::encode("a value")?.stored(), None);
    /// # Ok::<(), sempre::model::PayloadError>(())
    /// ```
    pub fn stored(&self) -> Option<StoredPayload> {
        let Encoding::Other(name) = &self.encoding else {
            return None;
        };
        if name != StoredPayload::ENCODING {
            return None;
        }
        let key = std::str::from_utf8(&self.data).ok()?.parse().ok()?;
        let bytes = self.metadata.get(BYTES);
        let bytes = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()?.parse().ok());
        Some(StoredPayload {
            key,
            bytes: bytes.unwrap_or_default(),
        })
    }
}
