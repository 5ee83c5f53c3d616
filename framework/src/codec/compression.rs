//! Compression: large payloads take less room.

use crate::model::{Codec, CodecError, Encoding, Payload, PayloadContext, packed};

/// The encoding of a compressed payload.
const ENCODING: &str = "binary/lz4";

/// Compresses payloads (LZ4) that are large enough to be worth it.
///
/// Put it before `Encryption`: what is encrypted cannot be compressed.
///
/// # Examples
/// ```
/// use sempre::codec::Compression;
///
/// let compression = Compression::default().min_bytes(4 * 1024);
/// # let _ = compression;
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Compression {
    min_bytes: usize,
    max_bytes: usize,
}

impl Default for Compression {
    fn default() -> Self {
        Self {
            min_bytes: 1024,
            max_bytes: 64 * 1024 * 1024,
        }
    }
}

impl Compression {
    /// The same for payloads of at least this many bytes; smaller ones stay as they are. Default: 1 KiB.
    #[must_use]
    pub fn min_bytes(mut self, bytes: usize) -> Self {
        self.min_bytes = bytes;
        self
    }

    /// The same for payloads of at most this many bytes; larger ones are refused, in both
    /// directions, so that a forged one does not take all memory. Default: 64 MiB.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    fn check(&self, bytes: usize) -> Result<(), CodecError> {
        if bytes <= self.max_bytes {
            return Ok(());
        }
        let limit = self.max_bytes;
        let reason = format!("it is too large limit={limit} actual={bytes}");
        Err(CodecError::failed(reason))
    }
}

impl Codec for Compression {
    fn encode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        if payload.size() < self.min_bytes {
            return Ok(payload);
        }
        let packed = packed::pack(&payload)?;
        self.check(packed.len())?;
        let compressed = lz4_flex::compress_prepend_size(&packed);
        if compressed.len() >= payload.size() {
            return Ok(payload);
        }
        Ok(Payload {
            encoding: Encoding::Other(ENCODING.to_owned()),
            data: compressed.into(),
            ..Payload::default()
        })
    }

    fn decode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        if payload.encoding.as_str() != ENCODING {
            return Ok(payload);
        }
        let (size, compressed) = lz4_flex::block::uncompressed_size(&payload.data)
            .map_err(|error| CodecError::damaged(error.to_string()))?;
        self.check(size)?;
        let packed = lz4_flex::decompress(compressed, size)
            .map_err(|error| CodecError::damaged(error.to_string()))?;
        packed::unpack(&packed)
    }
}
