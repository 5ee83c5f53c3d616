//! What a codec has to do.

use crate::model::{CodecError, Payload, WorkflowId};

/// Whose payload it is that a codec is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct PayloadContext<'a> {
    /// The execution that the value is meant for: the one whose code or caller wrote it, or the one that
    /// it is sent to, of a signal to another workflow and of the input of a child.
    pub workflow_id: &'a WorkflowId,
    /// What becomes of what was encoded.
    pub usage: PayloadUse,
}

/// What becomes of a payload that a codec encodes. Whatever it is, the codec may do the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum PayloadUse {
    /// It is recorded: what it needs to be read has to be safe when the codec returns.
    #[default]
    Recorded,
    /// It was recorded by an earlier process, whose history is told to the code again; nobody reads it.
    Repeated,
    /// It is handed on in this process, and never recorded: a query, its answer, or the input of a local
    /// activity.
    Passed,
}

impl<'a> PayloadContext<'a> {
    /// The context of payloads of this execution, which are recorded.
    pub fn of(workflow_id: &'a WorkflowId) -> Self {
        let usage = PayloadUse::Recorded;
        Self { workflow_id, usage }
    }

    /// The same for payloads of which something else becomes.
    #[must_use]
    pub fn used(self, usage: PayloadUse) -> Self {
        Self { usage, ..self }
    }
}

/// Turns payloads into what is kept of them, and back: encryption, compression, or what else a
/// service needs.
///
/// Contract for implementers:
/// * C1: decoding what was encoded gives the same payload, also years later and in another process;
/// * C2: what was encoded has an [encoding](crate::model::Encoding) of the codec's own, and a payload
///   of any other encoding is decoded as it is, because histories hold values from before the codec
///   was there and from other codecs;
/// * C3: both are quick and do not wait, because they run on the threads that carry workflows. A key
///   that has to be fetched is fetched beforehand. One that panics has failed.
///
/// # Examples
/// ```
/// use sempre::model::{Codec, CodecError, Encoding, Payload, PayloadContext};
///
/// struct Reversed;
///
/// impl Codec for Reversed {
///     fn encode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
///         if payload.encoding != Encoding::JsonPlain {
///             return Ok(payload);
///         }
///         let data = payload.data.iter().rev().copied().collect();
///         let encoding = Encoding::Other("json/reversed".into());
///         Ok(Payload { encoding, data, ..payload })
///     }
///
///     fn decode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
///         if payload.encoding != Encoding::Other("json/reversed".into()) {
///             return Ok(payload);
///         }
///         let data = payload.data.iter().rev().copied().collect();
///         Ok(Payload { encoding: Encoding::JsonPlain, data, ..payload })
///     }
/// }
/// ```
pub trait Codec: Send + Sync + 'static {
    /// What is kept of a payload.
    ///
    /// # Errors
    /// [`CodecError`] if it cannot be encoded now. A request is refused then, a workflow task fails
    /// and is tried again, and an activity's attempt fails.
    fn encode(&self, payload: Payload, context: PayloadContext<'_>) -> Result<Payload, CodecError>;

    /// The payload that was encoded; one that was not encoded by this codec as it is.
    ///
    /// # Errors
    /// [`CodecError`] if it cannot be decoded now, or was changed.
    fn decode(&self, payload: Payload, context: PayloadContext<'_>) -> Result<Payload, CodecError>;
}
