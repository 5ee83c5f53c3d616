//! Reading an event from JSON, with a path to whatever is wrong in it.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, prost::Message};
use serde_json::{Map, Value};
use temporalio_protos::temporal::api::history::v1::HistoryEvent;

use super::{
    Retired,
    spelling::{attributes_key, full_name},
};
use crate::{descriptor::DESCRIPTORS, error::ImportReason};

/// What an event is read as.
pub(crate) enum Read {
    /// An event that Temporal defines.
    Defined(Box<HistoryEvent>, Retired),
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
    check_attributes(&fields, &event_type)?;
    let mut retired = Retired::default();
    tidy_fields(&DESCRIPTORS.event, &mut fields, &Path::Root, &mut retired)?;
    let message_type = DESCRIPTORS.event.clone();
    let message = DynamicMessage::deserialize(message_type, Value::Object(fields))
        .map_err(|error| malformed(attributes_key(&event_type), error))?;
    let message = HistoryEvent::decode(message.encode_to_vec().as_slice())
        .map_err(|error| malformed(attributes_key(&event_type), error))?;
    Ok(Read::Defined(Box::new(message), retired))
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
    let event_type = match event_type {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Err(ImportReason::UnknownEventType { event_type })
}

fn check_attributes(fields: &Map<String, Value>, event_type: &str) -> Result<(), ImportReason> {
    let expected = attributes_key(event_type);
    let is_attributes = |key: &&String| key.ends_with("EventAttributes");
    let mut found = fields.keys().filter(is_attributes);
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

impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
        }
    }
}

fn malformed(path: impl ToString, message: impl ToString) -> ImportReason {
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
    retired: &mut Retired,
) -> Result<(), ImportReason> {
    for (name, mut value) in std::mem::take(fields) {
        let path = Path::Field(path, &name);
        let by_name = message.get_field_by_json_name(&name);
        let Some(field) = by_name.or_else(|| message.get_field_by_name(&name)) else {
            if Retired::knows(message.full_name(), &name) {
                retired.keep(name, value);
                continue;
            }
            let path = path.to_string();
            return Err(ImportReason::ForeignField { path });
        };
        tidy_field(&field, &mut value, &path, retired)?;
        fields.insert(name, value);
    }
    Ok(())
}

fn tidy_field(
    field: &FieldDescriptor,
    value: &mut Value,
    path: &Path<'_>,
    retired: &mut Retired,
) -> Result<(), ImportReason> {
    let kind = field.kind();
    match (&kind, value) {
        (Kind::Message(entry), Value::Object(entries)) if field.is_map() => {
            let kind = entry.map_entry_value_field().kind();
            entries.iter_mut().try_for_each(|(key, value)| {
                tidy_value(&kind, value, &Path::Field(path, key), retired)
            })
        }
        (kind, Value::Array(values)) if field.is_list() => values
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, value)| {
                let index = index.to_string();
                tidy_value(kind, value, &Path::Field(path, &index), retired)
            }),
        (kind, value) => tidy_value(kind, value, path, retired),
    }
}

fn tidy_value(
    kind: &Kind,
    value: &mut Value,
    path: &Path<'_>,
    retired: &mut Retired,
) -> Result<(), ImportReason> {
    match (kind, value) {
        (Kind::Message(message), Value::Object(fields))
            if !message.full_name().starts_with("google.protobuf.") =>
        {
            tidy_fields(message, fields, path, retired)
        }
        (Kind::Enum(of), Value::String(written)) => {
            *written = full_name(of, written)
                .ok_or_else(|| malformed(path, format_args!("no such value: {written}")))?;
            Ok(())
        }
        (Kind::Bytes, Value::String(text)) => match BASE64.decode(text.as_bytes()) {
            Ok(_) => Ok(()),
            Err(_) if BASE64_URL.decode(text.as_bytes()).is_ok() => Ok(()),
            Err(error) => Err(malformed(path, format_args!("bad base64: {error}"))),
        },
        _ => Ok(()),
    }
}

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
