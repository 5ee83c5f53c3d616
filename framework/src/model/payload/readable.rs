//! Payloads within a value, as what they mostly are: texts. Bytes in JSON would take four times the
//! room.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Encoding, Payload, Payloads};

/// A payload as it is written down.
#[derive(Serialize, Deserialize)]
struct Readable {
    encoding: Encoding,
    data: Data,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, Bytes>,
}

#[derive(Serialize, Deserialize)]
enum Data {
    #[serde(rename = "text")]
    Text(String),
    #[serde(rename = "bytes")]
    Bytes(Bytes),
}

pub(crate) fn serialize<S: Serializer>(payloads: &Payloads, to: S) -> Result<S::Ok, S::Error> {
    let readable = payloads.0.iter().map(|payload| Readable {
        encoding: payload.encoding.clone(),
        data: match std::str::from_utf8(&payload.data) {
            Ok(text) => Data::Text(text.to_owned()),
            Err(_) => Data::Bytes(payload.data.clone()),
        },
        metadata: payload.metadata.clone(),
    });
    to.collect_seq(readable)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Payloads, D::Error> {
    let readable = Vec::<Readable>::deserialize(from)?;
    let payloads = readable.into_iter().map(|it| Payload {
        encoding: it.encoding,
        data: match it.data {
            Data::Text(text) => text.into(),
            Data::Bytes(bytes) => bytes,
        },
        metadata: it.metadata,
    });
    Ok(Payloads(payloads.collect()))
}
