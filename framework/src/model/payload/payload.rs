//! Payloads: user values as bytes, with the encoding that Temporal's converters use.

use std::{any::Any, collections::BTreeMap, fmt::Display};

use bytes::Bytes;
use derive_more::{Display, Error};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::model::CodecError;

use super::{
    plain::Plain,
    stored::StoredPayload,
    strict::{self, Doubts, Written},
};

/// What the bytes of a payload mean: the `encoding` entry of Temporal's payload metadata.
#[derive(Clone, PartialEq, Eq, Debug, Default, Display, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum Encoding {
    /// JSON text: what sempre writes for every value but the unit value and bytes.
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

impl Encoding {
    /// Its name in Temporal's payload metadata.
    pub fn as_str(&self) -> &str {
        match self {
            Self::JsonPlain => "json/plain",
            Self::BinaryNull => "binary/null",
            Self::BinaryPlain => "binary/plain",
            Self::Other(name) => name,
        }
    }
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

/// The metadata of a payload that nobody could decode: why. Never recorded.
const UNREADABLE: &str = "sempre-unreadable";

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
    /// The payload of a value: `binary/null` for the unit value, `binary/plain` for one that is
    /// bytes as a whole, such as [`bytes::Bytes`], JSON for all others.
    ///
    /// # Errors
    /// [`PayloadError`] if the value cannot be written as JSON, such as a map whose keys are lists,
    /// or if nobody could read it: a number that is not finite, or more than 127 levels of nesting.
    pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Self, PayloadError> {
        strict::write(value)
            .map(Self::of_written)
            .map_err(PayloadError::encode)
    }

    /// The payload of a value that is read back as the type it was.
    ///
    /// As [`encode`](Self::encode), but a `Vec<u8>` is written as bytes, too, and a value which not
    /// every type reads (a number of 128 bits, a map whose keys are numbers, a `Some` that looks
    /// like `None`) is read once to see whether its own does.
    ///
    /// # Errors
    /// [`PayloadError`] if the value cannot be written, or does not read back.
    pub fn encode_readable<T>(value: &T) -> Result<Self, PayloadError>
    where
        T: Serialize + DeserializeOwned + 'static,
    {
        if let Some(bytes) = (value as &dyn Any).downcast_ref::<Vec<u8>>() {
            return Ok(Self::of_bytes(Bytes::copy_from_slice(bytes)));
        }
        let written = strict::write(value).map_err(PayloadError::encode)?;
        let doubts = written.doubts;
        let payload = Self::of_written(written);
        if doubts.any() {
            payload.check_reads_back::<T>(doubts)?;
        }
        Ok(payload)
    }

    fn of_written(written: Written) -> Self {
        let data = written.data;
        if written.is_bytes {
            return Self::of_bytes(data);
        }
        if data == b"null"[..] {
            return Self {
                encoding: Encoding::BinaryNull,
                ..Self::default()
            };
        }
        Self {
            data,
            ..Self::default()
        }
    }

    fn of_bytes(data: Bytes) -> Self {
        Self {
            encoding: Encoding::BinaryPlain,
            data,
            ..Self::default()
        }
    }

    fn check_reads_back<T>(&self, doubts: Doubts) -> Result<(), PayloadError>
    where
        T: Serialize + DeserializeOwned,
    {
        let read: T = self.decode().map_err(|error| {
            PayloadError::encode(format!("its type does not read it back: {error}"))
        })?;
        let again = strict::write(&read).map_err(PayloadError::encode)?;
        if again.doubts.null_in_some != doubts.null_in_some {
            return Err(PayloadError::encode(
                "a `Some` in it is written as null, and would come back as `None`",
            ));
        }
        Ok(())
    }

    /// The value of a payload.
    ///
    /// # Errors
    /// [`PayloadError`] if the encoding is none that holds a value, or the value is not a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, PayloadError> {
        match &self.encoding {
            Encoding::JsonPlain => serde_json::from_slice(&self.data).map_err(PayloadError::decode),
            Encoding::BinaryNull => serde_json::from_slice(b"null").map_err(PayloadError::decode),
            Encoding::BinaryPlain => {
                T::deserialize(Plain(&self.data)).map_err(PayloadError::decode)
            }
            other => Err(match (self.unreadable(), self.stored()) {
                (None, Some(stored)) => PayloadError::kept_apart(&stored),
                (why, _) => PayloadError::foreign_encoding(other, why),
            }),
        }
    }

    /// Why a codec has not decoded it, if one should have; see
    /// [`Codecs::decode_leniently`](crate::model::Codecs::decode_leniently).
    pub fn unreadable(&self) -> Option<&str> {
        let why = self.metadata.get(UNREADABLE)?;
        std::str::from_utf8(why).ok()
    }

    /// Takes down why a codec has not decoded it.
    pub(in crate::model) fn mark_unreadable(&mut self, why: &impl Display) {
        let why = Bytes::from(why.to_string());
        self.metadata.insert(UNREADABLE.to_owned(), why);
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
        Payload::encode(value).map(Self::of_single)
    }

    /// The same, for a value that is read back as the type it was; see
    /// [`Payload::encode_readable`].
    ///
    /// # Errors
    /// [`PayloadError`] if the value cannot be written, or does not read back.
    pub fn encode_readable<T>(value: &T) -> Result<Self, PayloadError>
    where
        T: Serialize + DeserializeOwned + 'static,
    {
        Payload::encode_readable(value).map(Self::of_single)
    }

    fn of_single(payload: Payload) -> Self {
        match payload.encoding {
            Encoding::BinaryNull => Self::EMPTY,
            _ => Self(vec![payload]),
        }
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

impl From<CodecError> for PayloadError {
    fn from(error: CodecError) -> Self {
        Self {
            message: format!("payload is not encoded or decoded: {error}"),
        }
    }
}

impl PayloadError {
    fn encode(why: impl Display) -> Self {
        Self {
            message: format!("value cannot be written: {why}"),
        }
    }

    fn decode(why: impl Display) -> Self {
        Self {
            message: format!("payload does not decode: {why}"),
        }
    }

    /// A value that is larger than is allowed where it is to go.
    pub(crate) fn too_large(what: &str, actual: usize, limit: usize) -> Self {
        Self {
            message: format!("{what} is too large limit={limit} actual={actual}"),
        }
    }

    fn kept_apart(stored: &StoredPayload) -> Self {
        let StoredPayload { key, bytes } = stored;
        Self::decode(format_args!(
            "its content is in a payload storage, which the engine has to be given bytes={bytes} \
             key={key}"
        ))
    }

    fn foreign_encoding(encoding: &Encoding, why: Option<&str>) -> Self {
        match why {
            Some(why) => Self::decode(format_args!("{why}, encoding={encoding}")),
            None => Self::decode(format_args!("unsupported encoding={encoding}")),
        }
    }
}
