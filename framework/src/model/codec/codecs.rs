//! The codecs of an engine, one after the other.

use std::{borrow::Cow, mem, sync::Arc};

use derive_more::Debug;

use crate::model::{
    Codec, CodecError, Encoding, Failure, History, Payload, PayloadContext, UserData,
    UserDataVisitor, WorkflowId,
};

use super::failure;

/// Codecs that a payload goes through one after the other; none at all by default.
///
/// Cloning shares the codecs.
///
/// # Examples
/// ```
/// use sempre::codec::Compression;
/// use sempre::model::{Codecs, Payload, WorkflowId};
///
/// let codecs = Codecs::default().and(Compression::default());
/// let workflow_id = WorkflowId::from("order-42");
///
/// let written = Payload::encode(&"a".repeat(10_000))?;
/// let mut kept = written.clone();
/// codecs.encode(&mut kept, &workflow_id)?;
/// assert!(kept.size() < 200);
///
/// codecs.decode(&mut kept, &workflow_id)?;
/// assert_eq!(kept, written);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Codecs(#[debug("{} codecs", self.all().len())] Option<Arc<[Arc<dyn Codec>]>>);

impl Codecs {
    /// No codec at all.
    pub const NONE: Self = Self(None);

    /// These codecs, and another one that encodes what they have encoded, and decodes first.
    #[must_use]
    pub fn and(self, codec: impl Codec) -> Self {
        let codec: Arc<dyn Codec> = Arc::new(codec);
        let all = self.all().iter().map(Arc::clone);
        Self(Some(all.chain([codec]).collect()))
    }

    fn all(&self) -> &[Arc<dyn Codec>] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether there is none, so that payloads are kept as they are written.
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    /// Encodes all that the user has put into a value. What is no value at all (`null`) stays that.
    ///
    /// # Errors
    /// [`CodecError`] of the first codec that refuses; the value is of no use then.
    pub fn encode(
        &self,
        value: &mut (impl UserData + ?Sized),
        workflow_id: &WorkflowId,
    ) -> Result<(), CodecError> {
        self.encode_for(value, PayloadContext::of(workflow_id))
    }

    /// The same for what is not recorded.
    pub(crate) fn encode_for(
        &self,
        value: &mut (impl UserData + ?Sized),
        context: PayloadContext<'_>,
    ) -> Result<(), CodecError> {
        self.visit(value, Way::Encode, context)
    }

    /// Decodes all that the user has put into a value.
    ///
    /// # Errors
    /// [`CodecError`] of the first codec that refuses; the value is of no use then.
    pub fn decode(
        &self,
        value: &mut (impl UserData + ?Sized),
        workflow_id: &WorkflowId,
    ) -> Result<(), CodecError> {
        self.visit(value, Way::Decode, PayloadContext::of(workflow_id))
    }

    /// A history whose payloads are all decoded; the same one, if there is no codec.
    ///
    /// # Errors
    /// [`CodecError`] of the first payload that cannot be decoded.
    pub fn decoded<'h>(&self, history: &'h History) -> Result<Cow<'h, History>, CodecError> {
        if self.is_empty() {
            return Ok(Cow::Borrowed(history));
        }
        let mut decoded = history.clone();
        self.decode(&mut decoded, &history.execution.workflow_id)?;
        Ok(Cow::Owned(decoded))
    }

    /// Decodes what can be decoded, for people and tools to read. A payload that cannot stays as it
    /// is, and [`Payload::unreadable`] says why; a failure says so in its message.
    pub fn decode_leniently(&self, value: &mut (impl UserData + ?Sized), workflow_id: &WorkflowId) {
        let context = PayloadContext::of(workflow_id);
        let visited = self.visit(value, Way::DecodeLeniently, context);
        debug_assert_eq!(visited, Ok(()), "it takes everything");
    }

    fn visit(
        &self,
        value: &mut (impl UserData + ?Sized),
        way: Way,
        context: PayloadContext<'_>,
    ) -> Result<(), CodecError> {
        if self.is_empty() {
            return Ok(());
        }
        let codecs = self.all();
        value.visit(&mut Passage {
            codecs,
            context,
            way,
        })
    }
}

/// What becomes of payloads.
#[derive(Clone, Copy, Debug)]
enum Way {
    Encode,
    Decode,
    DecodeLeniently,
}

/// One value on its way through the codecs.
struct Passage<'a> {
    codecs: &'a [Arc<dyn Codec>],
    context: PayloadContext<'a>,
    way: Way,
}

impl Passage<'_> {
    fn encoded(&self, payload: Payload) -> Result<Payload, CodecError> {
        let mut codecs = self.codecs.iter();
        codecs.try_fold(payload, |payload, codec| {
            codec.encode(payload, self.context)
        })
    }

    fn decoded(&self, payload: Payload) -> Result<Payload, CodecError> {
        let mut codecs = self.codecs.iter().rev();
        codecs.try_fold(payload, |payload, codec| {
            codec.decode(payload, self.context)
        })
    }
}

impl UserDataVisitor for Passage<'_> {
    fn payload(&mut self, payload: &mut Payload) -> Result<(), CodecError> {
        // `null` says that there is no value, which the engine has to know: a memo is changed by it.
        if payload.encoding == Encoding::BinaryNull {
            return Ok(());
        }
        match self.way {
            Way::Encode => *payload = self.encoded(mem::take(payload))?,
            Way::Decode => *payload = self.decoded(mem::take(payload))?,
            Way::DecodeLeniently => match self.decoded(payload.clone()) {
                Ok(decoded) => *payload = decoded,
                Err(error) => payload.mark_unreadable(&error),
            },
        }
        Ok(())
    }

    fn failure(&mut self, failure: &mut Failure) -> Result<(), CodecError> {
        match self.way {
            Way::Encode => failure::hide_texts(failure, |texts| self.encoded(texts)),
            Way::Decode => failure::show_texts(failure, |texts| self.decoded(texts)),
            Way::DecodeLeniently => {
                if let Err(error) = failure::show_texts(failure, |texts| self.decoded(texts)) {
                    failure::say_unreadable(failure, &error);
                }
                Ok(())
            }
        }
    }
}
