//! Reading an event from JSON, with a path to whatever is wrong in it.

use base64::{
    DecodeError, Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, prost::Message};
use serde_json::{Map, Value};
use temporalio_protos::temporal::api::history::v1::{History, HistoryEvent};

use super::{
    Remainder,
    remainder::is_retired,
    spelling::{attributes_key, full_name, is_retired_value},
    write::{describe, history_of},
};
use crate::{descriptor::DESCRIPTORS, error::ImportReason};

/// What an event is read as.
pub(crate) enum Read {
    /// An event that Temporal defines.
    Defined(Box<HistoryEvent>, Remainder),
    /// An event of an unknown type that may be ignored, as it was written.
    Ignorable(Value),
}

/// Reads an event.
pub(crate) fn read_event(event: Value) -> Result<Read, ImportReason> {
    let Value::Object(mut fields) = event else {
        let expected = "an event is an object".to_owned();
        return Err(ImportReason::Shape { expected });
    };
    let written = fields.get("eventType").or_else(|| fields.get("event_type"));
    let Some(event_type) = written.and_then(event_type) else {
        let written = written.cloned().unwrap_or_default();
        return unknown(fields, &written);
    };
    rename_attributes(&mut fields, &event_type);
    check_attributes(&fields, &event_type)?;
    let mut remainder = Remainder::default();
    tidy_fields(&DESCRIPTORS.event, &mut fields, &Path::Root, &mut remainder)?;
    let message_type = DESCRIPTORS.event.clone();
    let message = DynamicMessage::deserialize(message_type, Value::Object(fields))
        .map_err(|error| malformed(&attributes_key(&event_type), &error))?;
    // In a history, because that is where its protobuf will be read.
    let mut history = History::decode(history_of(&message).as_slice())
        .map_err(|error| malformed(&attributes_key(&event_type), &describe(&error)))?;
    let message = history.events.pop().unwrap_or_default();
    Ok(Read::Defined(Box::new(message), remainder))
}

/// The full name of a known event type, written as text or as a number.
fn event_type(written: &Value) -> Option<String> {
    let of = &DESCRIPTORS.event_type;
    let name = match written {
        Value::String(text) => full_name(of, text)?,
        Value::Number(number) => {
            let number = i32::try_from(number.as_i64()?).ok()?;
            of.get_value(number)?.name().to_owned()
        }
        _ => return None,
    };
    (name != of.default_value().name()).then_some(name)
}

/// An event of an unknown type stays as it is, if it says that it may be ignored.
fn unknown(fields: Map<String, Value>, event_type: &Value) -> Result<Read, ImportReason> {
    let may_ignore = fields.get("workerMayIgnore") == Some(&Value::Bool(true));
    if may_ignore {
        return Ok(Read::Ignorable(Value::Object(fields)));
    }
    match event_type {
        Value::String(text) => Err(ImportReason::UnknownEventType {
            event_type: text.clone(),
        }),
        Value::Number(number) => Err(ImportReason::UnknownEventType {
            event_type: number.to_string(),
        }),
        _ => Err(malformed(&"eventType", &"missing, or no text")),
    }
}

/// Gives attributes the name that belongs to the type, where both have been renamed.
fn rename_attributes(fields: &mut Map<String, Value>, event_type: &str) {
    let written = fields.get("eventType").or_else(|| fields.get("event_type"));
    let Some(former) = written.and_then(Value::as_str).map(screaming) else {
        return;
    };
    if let Some(attributes) = fields.remove(&attributes_key(&former)) {
        fields.insert(attributes_key(event_type), attributes);
    }
}

/// `TimerFired` as `TIMER_FIRED`; what is spelled so already stays as it is.
fn screaming(name: &str) -> String {
    if !name.contains(char::is_lowercase) {
        return name.to_owned();
    }
    let mut spelled = String::with_capacity(name.len() + 8);
    for letter in name.chars() {
        if letter.is_uppercase() && !spelled.is_empty() {
            spelled.push('_');
        }
        spelled.push(letter.to_ascii_uppercase());
    }
    spelled
}

fn check_attributes(fields: &Map<String, Value>, event_type: &str) -> Result<(), ImportReason> {
    let expected = attributes_key(event_type);
    // What is null is not there.
    let there = fields.iter().filter(|(_, value)| !value.is_null());
    let keys = there.map(|(key, _)| key);
    let mut found = keys.filter(|key| key.ends_with("EventAttributes"));
    match (found.next(), found.next()) {
        (Some(key), None) if *key == expected => Ok(()),
        // An attribute that Temporal does not define at all is named as such later on.
        (Some(key), None) if DESCRIPTORS.event.get_field_by_json_name(key).is_none() => Ok(()),
        _ => Err(ImportReason::ForeignAttributes { expected }),
    }
}

/// Where in an event something is.
enum Path<'p> {
    Root,
    Field(&'p Path<'p>, &'p str),
}

impl Path<'_> {
    /// The names on the way.
    fn steps(&self) -> Vec<String> {
        match self {
            Self::Root => Vec::new(),
            Self::Field(parent, name) => {
                let mut steps = parent.steps();
                steps.push((*name).to_owned());
                steps
            }
        }
    }
}

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
        }
    }
}

fn malformed(path: &impl ToString, message: &impl ToString) -> ImportReason {
    ImportReason::MalformedField {
        path: path.to_string(),
        message: message.to_string(),
    }
}

/// Spells the fields of a message in full, and refuses those that Temporal does not define.
fn tidy_fields(
    message: &MessageDescriptor,
    fields: &mut Map<String, Value>,
    path: &Path<'_>,
    remainder: &mut Remainder,
) -> Result<(), ImportReason> {
    for (name, mut value) in std::mem::take(fields) {
        let by_name = message.get_field_by_json_name(&name);
        let Some(field) = by_name.or_else(|| message.get_field_by_name(&name)) else {
            let path = Path::Field(path, &name);
            if is_retired(message, &name) {
                remainder.keep(path.steps(), value);
                continue;
            }
            let path = path.to_string();
            return Err(ImportReason::ForeignField { path });
        };
        let path = Path::Field(path, field.json_name());
        tidy_field(&field, &mut value, &path, remainder)?;
        fields.insert(name, value);
    }
    Ok(())
}

fn tidy_field(
    field: &FieldDescriptor,
    value: &mut Value,
    path: &Path<'_>,
    remainder: &mut Remainder,
) -> Result<(), ImportReason> {
    let kind = field.kind();
    match (&kind, value) {
        (Kind::Message(entry), Value::Object(entries)) if field.is_map() => {
            let kind = entry.map_entry_value_field().kind();
            entries.iter_mut().try_for_each(|(key, value)| {
                tidy_value(&kind, value, &Path::Field(path, key), remainder)
            })
        }
        (kind, Value::Array(values)) if field.is_list() => values
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, value)| {
                let index = index.to_string();
                tidy_value(kind, value, &Path::Field(path, &index), remainder)
            }),
        (kind, value) => tidy_value(kind, value, path, remainder),
    }
}

fn tidy_value(
    kind: &Kind,
    value: &mut Value,
    path: &Path<'_>,
    remainder: &mut Remainder,
) -> Result<(), ImportReason> {
    match (kind, value) {
        (Kind::Message(message), Value::Object(fields))
            if !message.full_name().starts_with("google.protobuf.") =>
        {
            tidy_fields(message, fields, path, remainder)
        }
        (Kind::Enum(of), Value::String(written)) => {
            if let Some(name) = full_name(of, written) {
                *written = name;
                return Ok(());
            }
            if !is_retired_value(of, written) {
                return Err(malformed(path, &format_args!("no such value: {written}")));
            }
            let default = of.default_value().name().to_owned();
            let retired = std::mem::replace(written, default);
            remainder.keep(path.steps(), Value::String(retired));
            Ok(())
        }
        (Kind::Bytes, Value::String(text)) => {
            let bytes = decode_base64(text)
                .map_err(|error| malformed(path, &format_args!("bad base64: {error}")))?;
            let canonical = BASE64.encode(bytes);
            if !is_same_base64(text, &canonical) {
                remainder.keep(path.steps(), Value::String(text.clone()));
            }
            *text = canonical;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Bytes from either alphabet, with or without padding, as proto3 JSON asks of its readers.
fn decode_base64(text: &str) -> Result<Vec<u8>, DecodeError> {
    let engine = if text.contains(['-', '_']) {
        BASE64_URL
    } else {
        BASE64
    };
    engine.decode(text)
}

/// Whether two texts differ in alphabet and padding at most, so that one stands for the other.
fn is_same_base64(text: &str, canonical: &str) -> bool {
    let text = text
        .trim_end_matches('=')
        .replace('-', "+")
        .replace('_', "/");
    text == canonical.trim_end_matches('=')
}

const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
