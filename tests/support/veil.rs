//! A codec for tests: nobody sees through it, and it does the same every time.

use bytes::Bytes;
use sempre::model::{Codec, CodecError, Encoding, Payload, PayloadContext};

/// The encoding of what is veiled.
const VEILED: &str = "test/veiled";
/// The metadata that says which encoding it had.
const BEFORE: &str = "encoding-before";
/// What each byte is changed by.
const CHANGE: u8 = 0x55;

/// Encodes so that nobody sees through it, and always in the same way.
///
/// One that is torn lets every value through whose length is a multiple of three.
#[derive(Clone, Copy, Debug, Default)]
pub struct Veil {
    /// Whether it is torn.
    pub is_torn: bool,
}

impl Codec for Veil {
    fn encode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        if self.is_torn && payload.data.len().is_multiple_of(3) {
            return Ok(payload);
        }
        let mut metadata = payload.metadata;
        let before = payload.encoding.to_string();
        metadata.insert(BEFORE.to_owned(), before.into());
        Ok(Payload {
            encoding: Encoding::Other(VEILED.to_owned()),
            data: changed(&payload.data),
            metadata,
        })
    }

    fn decode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        if payload.encoding.as_str() != VEILED {
            return Ok(payload);
        }
        let mut metadata = payload.metadata;
        let before = metadata.remove(BEFORE).map(|it| it.to_vec());
        let before = before.and_then(|before| String::from_utf8(before).ok());
        let before = before.ok_or_else(|| CodecError::damaged("it names no encoding"))?;
        Ok(Payload {
            encoding: before.into(),
            data: changed(&payload.data),
            metadata,
        })
    }
}

fn changed(data: &[u8]) -> Bytes {
    data.iter().map(|byte| byte ^ CHANGE).collect()
}
