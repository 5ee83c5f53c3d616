//! What operators have set, read from a store before anything is started.

use std::sync::Arc;

use crate::{
    client::{RequestError, StoredRuns},
    model::{Codecs, EventAttributes, HistoryEvent, PayloadError, WorkflowId, system::OPERATOR_ID},
    operator::{
        AuditEntry, Settings,
        keeper::{Book, DONE},
    },
    storage::ReadStore,
};

/// Reads what operators have set on this store, with these codecs.
///
/// # Errors
/// In words, if the book of a store that has one cannot be read: what was paused would go on.
pub(crate) fn stored_settings(
    store: Arc<dyn ReadStore>,
    codecs: &Codecs,
) -> Result<Settings, String> {
    let history = match StoredRuns::new(store).history(OPERATOR_ID, None) {
        Ok(history) => history,
        Err(RequestError::NotFound { .. }) => return Ok(Settings::default()),
        Err(error) => return Err(error.to_string()),
    };
    let workflow_id = WorkflowId::from(OPERATOR_ID);
    let mut settings = Settings::default();
    for mut event in history.events {
        codecs.decode_leniently(&mut event, &workflow_id);
        take_in(&mut settings, &event).map_err(|error| error.to_string())?;
    }
    Ok(settings)
}

fn take_in(settings: &mut Settings, event: &HistoryEvent) -> Result<(), PayloadError> {
    match &event.attributes {
        EventAttributes::WorkflowExecutionStarted(started) => {
            *settings = started.input.decode::<Book>()?.settings;
        }
        EventAttributes::WorkflowExecutionSignaled(_) => {
            entries_of(event)?.iter().for_each(|it| settings.apply(it));
        }
        _ => {}
    }
    Ok(())
}

/// What an event of the book says that operators have done, in order.
pub(super) fn entries_of(event: &HistoryEvent) -> Result<Vec<AuditEntry>, PayloadError> {
    match &event.attributes {
        EventAttributes::WorkflowExecutionSignaled(signal)
            if signal.signal_name.as_str() == DONE =>
        {
            signal.input.decode()
        }
        _ => Ok(Vec::new()),
    }
}
