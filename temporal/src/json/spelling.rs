//! How enums and attributes are spelled.

use prost_reflect::EnumDescriptor;

/// The full name of an enum's value, whichever way it is written; `None` if there is no such value.
pub(super) fn full_name(of: &EnumDescriptor, written: &str) -> Option<String> {
    if of.get_value_by_name(written).is_some() {
        return Some(written.to_owned());
    }
    let short = of.values().find(|value| {
        let name = value.name();
        let name = name.strip_prefix(prefix(of).as_str()).unwrap_or(name);
        fold(name) == fold(written)
    });
    short.map(|value| value.name().to_owned())
}

/// The key of the attributes that events of a type have, `timerFiredEventAttributes`.
pub(crate) fn attributes_key(event_type: &str) -> String {
    let name = event_type.strip_prefix("EVENT_TYPE_").unwrap_or(event_type);
    let mut key = String::with_capacity(name.len() + 16);
    for word in name.split('_') {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            if key.is_empty() {
                key.push(first.to_ascii_lowercase());
            } else {
                key.push(first.to_ascii_uppercase());
            }
        }
        key.extend(letters.map(|letter| letter.to_ascii_lowercase()));
    }
    key + "EventAttributes"
}

/// What every value of an enum begins with, `EVENT_TYPE_`: its first value is `…UNSPECIFIED`.
fn prefix(of: &EnumDescriptor) -> String {
    let first = of.default_value();
    first.name().trim_end_matches("UNSPECIFIED").to_owned()
}

/// Letters and digits alone, in lower case.
fn fold(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}
