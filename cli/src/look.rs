//! Parts of what an API has answered. What is not there is empty, so a newer console does not break an
//! older command.

use serde_json::Value;

/// The text at this place.
pub(crate) fn text<'v>(value: &'v Value, place: &str) -> &'v str {
    value
        .pointer(place)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The number at this place.
pub(crate) fn number(value: &Value, place: &str) -> u64 {
    value
        .pointer(place)
        .and_then(Value::as_u64)
        .unwrap_or_default()
}

/// The number with a fraction at this place.
pub(crate) fn fraction(value: &Value, place: &str) -> f64 {
    value
        .pointer(place)
        .and_then(Value::as_f64)
        .unwrap_or_default()
}

/// Whether yes stands at this place.
pub(crate) fn is_set(value: &Value, place: &str) -> bool {
    value
        .pointer(place)
        .and_then(Value::as_bool)
        .unwrap_or_default()
}

/// The list at this place.
pub(crate) fn list<'v>(value: &'v Value, place: &str) -> &'v [Value] {
    let list = value.pointer(place).and_then(Value::as_array);
    list.map_or(&[], |list| list)
}

/// The names and values at this place.
pub(crate) fn pairs<'v>(
    value: &'v Value,
    place: &str,
) -> impl Iterator<Item = (&'v str, &'v Value)> {
    let pairs = value.pointer(place).and_then(Value::as_object);
    let pairs = pairs.into_iter().flatten();
    pairs.map(|(name, value)| (name.as_str(), value))
}
