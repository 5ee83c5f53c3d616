//! Payloads by name: what memo, header and search attributes have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Payload;

/// Payloads by name. That of a run without any takes no memory of its own.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
#[expect(
    clippy::box_collection,
    reason = "an event and an info have a word for it instead of three"
)]
pub(super) struct NamedPayloads(Option<Box<BTreeMap<String, Payload>>>);

impl NamedPayloads {
    pub(super) const EMPTY: Self = Self(None);

    pub(super) fn get(&self, name: &str) -> Option<&Payload> {
        self.0.as_ref()?.get(name)
    }

    pub(super) fn insert(&mut self, name: String, payload: Payload) {
        self.0.get_or_insert_default().insert(name, payload);
    }

    pub(super) fn remove(&mut self, name: &str) {
        if let Some(mut payloads) = self.0.take() {
            payloads.remove(name);
            self.0 = Some(payloads).filter(|payloads| !payloads.is_empty());
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Payload)> + Clone {
        let payloads = self.0.iter().flat_map(|payloads| payloads.iter());
        payloads.map(|(name, payload)| (name.as_str(), payload))
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Payload> {
        let payloads = self.0.iter_mut();
        payloads.flat_map(|payloads| payloads.values_mut())
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |payloads| payloads.len())
    }

    /// The bytes of names and payloads.
    pub(super) fn size(&self) -> usize {
        let sizes = self
            .iter()
            .map(|(name, payload)| name.len() + payload.size());
        sizes.sum()
    }
}

impl FromIterator<(String, Payload)> for NamedPayloads {
    fn from_iter<I: IntoIterator<Item = (String, Payload)>>(payloads: I) -> Self {
        let payloads: BTreeMap<_, _> = payloads.into_iter().collect();
        Self(Some(Box::new(payloads)).filter(|payloads| !payloads.is_empty()))
    }
}

/// What all can do that hold payloads by name.
macro_rules! payloads_by_name {
    ($name:ident) => {
        impl $name {
            /// No value at all.
            pub const EMPTY: Self = Self($crate::model::named_payloads::NamedPayloads::EMPTY);

            /// The value of this name as it was written, if there is one.
            pub fn payload(&self, name: &str) -> Option<&$crate::model::Payload> {
                self.0.get(name)
            }

            /// All values as they were written, in the order of their names.
            pub fn iter(&self) -> impl Iterator<Item = (&str, &$crate::model::Payload)> + Clone {
                self.0.iter()
            }

            /// How many values there are.
            pub fn len(&self) -> usize {
                self.0.len()
            }

            /// Whether there is none.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// The bytes that count against the limit: names and values.
            pub fn size(&self) -> usize {
                self.0.size()
            }

            /// Adds a value as it was written, in the place of one of the same name.
            pub fn insert(&mut self, name: impl Into<String>, payload: $crate::model::Payload) {
                self.0.insert(name.into(), payload);
            }

            /// Takes out the value of this name.
            pub fn remove(&mut self, name: &str) {
                self.0.remove(name);
            }
        }

        impl FromIterator<(String, $crate::model::Payload)> for $name {
            fn from_iter<I>(values: I) -> Self
            where
                I: IntoIterator<Item = (String, $crate::model::Payload)>,
            {
                Self(values.into_iter().collect())
            }
        }
    };
}

pub(super) use payloads_by_name;
