//! The jobs that wait for the next activation, and the order in which they will be told.

use std::{collections::BTreeSet, mem};

use crate::{
    machine::replay::ActivationJob,
    model::{UpdateId, event::update},
};

/// What the program has to be told when the next workflow task starts.
#[derive(Default, Debug)]
pub(super) struct Jobs {
    jobs: Vec<ActivationJob>,
    /// The updates among them that a reset asks for again; they are told where they stood.
    admitted: BTreeSet<UpdateId>,
}

impl Jobs {
    /// Adds a job after those of its group.
    pub(super) fn push(&mut self, job: ActivationJob) {
        self.jobs.push(job);
    }

    /// Adds an update that a reset asks for again: among the messages, where it stood.
    pub(super) fn push_admitted(&mut self, request: update::Request) {
        self.admitted.insert(request.update_id.clone());
        self.jobs.push(ActivationJob::Update {
            request: Box::new(request),
            validate: true,
        });
    }

    /// Takes note that such an update was accepted; `false` if it does not wait here.
    pub(super) fn accept_admitted(&mut self, update_id: &UpdateId) -> bool {
        if !self.admitted.contains(update_id) {
            return false;
        }
        self.jobs.iter_mut().any(|job| match job {
            ActivationJob::Update { request, validate } if request.update_id == *update_id => {
                *validate = false;
                true
            }
            _ => false,
        })
    }

    /// Drops such updates as were not accepted: the program has rejected them.
    pub(super) fn drop_rejected(&mut self) {
        if self.admitted.is_empty() {
            return;
        }
        self.jobs
            .retain(|job| !matches!(job, ActivationJob::Update { validate: true, .. }));
    }

    /// Takes all jobs.
    // Replay: the order of the groups; within each, that of the history.
    pub(super) fn take(&mut self) -> Vec<ActivationJob> {
        let Self { mut jobs, admitted } = mem::take(self);
        jobs.sort_by_key(|job| group(job, &admitted));
        jobs
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

fn group(job: &ActivationJob, admitted: &BTreeSet<UpdateId>) -> Group {
    match job {
        ActivationJob::Initialize { .. } => Group::Initialize,
        ActivationJob::NotifyPatch { .. } => Group::Patches,
        ActivationJob::Reset { .. } => Group::Reset,
        ActivationJob::Signal { .. } | ActivationJob::Cancel { .. } => Group::Messages,
        ActivationJob::Update { request, .. } if admitted.contains(&request.update_id) => {
            Group::Messages
        }
        ActivationJob::Update { .. } => Group::Updates,
        ActivationJob::FireTimer { .. }
        | ActivationJob::ReportProgress { .. }
        | ActivationJob::ResolveActivity { .. }
        | ActivationJob::ResolveChildStart { .. }
        | ActivationJob::ResolveChild { .. }
        | ActivationJob::ResolveExternal { .. } => Group::Resolutions,
        ActivationJob::ResolveLocalActivity { .. } => Group::LocalResolutions,
    }
}
