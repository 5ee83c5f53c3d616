//! The value of a search attribute, and its type.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::model::{
    Encoding, Payload, Timestamp,
    wire::{wire_enum, wire_tagged},
};

wire_enum! {
    /// The type of a search attribute, with Temporal's numbers and names.
    pub enum SearchAttributeType {
        /// A text that is searched by its words.
        Text = 1 => "Text",
        /// A text that is compared as a whole.
        #[default]
        Keyword = 2 => "Keyword",
        /// A whole number.
        Int = 3 => "Int",
        /// A number.
        Double = 4 => "Double",
        /// Yes or no.
        Bool = 5 => "Bool",
        /// A point in time.
        Datetime = 6 => "Datetime",
        /// Several keywords.
        KeywordList = 7 => "KeywordList",
    }
}

/// The value of a search attribute.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum SearchAttributeValue {
    /// A text that is searched by its words.
    Text(String),
    /// A text that is compared as a whole.
    Keyword(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// A point in time.
    Datetime(Timestamp),
    /// Several keywords.
    KeywordList(Vec<String>),
}

wire_tagged!(SearchAttributeValue {
    1 => Text(String),
    2 => Keyword(String),
    3 => Int(i64),
    4 => Double(f64),
    5 => Bool(bool),
    6 => Datetime(Timestamp),
    7 => KeywordList(Vec<String>),
});

/// The entry of a payload's metadata that names the type of a search attribute.
const TYPE: &str = "type";

impl SearchAttributeValue {
    /// Its type.
    pub fn value_type(&self) -> SearchAttributeType {
        match self {
            Self::Text(_) => SearchAttributeType::Text,
            Self::Keyword(_) => SearchAttributeType::Keyword,
            Self::Int(_) => SearchAttributeType::Int,
            Self::Double(_) => SearchAttributeType::Double,
            Self::Bool(_) => SearchAttributeType::Bool,
            Self::Datetime(_) => SearchAttributeType::Datetime,
            Self::KeywordList(_) => SearchAttributeType::KeywordList,
        }
    }

    /// The value as Temporal writes it: JSON, with the type beside it.
    ///
    /// A number that is not finite has no JSON; it becomes `null`, which is refused where search
    /// attributes are checked.
    pub fn to_payload(&self) -> Payload {
        let data = match self {
            Self::Text(text) | Self::Keyword(text) => serde_json::to_vec(text),
            Self::Int(number) => serde_json::to_vec(number),
            Self::Double(number) => serde_json::to_vec(number),
            Self::Bool(value) => serde_json::to_vec(value),
            Self::Datetime(time) => serde_json::to_vec(&rfc3339(*time)),
            Self::KeywordList(keywords) => serde_json::to_vec(keywords),
        };
        typed(
            self.value_type(),
            Encoding::JsonPlain,
            data.unwrap_or_default().into(),
        )
    }

    /// The value that a payload holds; `None` if it does not say its type, or holds no value of it.
    pub fn from_payload(payload: &Payload) -> Option<Self> {
        let value_type = payload_type(payload)?;
        if payload.encoding != Encoding::JsonPlain {
            return None;
        }
        Some(match value_type {
            SearchAttributeType::Text => Self::Text(json(payload)?),
            SearchAttributeType::Keyword => Self::Keyword(json(payload)?),
            SearchAttributeType::Int => Self::Int(json(payload)?),
            SearchAttributeType::Double => Self::Double(json(payload)?),
            SearchAttributeType::Bool => Self::Bool(json(payload)?),
            SearchAttributeType::Datetime => {
                let text: String = json(payload)?;
                Self::Datetime(point_in_time(&text)?)
            }
            SearchAttributeType::KeywordList => Self::KeywordList(json(payload)?),
        })
    }
}

/// The payload that takes an attribute of this type out.
pub(super) fn no_value(value_type: SearchAttributeType) -> Payload {
    typed(value_type, Encoding::BinaryNull, Bytes::new())
}

/// The type that a payload says it is of.
pub(super) fn payload_type(payload: &Payload) -> Option<SearchAttributeType> {
    let name = payload.metadata.get(TYPE)?;
    let mut types = SearchAttributeType::ALL.iter();
    types.find(|it| it.name().as_bytes() == name).copied()
}

fn typed(value_type: SearchAttributeType, encoding: Encoding, data: Bytes) -> Payload {
    let name = Bytes::from_static(value_type.name().as_bytes());
    Payload {
        encoding,
        data,
        metadata: [(TYPE.to_owned(), name)].into_iter().collect(),
    }
}

fn json<T: DeserializeOwned>(payload: &Payload) -> Option<T> {
    serde_json::from_slice(&payload.data).ok()
}

/// As much of the second as there is.
fn rfc3339(time: Timestamp) -> String {
    humantime::format_rfc3339(time.into()).to_string()
}

/// A point in time with a zone, as RFC 3339 has it. Years before 1970 are the epoch.
fn point_in_time(text: &str) -> Option<Timestamp> {
    let (local, offset) = split_zone(text)?;
    let local = humantime::parse_rfc3339(&format!("{local}Z")).ok()?;
    let local = i128::from(Timestamp::from(local).as_nanos());
    let nanos = local - i128::from(offset) * 1_000_000_000;
    u64::try_from(nanos.max(0)).ok().map(Timestamp::from_nanos)
}

/// The time of day and the seconds that its zone is ahead.
fn split_zone(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, 0));
    }
    let sign_at = text.len().checked_sub("+00:00".len())?;
    let (local, zone) = (text.get(..sign_at)?, text.get(sign_at..)?);
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_zone = (0..24).contains(&hours) && (0..60).contains(&minutes);
    is_zone.then_some((local, sign * (hours * 3_600 + minutes * 60)))
}
