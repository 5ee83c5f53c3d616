//! The problems of all runs of an engine, for whoever looks after it.
//!
//! A run is entered by the shard that owns it, where the log is told of the same. The list outlives
//! the threads of the engine, and is read without them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    machine::execution::{Problem, ProblemKind},
    model::{RunId, Timestamp, WorkflowExecution, WorkflowType},
};

/// Bound: runs with problems that are listed. Past it the oldest run is left out.
const RUNS_MAX: usize = 65_536;
/// Bound: bytes of a cause that are kept; `describe` shows all of it.
const CAUSE_BYTES_MAX: usize = 1_024;
/// An activity whose attempts fail needs attention from this many on; before, it is what retries
/// are for.
const FAILED_ATTEMPTS_MIN: u64 = 5;

/// A problem of a run that somebody should look at.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct RunProblem {
    /// The run.
    pub execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// What is wrong; a cause that is longer than 1 KiB is cut, and `describe` shows all of it.
    pub problem: Problem,
    /// Since when, as far as this process knows.
    pub since: Timestamp,
}

/// The problems of the runs of an engine. Clones share one list.
///
/// The lock is taken when the problems of a run change, and never on a step of a healthy one.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    runs: Arc<Mutex<BTreeMap<RunId, TroubledRun>>>,
}

#[derive(Debug)]
struct TroubledRun {
    execution: WorkflowExecution,
    workflow_type: WorkflowType,
    problems: BTreeMap<ProblemKind, (Problem, Timestamp)>,
}

impl Troubles {
    /// Takes note of all problems that a run has now.
    pub fn update(
        &self,
        execution: &WorkflowExecution,
        workflow_type: &WorkflowType,
        problems: &[Problem],
        now: Timestamp,
    ) {
        let mut runs = self.lock();
        let before = runs.remove(&execution.run_id);
        if problems.is_empty() {
            return;
        }
        let mut before = before.map_or_else(BTreeMap::new, |run| run.problems);
        let mut since = |kind| before.remove(kind).map_or(now, |(_, since)| since);
        let problems = problems.iter().map(|problem| {
            let since = since(&problem.kind);
            (problem.kind.clone(), (shortened(problem), since))
        });
        let run = TroubledRun {
            execution: execution.clone(),
            workflow_type: workflow_type.clone(),
            problems: problems.collect(),
        };
        runs.insert(execution.run_id, run);
        if runs.len() > RUNS_MAX {
            runs.pop_first();
        }
    }

    /// Takes note of one problem beside those that a run has.
    pub fn add(
        &self,
        execution: &WorkflowExecution,
        workflow_type: &WorkflowType,
        problem: &Problem,
        now: Timestamp,
    ) {
        let mut problems = self.of_run(execution.run_id);
        problems.retain(|it| it.kind != problem.kind);
        problems.push(problem.clone());
        self.update(execution, workflow_type, &problems, now);
    }

    /// Takes note that a problem is over.
    pub fn remove(&self, run_id: RunId, kind: &ProblemKind) {
        let mut runs = self.lock();
        if let Some(run) = runs.get_mut(&run_id) {
            run.problems.remove(kind);
            if run.problems.is_empty() {
                runs.remove(&run_id);
            }
        }
    }

    /// Forgets a run that has closed, or is gone.
    pub fn forget(&self, run_id: RunId) {
        self.lock().remove(&run_id);
    }

    /// What somebody should look at, oldest first.
    pub fn needing_attention(&self) -> Vec<RunProblem> {
        let runs = self.lock();
        let all = runs.values().flat_map(|run| {
            let problems = run.problems.values();
            problems.map(|(problem, since)| RunProblem {
                execution: run.execution.clone(),
                workflow_type: run.workflow_type.clone(),
                problem: problem.clone(),
                since: *since,
            })
        });
        let mut found: Vec<_> = all.filter(|it| needs_attention(&it.problem)).collect();
        found.sort_by_key(|it| it.since);
        found
    }

    fn of_run(&self, run_id: RunId) -> Vec<Problem> {
        let runs = self.lock();
        let problems = runs.get(&run_id).map(|run| run.problems.values());
        problems
            .into_iter()
            .flatten()
            .map(|(problem, _)| problem.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RunId, TroubledRun>> {
        // Invariant: entries are only put in and taken out, so it is valid after a panic elsewhere.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn needs_attention(problem: &Problem) -> bool {
    problem.kind.needs_operator() || problem.count >= FAILED_ATTEMPTS_MIN
}

fn shortened(problem: &Problem) -> Problem {
    let mut problem = problem.clone();
    if problem.cause.len() > CAUSE_BYTES_MAX {
        let mut ends = (0..=CAUSE_BYTES_MAX).rev();
        let end = ends.find(|end| problem.cause.is_char_boundary(*end));
        problem.cause.truncate(end.unwrap_or_default());
        problem.cause.push('…');
    }
    problem
}
