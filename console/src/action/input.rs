//! The input of a message: JSON, as text in a form and as it is in a JSON request.

use serde_json::Value;

use crate::problem::Problem;

/// The value that the text of a form is; nothing at all is no input.
pub(crate) fn read_form_input(text: &str) -> Result<Value, Problem> {
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(text).map_err(|error| {
        Problem::bad_request(format!(
            "the input is not valid JSON: {error}; put text in quotes, and leave the field empty for \
             no input"
        ))
    })
}
