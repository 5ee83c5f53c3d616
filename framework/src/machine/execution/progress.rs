//! Progress of activities, as far as it is state: which reports of an attempt are recorded.
//!
//! Reports are numbered within their attempt, so one that comes twice is known, and the state has one
//! number for each activity however many there were.

use crate::{
    machine::execution::{Draft, ExecutionState, check},
    model::{EventId, Identity, Progress, ProgressMark, limits},
};

impl ExecutionState {
    /// Takes note that a report is recorded, or buffered; of one that is both, the first time.
    pub(super) fn note_progress(&mut self, mark: ProgressMark) {
        let at = self.at;
        let activity = self.pending_activity(mark.scheduled_event_id);
        let is_new = activity.is_some_and(|activity| {
            let runs = activity.is_started() && activity.attempt == mark.attempt;
            runs && mark.number > activity.progress
        });
        if is_new {
            self.change_activity(mark.scheduled_event_id, |activity| {
                activity.progress = mark.number;
                activity.last_heartbeat_at = Some(at.into());
            });
        }
    }

    /// Whether a further report of progress may be recorded.
    // Bound: reports take up one half of a history at most, whoever reports, and however often.
    fn has_room_for_progress(&self) -> bool {
        self.last_event_id.get() < limits::PROGRESS_EVENTS_MAX
            && self.history_size_bytes < limits::PROGRESS_HISTORY_BYTES_MAX
    }
}

impl Draft<'_> {
    /// Records a report of the attempt that runs; says whether the program has something to be told.
    ///
    /// One for which there is no room counts as a heartbeat that says what the last one said.
    pub(super) fn progress(
        &mut self,
        scheduled_event_id: EventId,
        progress: Progress,
        identity: Identity,
    ) -> bool {
        let state = self.state();
        let Some(activity) = state.pending_activity(scheduled_event_id) else {
            return false;
        };
        // Whoever completes it elsewhere says how far it is elsewhere.
        if progress.number <= activity.progress || activity.is_handed_over() {
            return false;
        }
        let fits = check::bytes(
            "progress",
            progress.value.size(),
            limits::PROGRESS_BYTES_MAX,
        );
        if fits.is_err() || !state.has_room_for_progress() {
            let details = activity.heartbeat_details.clone();
            self.heartbeat(scheduled_event_id, details);
            return false;
        }
        let mark = ProgressMark {
            scheduled_event_id,
            attempt: activity.attempt,
            number: progress.number,
        };
        let signal = mark.to_signal(state.run_id(), progress.value, identity);
        self.record(signal);
        true
    }
}
