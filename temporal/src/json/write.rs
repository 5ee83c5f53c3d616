//! Writing an event as JSON.

use prost_reflect::{DynamicMessage, SerializeOptions, prost::Message};
use serde_json::Value;
use temporalio_protos::temporal::api::history::v1::HistoryEvent;

use super::Remainder;
use crate::descriptor::DESCRIPTORS;

/// The event in canonical proto3 JSON, with what its file said beyond it.
#[expect(
    clippy::expect_used,
    reason = "both sides are made from the same descriptors"
)]
pub(crate) fn write_event(message: &HistoryEvent, remainder: &Remainder) -> Value {
    let bytes = message.encode_to_vec();
    let message_type = DESCRIPTORS.event.clone();
    let dynamic = DynamicMessage::decode(message_type, bytes.as_slice())
        .expect("a message of this type reads as one");
    let mut json = dynamic
        .serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())
        .expect("keys are text and numbers finite");
    remainder.give_back(&mut json);
    json
}
