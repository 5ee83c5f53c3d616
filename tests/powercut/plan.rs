//! Plans: what a process commits in its lives, so that others can know what has to be there.
//!
//! A plan is a function of its name: groups of commits, each group one call of `commit`, and lives
//! that carry out one group after another. Runs open with their first record and close with their
//! last; a workflow has one run after another.

use std::{collections::BTreeMap, error::Error, ops::Range, str::FromStr};

use derive_more::Display;
use sempre::{
    model::{ExecutionStatus, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{Commit, CommitPart, IndexChange, RunEntry, SledOptions},
};

use crate::powercut::noise;

/// Runs that are open at once.
const OPEN_RUNS: usize = 12;
/// So little that records are settled all the time.
const JOURNAL_BYTES: usize = 192 * 1024;

/// What a process commits.
#[derive(Clone, Copy, PartialEq, Eq, Display, Debug)]
pub enum Plan {
    /// A store is made, gets a few records and is closed.
    #[display("first-start")]
    FirstStart,
    /// So much that the segments of sled's log turn over; then the process dies.
    #[display("steady")]
    Steady,
    /// Lives that are closed or die, one after the other.
    #[display("reopened")]
    Reopened,
    /// What a process does that finds a store after a power cut.
    #[display("after-a-cut")]
    AfterACut,
}

/// How a life ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// The store is closed.
    Closed,
    /// The process dies with its store open.
    Killed,
}

/// The groups of one life, and how it ends.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) groups: Range<usize>,
    pub(crate) end: End,
}

/// What is known of a plan that was being carried out.
#[derive(Clone, Copy, Debug, Display)]
#[display("{plan}:{acknowledged}:{submitted}")]
pub struct Claim {
    /// The plan.
    pub plan: Plan,
    /// How many of its groups were acknowledged.
    pub acknowledged: usize,
    /// How many of its groups can be there.
    pub submitted: usize,
}

impl Plan {
    const ALL: [Self; 4] = [
        Self::FirstStart,
        Self::Steady,
        Self::Reopened,
        Self::AfterACut,
    ];

    /// The options of its store.
    pub(crate) fn options() -> SledOptions {
        SledOptions::default().journal_capacity_bytes(JOURNAL_BYTES)
    }

    pub(crate) fn lives(self) -> Vec<Life> {
        let life = |groups, end| Life { groups, end };
        match self {
            Self::FirstStart => vec![life(0..4, End::Closed)],
            Self::Steady => vec![life(0..200, End::Killed)],
            Self::Reopened => vec![
                life(0..10, End::Killed),
                life(10..40, End::Closed),
                life(40..40, End::Closed),
                life(40..55, End::Killed),
                life(55..70, End::Closed),
            ],
            Self::AfterACut => vec![life(0..20, End::Killed), life(20..30, End::Closed)],
        }
    }

    /// All groups, in order.
    pub(crate) fn groups(self) -> Vec<Vec<Commit>> {
        let lives = self.lives();
        let count = lives.last().map_or(0, |life| life.groups.end);
        let mut open = BTreeMap::new();
        let mut opened = 0;
        (0..count)
            .map(|group| self.group(group, &mut open, &mut opened))
            .collect()
    }

    /// The next group; `open` has the numbers of the last records of open runs, by their indexes.
    fn group(
        self,
        group: usize,
        open: &mut BTreeMap<usize, u32>,
        opened: &mut usize,
    ) -> Vec<Commit> {
        let seed = [self as u64, group as u64];
        let parts = 1 + noise::below(7, &[seed[0], seed[1], 1]);
        let parts = (0..parts)
            .map(|position| {
                while open.len() < OPEN_RUNS {
                    open.insert(*opened, 0);
                    *opened += 1;
                }
                let nth = noise::below(open.len() as u64, &[seed[0], seed[1], 2, position]);
                let run = open.keys().nth(usize::try_from(nth).unwrap_or_default());
                let run = run.copied().unwrap_or_default();
                let number = open.get(&run).map_or(1, |last| last + 1);
                if number == self.length(run) {
                    open.remove(&run);
                } else {
                    open.insert(run, number);
                }
                self.part(run, number)
            })
            .collect();
        commits(parts, &seed)
    }

    /// How many records a run gets.
    fn length(self, run: usize) -> u32 {
        let length = 2 + noise::below(30, &[self as u64, run as u64, 3]);
        u32::try_from(length).unwrap_or(2)
    }

    fn part(self, run: usize, number: u32) -> CommitPart {
        let run_id = self.run_id(run);
        let closes = number == self.length(run);
        let index = match number {
            1 => Some(IndexChange::Opened(Box::new(self.entry(run, false)))),
            _ if closes => Some(IndexChange::Changed(Box::new(self.entry(run, true)))),
            _ => None,
        };
        let seed = [self as u64, run as u64, u64::from(number)];
        CommitPart {
            run_id,
            number: RecordNumber::new(number),
            record: noise::bytes(size(&seed), &seed).into(),
            index,
            payloads: Vec::new(),
        }
    }

    fn entry(self, run: usize, closed: bool) -> RunEntry {
        let mut entry = RunEntry {
            status: if closed {
                ExecutionStatus::Completed
            } else {
                ExecutionStatus::Running
            },
            ..RunEntry::default()
        };
        entry.execution = WorkflowExecution {
            workflow_id: WorkflowId::from(format!("{self} {}", run % (2 * OPEN_RUNS))),
            run_id: self.run_id(run),
        };
        entry
    }

    fn run_id(self, run: usize) -> RunId {
        RunId::from_u128(((self as u128 + 1) << 64) | (run as u128 + 1))
    }
}

/// Puts parts into commits, some of which change several runs.
fn commits(parts: Vec<CommitPart>, seed: &[u64; 2]) -> Vec<Commit> {
    let [plan, group] = *seed;
    let mut commits: Vec<Commit> = Vec::new();
    for (position, part) in (0..).zip(parts) {
        let joins = noise::below(3, &[plan, group, 6, position]) == 0;
        let last = commits.pop_if(|last| joins && last.parts().all(|it| it.run_id != part.run_id));
        commits.push(match last {
            Some(last) => last.with(part),
            None => Commit::new(part),
        });
    }
    commits
}

/// How long a record is: most are small, some are larger than a page of sled.
fn size(seed: &[u64; 3]) -> usize {
    let [plan, run, number] = *seed;
    let kind = noise::below(100, &[plan, run, number, 4]);
    let (from, to) = match kind {
        0..70 => (100, 2_000),
        70..90 => (2_000, 8_000),
        90..98 => (8_000, 40_000),
        _ => (40_000, 200_000),
    };
    let size = from + noise::below(to - from, &[plan, run, number, 5]);
    usize::try_from(size).unwrap_or_default()
}

impl FromStr for Plan {
    type Err = Box<dyn Error>;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let plan = Self::ALL.into_iter().find(|plan| plan.to_string() == name);
        plan.ok_or_else(|| format!("no such plan: {name}").into())
    }
}

impl FromStr for Claim {
    type Err = Box<dyn Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':');
        let mut part = || parts.next().ok_or("a plan and two numbers");
        Ok(Self {
            plan: part()?.parse()?,
            acknowledged: part()?.parse()?,
            submitted: part()?.parse()?,
        })
    }
}
