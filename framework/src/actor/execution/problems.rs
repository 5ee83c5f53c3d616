//! The problems of one execution: for `describe`, and for the log when they change.

use std::borrow::Cow;

use crate::{
    actor::{execution::Execution, log_line},
    machine::execution::{ExecutionState, FailedAttempt, Problem, ProblemKind, Surroundings},
    model::{ActivityType, Codecs, TaskQueue, WorkflowType, WorkflowVersion},
};

impl Surroundings for Execution {
    fn quarantined(&self) -> Option<&str> {
        self.quarantined.as_deref()
    }

    fn has_workflow(&self, workflow_type: &WorkflowType, version: Option<WorkflowVersion>) -> bool {
        let programs = &self.shared.services.programs;
        programs.find(workflow_type, version).is_some()
    }

    fn paused(&self, workflow_type: &WorkflowType, task_queue: &TaskQueue) -> Option<ProblemKind> {
        let gates = &self.shared.services.gates;
        gates
            .closed_for(workflow_type, task_queue)
            .map(ProblemKind::from)
    }

    fn codecs(&self) -> &Codecs {
        self.shared.services.programs.codecs()
    }

    fn has_activity(&self, task_queue: &TaskQueue, activity_type: &ActivityType) -> bool {
        let activities = &self.shared.activities;
        activities.is_registered(task_queue, activity_type)
    }
}

impl Execution {
    /// What keeps the run from going on, and what it has lost.
    pub(super) fn problems(&self) -> Vec<Problem> {
        self.state.problems(self)
    }

    /// The same, and which of its attempts block their threads at the moment. Who watches over the
    /// threads tells the log of these.
    pub(super) fn problems_now(&self) -> Vec<Problem> {
        let mut problems = self.problems();
        let blocking = self.shared.activities.blocking_attempts(self.run_id());
        problems.extend(blocking.into_iter().map(|(attempt, thread)| {
            let info = &attempt.info;
            let (activity_type, id) = (info.activity_type.clone(), info.activity_id.clone());
            Problem::attempt_blocks(
                activity_type,
                id,
                format!("{thread} attempt={}", info.attempt),
            )
        }));
        problems
    }

    /// Tells the log what a step has changed about the run's problems.
    ///
    /// Most runs have none, and then this costs next to nothing: the problems of a run are looked
    /// up if it has just been loaded, lacks code, or has something to report or to take back.
    pub(super) fn tell_problems(&mut self, was_loaded: bool, attempts: &[FailedAttempt]) {
        let has_news = was_loaded || self.lacks_code || self.has_told || self.state.is_troubled();
        if !has_news && attempts.is_empty() {
            return;
        }
        let problems = self.problems();
        self.lacks_code = problems.iter().any(lacks_code);
        self.has_told = !problems.is_empty();
        let run_id = self.run_id();
        let is_open = self.state.status().is_open();
        let subject = subject(&self.state);
        let (troubles, now) = (&self.shared.services.troubles, self.shared.now());
        let current = if is_open { &*problems } else { &[] };
        troubles.update(&subject.execution, &subject.workflow_type, current, now);
        let mut told = self.shared.told_problems.borrow_mut();
        let news = told.update(run_id, problems);
        if !is_open {
            told.forget(run_id);
            self.has_told = false;
        }
        drop(told);
        if !news.is_empty() || !attempts.is_empty() {
            log_line::tell(&subject, &news, &self.readable(attempts));
        }
    }
}

impl Execution {
    /// Failed attempts with what they said, for the log.
    fn readable<'a>(&self, attempts: &'a [FailedAttempt]) -> Cow<'a, [FailedAttempt]> {
        let codecs = self.codecs();
        if codecs.is_empty() || attempts.is_empty() {
            return attempts.into();
        }
        let workflow_id = self.state.execution().workflow_id;
        let mut attempts = attempts.to_vec();
        for attempt in &mut attempts {
            codecs.decode_leniently(&mut attempt.failure, &workflow_id);
        }
        attempts.into()
    }
}

fn lacks_code(problem: &Problem) -> bool {
    matches!(
        problem.kind,
        ProblemKind::WorkflowTypeNotRegistered { .. }
            | ProblemKind::WorkflowVersionNotRegistered { .. }
            | ProblemKind::ActivityTypeNotRegistered { .. }
    )
}

fn subject(state: &ExecutionState) -> log_line::Subject {
    log_line::Subject {
        execution: state.execution(),
        workflow_type: state
            .started()
            .map(|started| started.workflow_type.clone())
            .unwrap_or_default(),
    }
}
