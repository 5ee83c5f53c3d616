//! Progress of activities, as the program is told of it.

use crate::{
    machine::replay::{ActivationJob, activities::Activities},
    model::{ProgressMark, event::workflow_execution::Signaled},
};

/// What the program is told of a signal; `None` if it is a report of progress of an activity that is
/// unknown.
pub(super) fn job_of(signal: &Signaled, activities: &Activities) -> Option<ActivationJob> {
    let Some(mark) = ProgressMark::of(signal) else {
        return Some(ActivationJob::Signal {
            name: signal.signal_name.clone(),
            input: signal.input.clone(),
            identity: signal.identity.clone(),
            header: signal.header.clone(),
        });
    };
    let activity = activities.scheduled_by(mark.scheduled_event_id);
    Some(ActivationJob::ReportProgress {
        activity: activity?,
        value: ProgressMark::value_in(signal),
    })
}
