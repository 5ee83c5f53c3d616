//! Memo, search attributes, the details of markers, and what is said to people.

#![expect(
    clippy::disallowed_types,
    reason = "Temporal's messages have such maps; what is read of them is put in order"
)]

use std::collections::{BTreeMap, HashMap};

use sempre::model::{Header, Memo, Payload, Payloads, Priority, SearchAttributes, UserMetadata};
use temporalio_protos::temporal::api::{common::v1 as common, sdk::v1 as sdk};

use super::{Field, Malformed};

impl Field<Option<common::Memo>> for Memo {
    fn to_field(&self) -> Option<common::Memo> {
        let fields = self.iter().map(to_entry).collect();
        (!self.is_empty()).then_some(common::Memo { fields })
    }

    fn from_field(field: &Option<common::Memo>) -> Result<Self, Malformed> {
        let fields = field.iter().flat_map(|it| &it.fields);
        fields.map(from_entry).collect()
    }
}

impl Field<Option<common::Header>> for Header {
    fn to_field(&self) -> Option<common::Header> {
        let fields = self.iter().map(to_entry).collect();
        (!self.is_empty()).then_some(common::Header { fields })
    }

    fn from_field(field: &Option<common::Header>) -> Result<Self, Malformed> {
        let fields = field.iter().flat_map(|it| &it.fields);
        fields.map(from_entry).collect()
    }
}

impl Field<Option<common::Priority>> for Option<Box<Priority>> {
    fn to_field(&self) -> Option<common::Priority> {
        self.as_ref().map(|it| common::Priority {
            priority_key: it.priority_key.into(),
            fairness_key: it.fairness_key.clone(),
            fairness_weight: it.fairness_weight,
        })
    }

    fn from_field(field: &Option<common::Priority>) -> Result<Self, Malformed> {
        let Some(field) = field else {
            return Ok(None);
        };
        let key = u8::try_from(field.priority_key);
        let read = Priority::default()
            .key(key.map_err(|_| Malformed("priority is not from 1 to 5"))?)
            .fairness_key(field.fairness_key.clone())
            .fairness_weight(field.fairness_weight);
        Ok(read.into_attribute())
    }
}

impl Field<Option<common::SearchAttributes>> for SearchAttributes {
    fn to_field(&self) -> Option<common::SearchAttributes> {
        let indexed_fields = self.iter().map(to_entry).collect();
        (!self.is_empty()).then_some(common::SearchAttributes { indexed_fields })
    }

    fn from_field(field: &Option<common::SearchAttributes>) -> Result<Self, Malformed> {
        let fields = field.iter().flat_map(|it| &it.indexed_fields);
        fields.map(from_entry).collect()
    }
}

fn to_entry((name, payload): (&str, &Payload)) -> (String, common::Payload) {
    (name.to_owned(), payload.to_field())
}

fn from_entry(
    (name, payload): (&String, &common::Payload),
) -> Result<(String, Payload), Malformed> {
    Ok((name.clone(), Payload::from_field(payload)?))
}

impl Field<HashMap<String, common::Payloads>> for BTreeMap<String, Payloads> {
    fn to_field(&self) -> HashMap<String, common::Payloads> {
        let entries = self.iter().map(|(key, values)| {
            let values: Option<common::Payloads> = values.to_field();
            (key.clone(), values.unwrap_or_default())
        });
        entries.collect()
    }

    fn from_field(field: &HashMap<String, common::Payloads>) -> Result<Self, Malformed> {
        let entries = field.iter().map(|(key, values)| {
            let values = Payloads::from_field(&Some(values.clone()))?;
            Ok((key.clone(), values))
        });
        entries.collect()
    }
}

impl Field<Option<sdk::UserMetadata>> for Option<Box<UserMetadata>> {
    fn to_field(&self) -> Option<sdk::UserMetadata> {
        let written = self.as_ref().filter(|it| !it.is_empty())?;
        Some(sdk::UserMetadata {
            summary: to_text(&written.summary),
            details: to_text(&written.details),
        })
    }

    /// What is no text says nothing to people, and is left in the message.
    fn from_field(field: &Option<sdk::UserMetadata>) -> Result<Self, Malformed> {
        let Some(field) = field else {
            return Ok(None);
        };
        let read = UserMetadata {
            summary: from_text(field.summary.as_ref())?,
            details: from_text(field.details.as_ref())?,
        };
        Ok(Some(Box::new(read)).filter(|it| !it.is_empty()))
    }
}

fn to_text(text: &str) -> Option<common::Payload> {
    let payload = Payload::encode(text).ok()?;
    (!text.is_empty()).then(|| payload.to_field())
}

fn from_text(field: Option<&common::Payload>) -> Result<String, Malformed> {
    let payload = field.map(Payload::from_field).transpose()?;
    let text = payload.and_then(|payload| payload.decode().ok());
    Ok(text.unwrap_or_default())
}
