//! Writing an event as JSON.

use prost_reflect::{DynamicMessage, SerializeOptions, prost::Message};
use serde_json::Value;
use temporalio_protos::temporal::api::history::v1::HistoryEvent;

use super::{Retired, spelling::attributes_key};
use crate::descriptor::DESCRIPTORS;

/// The event in canonical proto3 JSON, with the retired fields it had.
#[expect(
    clippy::expect_used,
    reason = "both sides are made from the same descriptors"
)]
pub(crate) fn write_event(message: &HistoryEvent, retired: &Retired) -> Value {
    let bytes = message.encode_to_vec();
    let message_type = DESCRIPTORS.event.clone();
    let dynamic = DynamicMessage::decode(message_type, bytes.as_slice())
        .expect("a message of this type reads as one");
    let mut json = dynamic
        .serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())
        .expect("keys are text and numbers finite");
    let event_type = message.event_type();
    let attributes = json.get_mut(attributes_key(event_type.as_str_name()));
    if let Some(attributes) = attributes.and_then(Value::as_object_mut) {
        retired.give_back(attributes);
    }
    json
}
