//! What the log is told of problems: each once when it appears, and once when it is gone.
//!
//! `machine::execution` says which problems a run has; this remembers which of them have been told,
//! also of runs that have left memory. A new process tells all of them again.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use crate::{
    machine::execution::{Problem, ProblemKind},
    model::RunId,
};

/// Bound: runs of a shard whose problems are remembered. Past it the oldest run is forgotten, and
/// its problems are told once more when it does something.
const RUNS_MAX: usize = 65_536;

/// What has been told of a problem.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Told {
    count: u64,
    /// Stands for its cause, which may be long.
    cause: u64,
}

impl Told {
    fn of(problem: &Problem) -> Self {
        let mut hasher = DefaultHasher::new();
        problem.cause.hash(&mut hasher);
        Self {
            count: problem.count,
            cause: hasher.finish(),
        }
    }
}

/// Something to tell of a run's problems.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::actor) enum News {
    /// A problem, or a new cause of one.
    Appeared(Problem),
    /// The same with the same cause once more.
    Again(Problem),
    /// There is no such problem any more.
    Gone(ProblemKind),
}

/// The problems of a shard's runs that have been told.
#[derive(Debug, Default)]
pub(in crate::actor) struct ToldProblems(BTreeMap<RunId, BTreeMap<ProblemKind, Told>>);

impl ToldProblems {
    /// Whether anything has been told of a run that is not over.
    pub(in crate::actor) fn is_known(&self, run_id: RunId) -> bool {
        self.0.contains_key(&run_id)
    }

    /// Takes note of all problems that a run has now; returns what is to be told.
    pub(in crate::actor) fn update(&mut self, run_id: RunId, problems: Vec<Problem>) -> Vec<News> {
        let mut before = self.0.remove(&run_id).unwrap_or_default();
        let (mut now, mut news) = (BTreeMap::new(), Vec::new());
        for problem in problems {
            let told = Told::of(&problem);
            now.insert(problem.kind.clone(), told);
            match before.remove(&problem.kind) {
                Some(before) if before == told => {}
                Some(before) if before.cause == told.cause => news.push(News::Again(problem)),
                Some(_) | None => news.push(News::Appeared(problem)),
            }
        }
        news.extend(before.into_keys().map(News::Gone));
        if !now.is_empty() {
            self.0.insert(run_id, now);
            if self.0.len() > RUNS_MAX {
                self.0.pop_first();
            }
        }
        news
    }

    /// Takes note of one problem; `false` if it has been told.
    pub(in crate::actor) fn add(&mut self, run_id: RunId, problem: &Problem) -> bool {
        let told = Told::of(problem);
        let problems = self.0.entry(run_id).or_default();
        problems.insert(problem.kind.clone(), told) != Some(told)
    }

    /// Takes note that a problem is gone; `false` if it was not told.
    pub(in crate::actor) fn remove(&mut self, run_id: RunId, kind: &ProblemKind) -> bool {
        let Some(problems) = self.0.get_mut(&run_id) else {
            return false;
        };
        let was_told = problems.remove(kind).is_some();
        if problems.is_empty() {
            self.0.remove(&run_id);
        }
        was_told
    }

    /// Forgets a run that has closed.
    pub(in crate::actor) fn forget(&mut self, run_id: RunId) {
        self.0.remove(&run_id);
    }
}
