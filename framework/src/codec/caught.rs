//! A codec whose panics are errors, because it is the user's code.

use crate::{
    model::{Codec, CodecError, Payload, PayloadContext},
    panic::catch,
};

/// A codec of somebody else's; one that panics has failed, and harms nobody but the value.
#[derive(Debug)]
pub(crate) struct Caught<C>(pub(crate) C);

impl<C: Codec> Codec for Caught<C> {
    fn encode(&self, payload: Payload, context: PayloadContext<'_>) -> Result<Payload, CodecError> {
        caught(|| self.0.encode(payload, context))
    }

    fn decode(&self, payload: Payload, context: PayloadContext<'_>) -> Result<Payload, CodecError> {
        caught(|| self.0.decode(payload, context))
    }
}

fn caught(work: impl FnOnce() -> Result<Payload, CodecError>) -> Result<Payload, CodecError> {
    catch(work)
        .unwrap_or_else(|panic| Err(CodecError::failed(format!("the codec panicked: {panic}"))))
}
