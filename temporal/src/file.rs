//! A file of histories: how it is written follows from its name.

use std::{fs, io, path::Path, string::FromUtf8Error};

use derive_more::{Display, Error, From};
use sempre::{
    model::{CodecError, EventId},
    storage::StorageError,
};

use crate::{ImportError, TemporalHistory};

/// A file whose histories cannot be used: why not.
#[derive(Debug, Display, Error, From)]
#[non_exhaustive]
pub enum HistoryFileError {
    /// The file cannot be read.
    #[display("cannot be read: {_0}")]
    Unreadable(io::Error),
    /// The file should be JSON, and is no text.
    #[display("not text: {_0}")]
    NotText(FromUtf8Error),
    /// It is a run of a store, and a record of it cannot be read.
    Store(StorageError),
    /// The file is text in UTF-16, as some shells write what they redirect.
    #[display("text in UTF-16, save it as UTF-8")]
    #[from(skip)]
    Utf16,
    /// A payload of it cannot be decoded.
    #[display("a payload cannot be decoded: {_0}")]
    Codec(CodecError),
    /// What is in it is no history; the error names the event, where one is known.
    Import(ImportError),
    /// It is a list of histories, and there is none in it.
    #[display("not a history: the list is empty")]
    #[from(skip)]
    Empty,
    /// Its name does not say how it is written.
    #[display("name it *.json if it is JSON, and *.pb or *.binpb if it is protobuf")]
    #[from(skip)]
    UnknownFormat,
    /// It is a history, but no code of sempre's could have written it: it holds an event that sempre
    /// has no model of, and that may not be ignored.
    #[display("event {event_id}: {event_type} is not replayed by this release")]
    #[from(skip)]
    Unsupported {
        /// The event.
        event_id: EventId,
        /// Its type, as Temporal writes it.
        event_type: String,
    },
}

impl HistoryFileError {
    /// The event that is wrong, as far as it is known.
    pub fn event_id(&self) -> Option<EventId> {
        match self {
            Self::Import(error) => error.event_id,
            Self::Unsupported { event_id, .. } => Some(*event_id),
            Self::Unreadable(_)
            | Self::NotText(_)
            | Self::Store(_)
            | Self::Utf16
            | Self::Empty
            | Self::Codec(_)
            | Self::UnknownFormat => None,
        }
    }
}

/// How a history is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// Temporal's JSON.
    Json,
    /// Temporal's protobuf message.
    Protobuf,
}

impl Format {
    /// The format that the name of a file stands for.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "json" => Some(Self::Json),
            "pb" | "binpb" => Some(Self::Protobuf),
            _ => None,
        }
    }
}

/// The histories of a file: at least one of JSON, exactly one of protobuf.
pub(crate) fn read(path: &Path) -> Result<Vec<TemporalHistory>, HistoryFileError> {
    let format = Format::of(path).ok_or(HistoryFileError::UnknownFormat)?;
    read_as(format, path)
}

/// The histories of a file that was named by a person: JSON, unless its name says otherwise.
///
/// # Errors
/// [`HistoryFileError`] if the file cannot be read, or holds no history.
pub fn read_named(path: &Path) -> Result<Vec<TemporalHistory>, HistoryFileError> {
    read_as(Format::of(path).unwrap_or(Format::Json), path)
}

fn read_as(format: Format, path: &Path) -> Result<Vec<TemporalHistory>, HistoryFileError> {
    let bytes = fs::read(path)?;
    let histories = match format {
        Format::Json if is_utf16(&bytes) => return Err(HistoryFileError::Utf16),
        Format::Json => TemporalHistory::from_json(&String::from_utf8(bytes)?)?,
        Format::Protobuf => vec![TemporalHistory::from_protobuf(&bytes)?],
    };
    if histories.is_empty() {
        return Err(HistoryFileError::Empty);
    }
    Ok(histories)
}

/// Whether this is a byte order mark of UTF-16 and a first letter.
fn is_utf16(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xff, 0xfe, 1..=0x7f, 0, ..] | [0xfe, 0xff, 0, 1..=0x7f, ..]
    )
}
