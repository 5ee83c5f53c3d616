//! Payloads: bytes with their encoding.

use sempre::model::{Encoding, Payload, Payloads};
use temporalio_protos::temporal::api::common::v1 as common;

use super::{Field, Malformed};

/// The entry of the metadata that names the encoding.
const ENCODING: &str = "encoding";

impl Field<common::Payload> for Payload {
    fn to_field(&self) -> common::Payload {
        let encoding = (ENCODING.to_owned(), self.encoding.to_string().into_bytes());
        let others = self.metadata.iter();
        let others = others.map(|(key, value)| (key.clone(), value.to_vec()));
        common::Payload {
            metadata: others.chain([encoding]).collect(),
            data: self.data.to_vec(),
            ..Default::default()
        }
    }

    fn from_field(field: &common::Payload) -> Result<Self, Malformed> {
        let encoding = field.metadata.get(ENCODING).map_or(Ok(""), |bytes| {
            std::str::from_utf8(bytes).map_err(|_| Malformed("payload's encoding is no text"))
        })?;
        let others = field.metadata.iter().filter(|(key, _)| *key != ENCODING);
        Ok(Self {
            encoding: Encoding::from(encoding.to_owned()),
            data: field.data.clone().into(),
            metadata: others
                .map(|(key, value)| (key.clone(), value.clone().into()))
                .collect(),
        })
    }
}

impl Field<Option<common::Payload>> for Option<Payload> {
    fn to_field(&self) -> Option<common::Payload> {
        self.as_ref().map(Field::to_field)
    }

    fn from_field(field: &Option<common::Payload>) -> Result<Self, Malformed> {
        field.as_ref().map(Payload::from_field).transpose()
    }
}

impl Field<Option<common::Payloads>> for Payloads {
    fn to_field(&self) -> Option<common::Payloads> {
        (!self.is_empty()).then(|| common::Payloads {
            payloads: self.0.iter().map(Field::to_field).collect(),
        })
    }

    fn from_field(field: &Option<common::Payloads>) -> Result<Self, Malformed> {
        let payloads = field.iter().flat_map(|it| &it.payloads);
        payloads
            .map(Payload::from_field)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}
