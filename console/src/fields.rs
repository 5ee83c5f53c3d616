//! What a request says in its query, in a form or in JSON: values by name.

use serde_json::{Map, Value};

use crate::problem::Problem;

/// The name of the one value that may be any JSON.
pub(crate) const INPUT: &str = "input";

/// What pages are about, and how they are shown. Whatever else stands in an address is for one look.
const LASTING: [&str; 12] = [
    "id", "run", "form", "payloads", "before", "failed", "filter", "page", "size", "after", "from",
    "to",
];

/// Values by name.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Those of a query or a form; of a name that comes twice, the last counts.
    pub(crate) fn of_form(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text);
        let pairs = pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())));
        Self(pairs.collect())
    }

    /// Those of a JSON object.
    pub(crate) fn of_json(text: &[u8]) -> Result<Self, Problem> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        match serde_json::from_slice(text) {
            Ok(Value::Object(fields)) => Self::checked(fields),
            Ok(_) => Err(Problem::bad_request("the body is not a JSON object")),
            Err(error) => Err(Problem::bad_request(format!(
                "the body is not valid JSON: {error}"
            ))),
        }
    }

    /// Refuses a value that would be passed over: all but the input are texts, or yes and no.
    fn checked(fields: Map<String, Value>) -> Result<Self, Problem> {
        let is_odd = |(name, value): &(&String, &Value)| {
            let is_plain = matches!(value, Value::String(_) | Value::Bool(_) | Value::Null);
            !is_plain && name.as_str() != INPUT
        };
        match fields.iter().find(is_odd) {
            Some((name, _)) => Err(Problem::bad_request(format!("{name} has to be a text"))),
            None => Ok(Self(fields)),
        }
    }

    /// The text of this name as it is, if it is there and not empty. Blanks belong to it: an id may
    /// begin with one.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let text = self.0.get(name)?.as_str()?;
        Some(text).filter(|text| !text.is_empty())
    }

    /// The text of this name, which has to be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Problem> {
        let missing = || Problem::bad_request(format!("{name} is missing"));
        self.text(name).ok_or_else(missing)
    }

    /// Whether this name is there and says yes.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(value)) => *value,
            Some(Value::String(text)) => !matches!(text.as_str(), "" | "0" | "false" | "no"),
            _ => false,
        }
    }

    /// The value of this name, as it is.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Puts a value in the place of what was there.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// The names and texts of those that say what a page is about, and how it is shown.
    pub(crate) fn lasting(&self) -> impl Iterator<Item = (&str, &str)> {
        let lasting = LASTING.iter();
        lasting.filter_map(|name| Some((*name, self.text(name)?)))
    }
}

/// A link to a page of the console, which is relative to every other page.
pub(crate) fn link(page: &str, fields: &[(&str, &str)]) -> String {
    let fields = fields.iter().filter(|(_, value)| !value.is_empty());
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(fields).finish();
    match (page, query.as_str()) {
        ("", "") => ".".to_owned(),
        ("", query) => format!("./?{query}"),
        (page, "") => page.to_owned(),
        (page, query) => format!("{page}?{query}"),
    }
}
