//! The jobs that wait for the next activation, kept in the order in which they will be told.

use crate::machine::replay::ActivationJob;

/// What the program has to be told when the next workflow task starts.
#[derive(Default, Debug)]
pub(super) struct Jobs {
    initialize: Option<ActivationJob>,
    patches: Vec<ActivationJob>,
    messages: Vec<ActivationJob>,
    updates: Vec<ActivationJob>,
    resolutions: Vec<ActivationJob>,
}

impl Jobs {
    /// Adds a job after those of its group.
    pub(super) fn push(&mut self, job: ActivationJob) {
        match job {
            ActivationJob::Initialize { .. } => self.initialize = Some(job),
            ActivationJob::NotifyPatch { .. } => self.patches.push(job),
            ActivationJob::Signal { .. } | ActivationJob::Cancel { .. } => self.messages.push(job),
            ActivationJob::Update { .. } => self.updates.push(job),
            ActivationJob::FireTimer { .. }
            | ActivationJob::ResolveActivity { .. }
            | ActivationJob::ResolveChildStart { .. }
            | ActivationJob::ResolveChild { .. }
            | ActivationJob::ResolveExternal { .. } => self.resolutions.push(job),
        }
    }

    /// Takes all jobs.
    // Replay: initialize, then patches, then signals and cancellation, then updates, then resolutions; within
    // each group the order of the history.
    pub(super) fn take(&mut self) -> Vec<ActivationJob> {
        let mut jobs: Vec<_> = self.initialize.take().into_iter().collect();
        jobs.append(&mut self.patches);
        jobs.append(&mut self.messages);
        jobs.append(&mut self.updates);
        jobs.append(&mut self.resolutions);
        jobs
    }
}
