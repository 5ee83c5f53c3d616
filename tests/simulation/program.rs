//! Programs: what workflow code may do, as data, and how it is drawn.
//!
//! A workflow is started with its program as input, so that every replay follows it. What is added to
//! the programming model becomes a [`Step`] here, a branch in `script`, and a line in `draw`.

use sempre::model::ParentClosePolicy;
use serde::{Deserialize, Serialize};

use crate::simulation::chance::Chance;

/// The first of the executions that only children have; clients start those before.
const FIRST_CHILD: u32 = 4;

/// What the code of one workflow does.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Program {
    /// One after the other; then it returns.
    pub(crate) steps: Vec<Step>,
    /// Whether it goes on with its steps when it has been asked to stop.
    pub(crate) is_stubborn: bool,
}

/// One thing that workflow code does. Times are in milliseconds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Step {
    /// Calls an activity and waits for it.
    Work(Work),
    /// Calls an activity, answers each report of its progress, and waits for its end.
    Follow(Work),
    /// Calls a local activity, whose waits above so many milliseconds are timers, and waits for it.
    Local { work: Work, threshold: u32 },
    /// Calls an activity and goes on; dropped, and with it canceled, at the end of the block.
    Begin(Work),
    /// Waits for the activity that was begun first in this block.
    Await,
    /// Cancels the activity that was begun first in this block, and waits for it.
    Cancel,
    /// Sleeps.
    Pause(u32),
    /// Waits for so many more signals, but no longer than this.
    Listen { signals: u32, limit: Option<u32> },
    /// Waits for all of these.
    All(Vec<Vec<Step>>),
    /// Waits for the first of these, and drops the other.
    Either(Vec<Step>, Vec<Step>),
    /// Does this until it is asked to stop.
    UntilCanceled(Vec<Step>),
    /// Does this even if it is asked to stop.
    Shielded(Vec<Step>),
    /// Does this in a scope of its own, which is canceled after this time.
    Within(Vec<Step>, u32),
    /// Calls many activities, so many of them at once.
    Many { works: Vec<Work>, limit: u32 },
    /// Signals another execution and waits for the answer.
    Tell { execution: u32, number: u32 },
    /// Asks another execution to stop, and waits for the answer.
    AskToStop(u32),
    /// Has a child do something, and waits for what comes of it.
    Raise(Kin),
    /// Has a child do something, and goes on with it once it has started.
    LetGo(Kin),
    /// Passes something from one branch to the other after this time.
    HandOver(u32),
    /// Draws random numbers, and looks at the time.
    Draw,
    /// Changes what the run can be found by and what it carries.
    Note(u32),
    /// Takes the new way of a patch, if the process has code of this generation or a later one.
    Patch { since: u32 },
    /// Panics, unless the process has code of this generation or a later one.
    Break { until: u32 },
    /// Fails the run.
    Fail,
    /// Ends the run.
    Return,
    /// Has another run do this, which takes the place of this one.
    Continue(Vec<Step>),
}

/// A child.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Kin {
    /// The number of the child's execution; none if the engine finds an id for it.
    pub(crate) execution: Option<u32>,
    /// What it does.
    pub(crate) steps: Vec<Step>,
    /// What becomes of it when the run closes.
    pub(crate) policy: ParentClosePolicy,
    pub(crate) cancellation: Cancellation,
}

/// A call of an activity. Times are in milliseconds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Work {
    /// How its attempts end, one after the other; the last stands for all further ones.
    pub(crate) fates: Vec<Fate>,
    pub(crate) start_to_close: u32,
    pub(crate) schedule_to_close: Option<u32>,
    pub(crate) schedule_to_start: Option<u32>,
    pub(crate) heartbeat: Option<u32>,
    pub(crate) max_attempts: u32,
    pub(crate) cancellation: Cancellation,
    /// Whether it goes through the queue that has one slot and a rate.
    pub(crate) is_narrow: bool,
    /// Whether its code blocks its thread.
    pub(crate) is_blocking: bool,
    /// Whether its code leaves it to somebody else to end it; not code that blocks.
    pub(crate) is_left: bool,
}

/// How an attempt ends, once the world ends it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Fate {
    /// With a result.
    Done,
    /// With an error after which there may be another attempt.
    Failed,
    /// With an error after which there is none.
    FailedForGood,
    /// With a panic.
    Panicked,
    /// Not at all.
    Hanging,
}

/// What becomes of an activity that is canceled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Cancellation {
    Try,
    Wait,
    Abandon,
}

impl Work {
    /// How this attempt ends, counted from 1.
    pub(crate) fn fate(&self, attempt: u32) -> Fate {
        let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let fate = self.fates.get(index).or(self.fates.last());
        fate.copied().unwrap_or(Fate::Done)
    }

    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let fates = (0..chance.between(1, 3)).map(|_| {
            let fates = [
                (8, Fate::Done),
                (4, Fate::Failed),
                (1, Fate::FailedForGood),
                (1, Fate::Panicked),
                (1, Fate::Hanging),
            ];
            chance.weighted(&fates, Fate::Done)
        });
        Self {
            fates: fates.collect(),
            start_to_close: chance.between(1, 60) * 1_000,
            schedule_to_close: chance.maybe(6, |chance| chance.between(1, 90) * 1_000),
            schedule_to_start: chance.maybe(8, |chance| chance.between(1, 90) * 1_000),
            heartbeat: chance.maybe(5, |chance| chance.between(1, 20) * 1_000),
            max_attempts: chance.between(1, 4),
            cancellation: chance.weighted(
                &[
                    (3, Cancellation::Try),
                    (2, Cancellation::Wait),
                    (1, Cancellation::Abandon),
                ],
                Cancellation::Try,
            ),
            is_narrow: chance.one_in(4),
            is_blocking: chance.one_in(6),
            is_left: chance.one_in_by_now(6),
        }
    }
}

impl Kin {
    fn draw(chance: &mut Chance, budget: &mut u32, depth: u32) -> Self {
        Self {
            execution: Some(FIRST_CHILD + chance.below(4)).filter(|_| !chance.one_in_by_now(4)),
            steps: block(chance, budget, depth),
            policy: chance.weighted(
                &[
                    (3, ParentClosePolicy::Terminate),
                    (2, ParentClosePolicy::RequestCancel),
                    (2, ParentClosePolicy::Abandon),
                ],
                ParentClosePolicy::Terminate,
            ),
            cancellation: chance.weighted(
                &[
                    (3, Cancellation::Wait),
                    (2, Cancellation::Try),
                    (1, Cancellation::Abandon),
                ],
                Cancellation::Wait,
            ),
        }
    }
}

impl Program {
    pub(crate) fn draw(chance: &mut Chance) -> Self {
        let mut budget = chance.between(1, 10);
        Self {
            steps: block(chance, &mut budget, 3),
            is_stubborn: chance.one_in(5),
        }
    }
}

/// Draws the steps of a block, which take of what is left for the whole program.
fn block(chance: &mut Chance, budget: &mut u32, depth: u32) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..chance.between(1, 4) {
        if *budget == 0 {
            break;
        }
        *budget -= 1;
        steps.push(step(chance, budget, depth));
    }
    steps
}

fn step(chance: &mut Chance, budget: &mut u32, depth: u32) -> Step {
    if depth > 0 && chance.one_in(16) {
        return Step::Continue(block(chance, budget, depth - 1));
    }
    if depth > 0 && chance.one_in(4) {
        return nested(chance, budget, depth - 1);
    }
    match chance.below(27) {
        0..=7 => {
            let work = Work::draw(chance);
            if chance.one_in_by_now(3) {
                let threshold = chance.between(1, 4) * 500;
                return Step::Local { work, threshold };
            }
            if chance.adds_one_in(2) {
                return Step::Follow(work);
            }
            Step::Work(work)
        }
        8 | 9 => Step::Begin(Work::draw(chance)),
        10 => Step::Await,
        11 => Step::Cancel,
        12..=15 => Step::Pause(chance.span()),
        16..=18 => Step::Listen {
            signals: chance.between(1, 2),
            limit: chance.maybe(2, Chance::span),
        },
        19 => Step::Many {
            works: (0..chance.between(2, 4))
                .map(|_| Work::draw(chance))
                .collect(),
            limit: chance.between(1, 3),
        },
        20 => Step::Draw,
        21 => Step::HandOver(chance.span()),
        22 => match chance.below(3) {
            0 => Step::Fail,
            1 => Step::Return,
            _ => Step::Break {
                until: chance.between(1, 2),
            },
        },
        23 | 24 => Step::Tell {
            execution: chance.below(6),
            number: chance.below(1_000),
        },
        26 | 27 if depth > 0 => {
            let kin = Kin::draw(chance, budget, depth - 1);
            if chance.one_in(3) {
                Step::LetGo(kin)
            } else {
                Step::Raise(kin)
            }
        }
        25 if chance.one_in(3) => Step::AskToStop(chance.below(4)),
        // As many draws as ever, so that a seed with a name stays the world that it was.
        _ => match chance.between(1, 5) {
            seconds @ 1..=2 => Step::Pause(seconds * 1_000),
            3 => Step::Note(1),
            4 => Step::Note(0),
            _ => Step::Patch { since: 1 },
        },
    }
}

fn nested(chance: &mut Chance, budget: &mut u32, depth: u32) -> Step {
    match chance.below_by_now(6, 7) {
        0 | 1 => Step::All(
            (0..chance.between(2, 3))
                .map(|_| block(chance, budget, depth))
                .collect(),
        ),
        2 | 3 => Step::Either(block(chance, budget, depth), block(chance, budget, depth)),
        4 => Step::UntilCanceled(block(chance, budget, depth)),
        5 => Step::Shielded(block(chance, budget, depth)),
        _ => Step::Within(block(chance, budget, depth), chance.span()),
    }
}
