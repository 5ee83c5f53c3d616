//! Memo: what a run carries for people and tools to read, and nobody to find it by.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::model::{
    Encoding, Payload, PayloadError,
    named_payloads::{NamedPayloads, payloads_by_name},
};

/// Values by name that a run carries: given at its start, changed by its program, shown with it.
///
/// # Examples
/// ```
/// use sempre::model::{Memo, Payload};
///
/// let memo: Memo = [("desk".to_owned(), Payload::encode("north")?)].into_iter().collect();
/// assert_eq!(memo.get::<String>("desk")?, Some("north".to_owned()));
/// assert_eq!(memo.get::<String>("clerk")?, None);
/// # Ok::<(), sempre::model::PayloadError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Memo(NamedPayloads);

payloads_by_name!(Memo);

impl Memo {
    /// The value of this name, if there is one.
    ///
    /// # Errors
    /// [`PayloadError`] if there is one and it is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, PayloadError> {
        self.payload(name).map(Payload::decode).transpose()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Payload> {
        self.0.values_mut()
    }

    /// Takes changes over: values in the place of those of the same name; one that is no value at
    /// all (`null`) takes that of its name out.
    pub fn apply(&mut self, changes: &Self) {
        for (name, payload) in changes.iter() {
            if payload.encoding == Encoding::BinaryNull {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), payload.clone());
            }
        }
    }
}

/// A change of one value of a memo: another one for it, or none.
///
/// # Examples
/// ```
/// use sempre::model::MemoUpdate;
///
/// let changes = [MemoUpdate::set("desk", "north"), MemoUpdate::unset("clerk")];
/// # let [_, _] = changes;
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemoUpdate {
    name: String,
    payload: Result<Payload, PayloadError>,
}

impl MemoUpdate {
    /// The change that gives a name this value; `None` takes its value away.
    pub fn set(name: impl Into<String>, value: impl Serialize) -> Self {
        Self {
            name: name.into(),
            payload: Payload::encode(&value),
        }
    }

    /// The change that takes the value of a name away.
    pub fn unset(name: impl Into<String>) -> Self {
        Self::set(name, ())
    }

    /// The name of the value.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name and payload.
    ///
    /// # Errors
    /// [`PayloadError`] if the value does not become a payload.
    pub(crate) fn into_parts(self) -> Result<(String, Payload), PayloadError> {
        Ok((self.name, self.payload?))
    }
}
