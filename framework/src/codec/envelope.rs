//! A payload as a whole, in bytes: what compression and encryption work on.

use crate::model::{CodecError, Payload};

/// The bytes of a payload, with its encoding and metadata.
pub(super) fn pack(payload: &Payload) -> Result<Vec<u8>, CodecError> {
    rmp_serde::to_vec(payload).map_err(|error| CodecError::failed(error.to_string()))
}

/// The payload of such bytes.
pub(super) fn unpack(packed: &[u8]) -> Result<Payload, CodecError> {
    rmp_serde::from_slice(packed).map_err(|error| CodecError::damaged(error.to_string()))
}
