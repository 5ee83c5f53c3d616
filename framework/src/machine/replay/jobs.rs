//! The jobs that wait for the next activation, and the order in which they will be told.

use std::mem;

use crate::machine::replay::ActivationJob;

/// What the program has to be told when the next workflow task starts.
#[derive(Default, Debug)]
pub(super) struct Jobs(Vec<ActivationJob>);

impl Jobs {
    /// Adds a job after those of its group.
    pub(super) fn push(&mut self, job: ActivationJob) {
        self.0.push(job);
    }

    /// Takes all jobs.
    // Replay: the order of the groups; within each, that of the history.
    pub(super) fn take(&mut self) -> Vec<ActivationJob> {
        let mut jobs = mem::take(&mut self.0);
        jobs.sort_by_key(group);
        jobs
    }
}

/// What is told together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Group {
    Initialize,
    Patches,
    Messages,
    Updates,
    Resolutions,
    LocalResolutions,
}

fn group(job: &ActivationJob) -> Group {
    match job {
        ActivationJob::Initialize { .. } => Group::Initialize,
        ActivationJob::NotifyPatch { .. } => Group::Patches,
        ActivationJob::Signal { .. } | ActivationJob::Cancel { .. } => Group::Messages,
        ActivationJob::Update { .. } => Group::Updates,
        ActivationJob::FireTimer { .. }
        | ActivationJob::ResolveActivity { .. }
        | ActivationJob::ResolveChildStart { .. }
        | ActivationJob::ResolveChild { .. }
        | ActivationJob::ResolveExternal { .. } => Group::Resolutions,
        ActivationJob::ResolveLocalActivity { .. } => Group::LocalResolutions,
    }
}
