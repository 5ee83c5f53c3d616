//! What is shown of payloads: nothing until it is asked for, and then what the service lets through.

use std::sync::Arc;

use derive_more::Debug;
use sempre::model::{Encoding, Payload, Payloads, StoredPayload};
use serde_json::Value;

/// Takes out of a value what nobody should see.
pub(crate) type Redact = Arc<dyn Fn(Value) -> Value + Send + Sync>;

/// What is shown of payloads.
#[derive(Clone, Debug)]
pub(crate) enum Reveal {
    /// How many there are, and how large.
    Hidden,
    /// What the service lets through, if it has a rule.
    Shown(#[debug(skip)] Option<Redact>),
}

impl Reveal {
    /// The value of a payload as it may be seen; `None` if it is hidden.
    pub(crate) fn value(&self, payload: &Payload) -> Option<Value> {
        let Self::Shown(redact) = self else {
            return None;
        };
        let value = plain(payload);
        Some(match redact {
            Some(redact) => redact(value),
            None => value,
        })
    }

    /// The same for the payloads of a call: the value alone if there is one, a list of several.
    pub(crate) fn values(&self, payloads: &Payloads) -> Option<Value> {
        let values: Option<Vec<_>> = payloads.0.iter().map(|it| self.value(it)).collect();
        let mut values = values?;
        Some(match values.len() {
            0 => Value::Null,
            1 => values.remove(0),
            _ => Value::Array(values),
        })
    }
}

/// The value of a payload; of bytes, how many there are.
fn plain(payload: &Payload) -> Value {
    match &payload.encoding {
        Encoding::BinaryNull => Value::Null,
        Encoding::JsonPlain => match serde_json::from_slice(&payload.data) {
            Ok(value) => value,
            Err(_) => Value::from(String::from_utf8_lossy(&payload.data)),
        },
        other => {
            let why = payload.unreadable().map(|why| format!(", {why}"));
            let why = why.unwrap_or_default();
            Value::from(match payload.stored() {
                Some(StoredPayload { key, bytes, .. }) => {
                    format!("<stored elsewhere, {bytes} bytes, key {key}{why}>")
                }
                None => format!("<{other}, {} bytes{why}>", payload.data.len()),
            })
        }
    }
}
