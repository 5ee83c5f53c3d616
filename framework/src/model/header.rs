//! Header: what travels with a call to whatever it causes, beside its arguments.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::model::{Payload, PayloadError, named_payloads::NamedPayloads};

/// Values by name that travel with a call: from the start of a workflow to its activities, its
/// children and the runs that follow it.
///
/// For what everybody on the way may want to know and nobody is asked for: whose work it is, which
/// trace it belongs to. It is not encoded by the engine's codecs, so that every reader can read it. A
/// call's header has 16 KiB at most, with its names.
///
/// # Examples
/// ```
/// use sempre::model::{Header, Payload};
///
/// let mut header = Header::default();
/// header.insert("tenant", Payload::encode("acme")?);
/// assert_eq!(header.get::<String>("tenant")?, Some("acme".to_owned()));
/// assert_eq!(header.get::<String>("region")?, None);
/// # Ok::<(), sempre::model::PayloadError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Header(NamedPayloads);

impl Header {
    /// No value at all.
    pub const EMPTY: Self = Self(NamedPayloads::EMPTY);

    /// The value of this name, if there is one.
    ///
    /// # Errors
    /// [`PayloadError`] if there is one and it is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, PayloadError> {
        self.payload(name).map(Payload::decode).transpose()
    }

    /// The value of this name as it was written, if there is one.
    pub fn payload(&self, name: &str) -> Option<&Payload> {
        self.0.get(name)
    }

    /// All values, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Payload)> + Clone {
        self.0.iter()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// The bytes that count against the limit: names and values.
    pub fn size(&self) -> usize {
        self.0.size()
    }

    /// Adds a value, in the place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, payload: Payload) {
        self.0.insert(name.into(), payload);
    }

    /// Takes out the value of this name.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }
}

impl FromIterator<(String, Payload)> for Header {
    fn from_iter<I: IntoIterator<Item = (String, Payload)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}
