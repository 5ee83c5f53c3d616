//! What is on disk of a run, read without an engine.

use std::error::Error;

use sempre::{
    model::{Change, Entry, EventAttributes, RecordNumber, RunId},
    storage::{ReadStore, record},
};

/// All that has happened to a run: also what waits for a workflow task that is open, and so is recorded
/// and in no history yet. A local activity keeps one open for as long as it runs.
///
/// # Errors
/// If a record cannot be read.
pub fn happened(
    store: &impl ReadStore,
    run_id: RunId,
) -> Result<Vec<EventAttributes>, Box<dyn Error>> {
    let (mut events, mut waiting) = (Vec::new(), Vec::new());
    for stored in store.records(run_id, RecordNumber::new(1), usize::MAX)? {
        for entry in record::decode(run_id, &stored)?.entries {
            match entry {
                Entry::Event(event) => events.push(event.attributes),
                Entry::Change(Change::EventBuffered(it)) => waiting.push(it.attributes),
                // They are events from here on.
                Entry::Change(Change::BufferFlushed(_)) => waiting.clear(),
                Entry::Change(_) => {}
            }
        }
    }
    events.extend(waiting);
    Ok(events)
}
