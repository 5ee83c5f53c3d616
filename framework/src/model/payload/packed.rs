//! A payload as a whole, in bytes: what is compressed, encrypted and put into a payload storage.

use crate::model::{CodecError, Payload};

/// Bytes for the marks of MessagePack, and for what is put behind.
const ROOM: usize = 128;

/// The bytes of a payload, with its encoding and metadata.
pub(crate) fn pack(payload: &Payload) -> Result<Vec<u8>, CodecError> {
    pack_behind(&[], payload)
}

/// The same behind other bytes.
pub(crate) fn pack_behind(head: &[u8], payload: &Payload) -> Result<Vec<u8>, CodecError> {
    // Room for all of it and for a tag, so that it is written once and stays where it is.
    let mut packed = Vec::with_capacity(head.len() + payload.size() + ROOM);
    packed.extend_from_slice(head);
    rmp_serde::encode::write(&mut packed, payload)
        .map_err(|error| CodecError::failed(error.to_string()))?;
    Ok(packed)
}

/// The payload of such bytes.
pub(crate) fn unpack(packed: &[u8]) -> Result<Payload, CodecError> {
    rmp_serde::from_slice(packed).map_err(|error| CodecError::damaged(error.to_string()))
}
