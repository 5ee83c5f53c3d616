//! The search attributes of a run, as its history holds them.

use serde::{Deserialize, Serialize};

use crate::model::{
    Encoding, Payload, SearchAttribute, SearchAttributeContent, SearchAttributeType,
    SearchAttributeUpdate, SearchAttributeValue,
    named_payloads::{NamedPayloads, payloads_by_name},
    search_attribute::value::payload_type,
};

/// Search attributes by name: those of a run, or changes of them.
///
/// # Examples
/// ```
/// use sempre::{SearchAttribute, model::SearchAttributes};
///
/// const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");
/// const AMOUNT: SearchAttribute<i64> = SearchAttribute::int("Amount");
///
/// let attributes: SearchAttributes = [CUSTOMER.set("ada"), AMOUNT.set(12)].into_iter().collect();
/// assert_eq!(attributes.get(CUSTOMER), Some("ada".to_owned()));
/// assert_eq!(attributes.get(AMOUNT), Some(12));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SearchAttributes(NamedPayloads);

payloads_by_name!(SearchAttributes);

impl SearchAttributes {
    /// The value of an attribute; `None` if there is none, or one of another type.
    pub fn get<T: SearchAttributeContent>(&self, attribute: SearchAttribute<T>) -> Option<T> {
        let value = self.value(attribute.name())?;
        if value.value_type() != attribute.value_type() {
            return None;
        }
        T::from_value(value)
    }

    /// The value of this name; `None` if there is none, or one of a type that sempre does not know.
    pub fn value(&self, name: &str) -> Option<SearchAttributeValue> {
        SearchAttributeValue::from_payload(self.payload(name)?)
    }

    /// Takes changes over: values in the place of those of the same name; no value, or an empty
    /// list, takes that of its name out.
    pub fn apply(&mut self, changes: &Self) {
        for (name, payload) in changes.iter() {
            if is_none(payload) {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), payload.clone());
            }
        }
    }

    /// Takes values over as they are given, also those that stand for none.
    pub(crate) fn apply_given(&mut self, given: &Self) {
        for (name, payload) in given.iter() {
            self.0.insert(name.to_owned(), payload.clone());
        }
    }

    /// The type that the payload of a name says it is of, if it is there and says one.
    pub fn value_type(&self, name: &str) -> Option<SearchAttributeType> {
        payload_type(self.payload(name)?)
    }
}

/// Whether a payload stands for no value.
pub(crate) fn is_none(payload: &Payload) -> bool {
    match payload.encoding {
        Encoding::BinaryNull => true,
        Encoding::JsonPlain => payload.data == b"[]"[..],
        _ => false,
    }
}

impl FromIterator<SearchAttributeUpdate> for SearchAttributes {
    fn from_iter<I: IntoIterator<Item = SearchAttributeUpdate>>(changes: I) -> Self {
        let changes = changes.into_iter().map(SearchAttributeUpdate::into_parts);
        changes.collect()
    }
}
