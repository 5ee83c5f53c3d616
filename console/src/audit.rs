//! What is done here, by whom: told to the log, and recorded in the trail of the engine.
//!
//! An action is recorded before it is carried out, so that nothing is done here of which the trail does
//! not know. One that does not end well is followed by an entry that says why.

use sempre::{model::Identity, operator::AuditEntry};

use crate::{
    action::ActionKind,
    problem::{Effect, Problem},
    source::Source,
    visit::Visit,
};

/// Bound: bytes that are kept of a name.
const NAME_BYTES_MAX: usize = 1_000;
/// Bound: bytes that are kept of a reason.
const REASON_BYTES_MAX: usize = 2_000;

/// Records that somebody asks for an action; of those that set something, the engine does that itself.
///
/// # Errors
/// The engine's, if it cannot be recorded: then nothing is to be done.
pub(crate) async fn record(visit: &Visit, kind: ActionKind, who: &Identity) -> Result<(), Problem> {
    if kind.is_recorded_by_engine() {
        return Ok(());
    }
    let asked = entry(visit, kind, who);
    Ok(visit.engine()?.audit().record(asked).await?)
}

/// Records what an action came to, if that was not what was asked for, and tells the log.
pub(crate) async fn record_end(
    visit: &Visit,
    kind: ActionKind,
    who: &Identity,
    problem: Option<&Problem>,
) {
    let entry = entry(visit, kind, who);
    let end = match problem {
        None => "done",
        Some(problem) if problem.effect == Effect::None => "refused",
        Some(_) => "failed",
    };
    let (action, subject) = (&entry.operation, &entry.subject);
    let cause = problem.map(|problem| cut(&problem.to_string(), REASON_BYTES_MAX));
    tracing::info!(%who, action, subject, end, cause, "somebody has acted in the console");
    if let Some(cause) = cause {
        let refused = entry.refused(format!("{end}: {cause}"));
        if let Source::Engine(engine) = &visit.console.source
            && let Err(error) = engine.audit().record(refused).await
        {
            tracing::warn!(%error, "the end of an action cannot be recorded");
        }
    }
}

fn entry(visit: &Visit, kind: ActionKind, who: &Identity) -> AuditEntry {
    let text = |name| visit.fields.text(name).unwrap_or_default();
    let name = kind.name().replace('-', " ");
    // A job is told by what it does to which runs; its id may not be there yet.
    let (operation, subject) = match (kind, text("filter")) {
        (ActionKind::StartBulk, "") => (format!("{name} {}", text("operation")), "all runs"),
        (ActionKind::StartBulk, filter) => (format!("{name} {}", text("operation")), filter),
        _ => (name, text("id")),
    };
    let operation = cut(operation.trim(), NAME_BYTES_MAX);
    let subject = match visit.console.source.namespace() {
        namespace if namespace.is_default() => cut(subject, NAME_BYTES_MAX),
        namespace => format!("{} in {namespace}", cut(subject, NAME_BYTES_MAX - 200)),
    };
    AuditEntry::new(operation, subject)
        .who(cut(who.as_str(), NAME_BYTES_MAX))
        .reason(cut(text("reason"), REASON_BYTES_MAX))
}

fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let ends = text.char_indices().map(|(end, _)| end);
    let end = ends.take_while(|end| *end <= max - '…'.len_utf8()).last();
    format!(
        "{}…",
        text.get(..end.unwrap_or_default()).unwrap_or_default()
    )
}
