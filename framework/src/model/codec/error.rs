//! Why a payload was not encoded or decoded.

use derive_more::{Display, Error};

use crate::model::ContentKey;

/// A payload that a codec could not encode or decode.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[non_exhaustive]
pub enum CodecError {
    /// It was encrypted with a key that is not there. Bring the key back; what waits for it is tried
    /// again.
    #[display("key `{key_id}` is not known")]
    UnknownKey {
        /// The id of the key.
        key_id: String,
    },
    /// Its content is not in the payload storage. Put it back, such as from a backup; what waits for it
    /// is tried again.
    #[display("its content is missing in the payload storage, put it back key={key}")]
    Missing {
        /// The key of the content.
        key: ContentKey,
    },
    /// It is not what was written: somebody changed it, or it was cut off.
    #[display("it is not what was written: {reason}")]
    Damaged {
        /// How that was seen.
        reason: String,
    },
    /// The codec failed for a reason of its own.
    #[display("{reason}")]
    Failed {
        /// Which one.
        reason: String,
    },
}

impl CodecError {
    /// That a key is not there.
    pub fn unknown_key(key_id: impl Into<String>) -> Self {
        let key_id = key_id.into();
        Self::UnknownKey { key_id }
    }

    /// That the payload is not what was written.
    pub fn damaged(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Damaged { reason }
    }

    /// That the codec failed.
    pub fn failed(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::Failed { reason }
    }
}
