//! What a transition names of stored payloads.

use bytes::Bytes;

use crate::model::{
    CodecError, ContentKey, Failure, Payload, Transition, UserData as _, UserDataVisitor,
};

/// The stored payloads that a transition names; takes no memory of its own where it names none.
#[derive(Debug, Default)]
pub(crate) struct StoredNames {
    /// Their keys, each once.
    pub(crate) keys: Vec<ContentKey>,
    /// The references to them. What has been put away is kept as long as they are held, so they are
    /// until the store knows that they are named.
    pub(crate) held: Vec<Bytes>,
}

impl StoredNames {
    /// What this transition names.
    pub(crate) fn of(transition: &mut Transition) -> Self {
        let mut named = Self::default();
        let visited = transition.visit(&mut named);
        debug_assert_eq!(visited, Ok(()), "it takes everything");
        named.keys.sort_unstable();
        named.keys.dedup();
        named
    }
}

impl UserDataVisitor for StoredNames {
    fn payload(&mut self, payload: &mut Payload) -> Result<(), CodecError> {
        if let Some(stored) = payload.stored() {
            self.keys.push(stored.key);
            self.held.push(payload.data.clone());
        }
        Ok(())
    }

    fn failure(&mut self, failure: &mut Failure) -> Result<(), CodecError> {
        match &mut failure.encoded_attributes {
            Some(texts) => self.payload(texts),
            None => Ok(()),
        }
    }
}
