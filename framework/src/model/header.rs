//! Header: what travels with a call to whatever it causes, beside its arguments.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::model::{
    Payload, PayloadError,
    named_payloads::{NamedPayloads, payloads_by_name},
};

/// Values by name that travel with a call: from the start of a workflow to its activities, its
/// children and the runs that follow it.
///
/// For what everybody on the way may want to know and nobody is asked for: whose work it is, which
/// trace it belongs to. It is not encoded by the engine's codecs, so that every reader can read it. A
/// call's header has 16 KiB at most, with its names.
///
/// # Examples
/// ```
/// use sempre::model::Header;
///
/// let header = Header::EMPTY.with("tenant", "acme")?;
/// assert_eq!(header.get::<String>("tenant")?, Some("acme".to_owned()));
/// assert_eq!(header.get::<String>("region")?, None);
/// # Ok::<(), sempre::model::PayloadError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Header(NamedPayloads);

payloads_by_name!(Header);

impl Header {
    /// The value of this name, if there is one.
    ///
    /// # Errors
    /// [`PayloadError`] if there is one and it is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, PayloadError> {
        self.payload(name).map(Payload::decode).transpose()
    }

    /// The same header with this value, in the place of one of the same name.
    ///
    /// # Errors
    /// [`PayloadError`] if the value does not become a payload.
    pub fn with(
        mut self,
        name: impl Into<String>,
        value: impl Serialize,
    ) -> Result<Self, PayloadError> {
        self.insert(name, Payload::encode(&value)?);
        Ok(self)
    }
}
