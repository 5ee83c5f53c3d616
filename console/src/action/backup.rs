//! Taking a backup of the store.

use http::StatusCode;

use crate::{action::ActionOutcome, api, problem::Problem, view::bytes, visit::Visit};

/// Takes a backup into the folder that the service has named; nobody else says where files go.
pub(super) async fn backup(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let console = &visit.console;
    let folder = console.backups.as_ref().ok_or_else(|| {
        Problem::new(
            StatusCode::CONFLICT,
            "the service has not said where backups go (Console::backups)",
        )
    })?;
    let take = console.source.engine()?.backup(folder);
    let taken = if visit.fields.is_set("with_payloads") {
        take.payloads().await?
    } else {
        take.await?
    };
    let backup = &taken.store;
    let said = format!(
        "backup {} was taken, {}",
        backup.number,
        bytes(backup.bytes)
    );
    let mut outcome = ActionOutcome::at("store", &[], said);
    outcome.answer = Some(api::json::taken_backup(&taken));
    Ok(outcome)
}
