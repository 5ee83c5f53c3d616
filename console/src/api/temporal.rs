//! A history as Temporal's JSON, to be kept or replayed elsewhere.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use sempre_temporal::TemporalHistory;
use serde_json::Value;

use crate::{
    problem::Problem,
    reply::{self, Reply},
    reveal::Redact,
    visit::Visit,
};

/// A history to download. It has its payloads, so they have to be asked for; they go through the rule
/// of the service, if there is one.
pub(super) async fn download(visit: &Visit) -> Result<Reply, Problem> {
    if !visit.shows_payloads() {
        return Err(Problem::bad_request(
            "this includes all payloads, which are hidden by default; add payloads=show to have them",
        ));
    }
    let history = visit.target()?.history().await?;
    let exported = TemporalHistory::from_history(&history)
        .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let mut json = exported.to_json();
    if let Some(redact) = &visit.console.redact {
        redact_payloads(&mut json, redact);
    }
    let execution = &history.execution;
    let name = format!("{}_{}.json", execution.workflow_id, execution.run_id);
    Ok(reply::download(&name, &json))
}

/// Puts what may be seen in the place of each payload: an object with the metadata of its encoding,
/// and data in base 64.
fn redact_payloads(json: &mut Value, redact: &Redact) {
    if let Value::Object(fields) = json
        && fields.contains_key("metadata")
        && let Some(Value::String(data)) = fields.get_mut("data")
    {
        *data = redacted(data, redact);
        return;
    }
    match json {
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|it| redact_payloads(it, redact)),
        Value::Array(values) => values.iter_mut().for_each(|it| redact_payloads(it, redact)),
        _ => {}
    }
}

/// What is no JSON may hold anything, and is left out.
fn redacted(data: &str, redact: &Redact) -> String {
    let bytes = STANDARD.decode(data).unwrap_or_default();
    let value = serde_json::from_slice(&bytes);
    let seen = value.map_or(Value::Null, |value| redact(value));
    STANDARD.encode(seen.to_string())
}
