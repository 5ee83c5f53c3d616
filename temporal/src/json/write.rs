//! Writing an event as JSON.

use std::io;

use prost_reflect::{
    DynamicMessage, SerializeOptions, Value as ReflectValue,
    prost::{DecodeError, Message, encoding},
};
use serde_json::{Serializer, Value};
use temporalio_protos::temporal::api::history::v1::HistoryEvent;

use super::Remainder;
use crate::descriptor::DESCRIPTORS;

/// The number of the list of events among the fields of a history.
const EVENTS: u32 = 1;

/// The message `History` with this event and no other.
pub(super) fn history_of(event: &impl Message) -> Vec<u8> {
    let mut history = Vec::new();
    encoding::message::encode(EVENTS, event, &mut history);
    history
}

/// Asks that an event comes back from both formats, or says why it does not; returns the key of
/// the attributes that it has.
///
/// A message holds more than its formats can say: JSON has no times after the year 9999 and no
/// durations above ten thousand years, and readers of protobuf give up on what is nested too deep.
pub(crate) fn check_event(event: &HistoryEvent) -> Result<Option<String>, String> {
    let history = history_of(event);
    let history = DynamicMessage::decode(DESCRIPTORS.history.clone(), history.as_slice())
        .map_err(|error| describe(&error))?;
    let mut nowhere = Serializer::new(io::sink());
    history
        .serialize_with_options(&mut nowhere, &SerializeOptions::new())
        .map_err(|error| error.to_string())?;
    let events = history.get_field_by_number(EVENTS);
    let events = events.as_deref().and_then(ReflectValue::as_list);
    let event = events.and_then(|events| events.first()?.as_message());
    Ok(event.and_then(attributes))
}

/// The key of the attributes that an event has.
fn attributes(event: &DynamicMessage) -> Option<String> {
    event.fields().find_map(|(field, _)| {
        let is_one_of_them = field.containing_oneof()?.name() == "attributes";
        is_one_of_them.then(|| field.json_name().to_owned())
    })
}

/// What a reader of protobuf complains about; it names each message on the way, even a hundred.
pub(crate) fn describe(error: &DecodeError) -> String {
    let message = error.to_string();
    if message.ends_with("recursion limit reached") {
        return "nested too deep: a failure has more causes than readers of protobuf follow".into();
    }
    message
}

/// The event in canonical proto3 JSON, with what its file said beyond it.
#[expect(
    clippy::expect_used,
    reason = "both sides are made from the same descriptors, and the event was checked"
)]
pub(crate) fn write_event(message: &HistoryEvent, remainder: &Remainder) -> Value {
    let bytes = message.encode_to_vec();
    let message_type = DESCRIPTORS.event.clone();
    let dynamic = DynamicMessage::decode(message_type, bytes.as_slice())
        .expect("a message of this type reads as one");
    let mut json = dynamic
        .serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())
        .expect("every time and duration can be said");
    remainder.give_back(&mut json);
    json
}
