//! The jobs that wait for the next activation, and the order in which they will be told.

use std::mem;

use crate::{
    machine::replay::ActivationJob,
    model::{UpdateId, event::update},
};

/// What the program has to be told when the next workflow task starts.
#[derive(Default, Debug)]
pub(super) struct Jobs(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    group: Group,
    job: ActivationJob,
}

impl Jobs {
    /// Adds a job after those of its group.
    pub(super) fn push(&mut self, job: ActivationJob) {
        self.0.push(Waiting {
            group: group(&job),
            job,
        });
    }

    /// Adds an update that a reset asks for again: among the messages, where it stood.
    pub(super) fn push_admitted(&mut self, request: update::Request) {
        self.0.push(Waiting {
            group: Group::Messages,
            job: ActivationJob::Update {
                request: Box::new(request),
                validate: true,
            },
        });
    }

    /// Takes note that such an update was accepted; `false` if it does not wait here.
    pub(super) fn accept_admitted(&mut self, update_id: &UpdateId) -> bool {
        self.0.iter_mut().any(|waiting| match &mut waiting.job {
            ActivationJob::Update { request, validate }
                if waiting.group == Group::Messages && request.update_id == *update_id =>
            {
                *validate = false;
                true
            }
            _ => false,
        })
    }

    /// Drops such updates as were not accepted: the program has rejected them.
    pub(super) fn drop_rejected(&mut self) {
        self.0.retain(|waiting| {
            let is_rejected = matches!(waiting.job, ActivationJob::Update { validate: true, .. });
            !is_rejected
        });
    }

    /// Takes all jobs.
    // Replay: the order of the groups; within each, that of the history.
    pub(super) fn take(&mut self) -> Vec<ActivationJob> {
        let mut jobs = mem::take(&mut self.0);
        jobs.sort_by_key(|waiting| waiting.group);
        jobs.into_iter().map(|waiting| waiting.job).collect()
    }
}

/// What is told together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Group {
    Initialize,
    Patches,
    Reset,
    Messages,
    Updates,
    Resolutions,
    LocalResolutions,
}

fn group(job: &ActivationJob) -> Group {
    match job {
        ActivationJob::Initialize { .. } => Group::Initialize,
        ActivationJob::NotifyPatch { .. } => Group::Patches,
        ActivationJob::Reset { .. } => Group::Reset,
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
