//! Payloads: user values as bytes, with the encoding that Temporal's converters use.

use std::collections::BTreeMap;

use bytes::Bytes;
use derive_more::{Display, Error};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What the bytes of a payload mean: the `encoding` entry of Temporal's payload metadata.
#[derive(Clone, PartialEq, Eq, Debug, Default, Display, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Encoding {
    /// JSON text: what sempre writes for every value but the unit value.
    #[default]
    #[display("json/plain")]
    JsonPlain,
    /// No value at all: the unit value.
    #[display("binary/null")]
    BinaryNull,
    /// Bytes as they are.
    #[display("binary/plain")]
    BinaryPlain,
    /// Any other encoding, carried through untouched.
    #[display("{_0}")]
    Other(String),
}

impl From<String> for Encoding {
    fn from(name: String) -> Self {
        match name.as_str() {
            "json/plain" | "" => Self::JsonPlain,
            "binary/null" => Self::BinaryNull,
            "binary/plain" => Self::BinaryPlain,
            _ => Self::Other(name),
        }
    }
}

impl From<Encoding> for String {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            // The encoding of nearly every payload costs no byte for its name in a record.
            Encoding::JsonPlain => Self::new(),
            other => other.to_string(),
        }
    }
}

/// One user value: bytes, their encoding, and any further metadata.
///
/// Cloning shares the bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Payload {
    /// What `data` means.
    pub encoding: Encoding,
    /// The value.
    pub data: Bytes,
    /// Metadata other than the encoding.
    pub metadata: BTreeMap<String, Bytes>,
}

impl Payload {
    /// The payload of a value: `binary/null` for the unit value, JSON for all others.
    ///
    /// # Errors
    /// [`PayloadError`] if the value cannot be written as JSON, such as a map with non-text keys.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, PayloadError> {
        let data = serde_json::to_vec(value).map_err(PayloadError::encode)?;
        if data == b"null" {
            return Ok(Self {
                encoding: Encoding::BinaryNull,
                ..Self::default()
            });
        }
        Ok(Self {
            data: data.into(),
            ..Self::default()
        })
    }

    /// The value of a payload.
    ///
    /// # Errors
    /// [`PayloadError`] if the encoding is none that holds a value, or the JSON is not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        let json: &[u8] = match &self.encoding {
            Encoding::JsonPlain => &self.data,
            Encoding::BinaryNull => b"null",
            other => return Err(PayloadError::foreign_encoding(other)),
        };
        serde_json::from_slice(json).map_err(PayloadError::decode)
    }

    /// The bytes that count against the payload limit: data and metadata.
    pub fn size(&self) -> usize {
        let metadata = self
            .metadata
            .iter()
            .map(|(key, value)| key.len() + value.len());
        self.data.len() + metadata.sum::<usize>()
    }
}

/// The payloads of one call: its arguments, its result or the details of an event.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payloads(pub Vec<Payload>);

impl Payloads {
    /// No payload at all.
    pub const EMPTY: Self = Self(Vec::new());

    /// The payloads of a handler's single input; none at all for the unit value.
    ///
    /// # Errors
    /// [`PayloadError`] if the value cannot be written.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, PayloadError> {
        let payload = Payload::encode(value)?;
        Ok(match payload.encoding {
            Encoding::BinaryNull => Self::EMPTY,
            _ => Self(vec![payload]),
        })
    }

    /// The single value of these payloads; the first where a foreign writer gave several.
    ///
    /// # Errors
    /// [`PayloadError`] if there is no payload and `T` is not made from nothing, or if the
    /// payload does not decode as a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        match self.0.first() {
            Some(payload) => payload.decode(),
            None => serde_json::from_slice(b"null").map_err(PayloadError::decode),
        }
    }

    /// Whether there is no payload.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes that count against the payload limit.
    pub fn size(&self) -> usize {
        self.0.iter().map(Payload::size).sum()
    }
}

impl From<Payload> for Payloads {
    fn from(payload: Payload) -> Self {
        Self(vec![payload])
    }
}

/// A value that does not become a payload, or a payload that does not become a value.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("{message}")]
pub struct PayloadError {
    message: String,
}

impl PayloadError {
    #[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` wants")]
    fn encode(error: serde_json::Error) -> Self {
        Self {
            message: format!("value does not encode as JSON: {error}"),
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` wants")]
    fn decode(error: serde_json::Error) -> Self {
        Self {
            message: format!("payload does not decode: {error}"),
        }
    }

    fn foreign_encoding(encoding: &Encoding) -> Self {
        Self {
            message: format!("payload does not decode: unsupported encoding={encoding}"),
        }
    }
}
