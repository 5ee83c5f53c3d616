//! A plan: everything that happens to a world from outside, drawn from its seed.
//!
//! A plan is data, and says what happens whatever has become of the world by then: "the third of the
//! attempts that run" is the first if there is one, and nobody if there is none. So whatever is
//! taken out of a plan leaves another plan, and a plan that breaks something can be made smaller.

use std::num::NonZeroU32;

use derive_more::Debug;
use sempre::model::{WorkflowId, WorkflowIdConflictPolicy, WorkflowIdReusePolicy};

use crate::simulation::{
    activity::Left,
    chance::Chance,
    client::workflow_id,
    coding::Coding,
    program::{Program, Work},
    schedule::{ScheduleAsk, draw_scheduler},
};

/// Everything that happens to a world from outside.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) turns: Vec<Turn>,
}

/// How the engines of a world are built.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Settings {
    /// The threads of each engine, in turn.
    pub(crate) threads: Vec<usize>,
    pub(crate) max_resident_executions: usize,
    pub(crate) replays_every_task: bool,
    pub(crate) max_attempts: usize,
    /// Starts a second of the narrow queue.
    pub(crate) rate: NonZeroU32,
    /// Whether closed runs are deleted when their time has passed.
    pub(crate) forgets: bool,
    pub(crate) coding: Coding,
}

/// Something that happens, and how far the engine goes on then.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Turn {
    pub(crate) event: Event,
    pub(crate) then: Then,
}

/// How far the engine goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Then {
    /// Not at all: something else happens first.
    Nothing,
    /// It deals with its mail.
    GoesOn,
    /// It deals with its mail and writes, until nothing is left to do.
    Settles,
}

/// Something that happens.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Event {
    /// A client asks for something, under an id of its own.
    Ask(Ask),
    /// A client repeats what was asked under this id.
    Repeat(u32),
    /// An attempt that runs ends.
    End(u32),
    /// An attempt that runs says that it is alive.
    Beat(u32),
    /// An attempt that runs reports progress.
    Say(u32),
    /// Somebody says of an activity that was left to them how it ends, or only that it is alive.
    Report { index: u32, is_end: bool },
    /// Code that blocks gets a thread.
    RunBlocking,
    /// A group is gathered: it is on its way to the disk, and so much of it can be read.
    Gather { max: usize, readable: usize },
    /// What is gathered is written, or so many more commits if nothing is.
    Write { max: usize, fate: WriteFate },
    /// So many reads of the disk fail.
    FailReads(u32),
    /// Time passes, in milliseconds.
    Pass(u32),
    /// Time passes until somebody wakes.
    Skip,
    /// The machine is suspended.
    Suspend(u32),
    /// The wall clock is put forward.
    PutForward(u32),
    /// The wall clock is put back.
    PutBack(u32),
    /// The process dies; of what was on its way to the disk, so many commits got there.
    Crash { kept: usize, deploys: bool },
    /// The process stops and starts again; attempts that run are given up.
    Restart { deploys: bool },
}

/// What becomes of a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum WriteFate {
    /// It is synced.
    Synced,
    /// It fails, after so many commits got to the disk.
    Failed { kept: usize },
    /// The disk is full.
    Full,
}

/// What a client asks for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Ask {
    /// Which request it is, whatever else a plan has; request ids follow from it.
    pub(crate) id: u32,
    /// The execution.
    pub(crate) workflow_id: WorkflowId,
    pub(crate) what: What,
}

/// What is asked.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum What {
    Start(Box<StartAsk>),
    Call(u32),
    Errand(Box<Work>),
    /// An update that is carried out at once, unless it is rejected.
    Change(u32),
    /// An update whose handler does something.
    Mission(Box<Work>),
    /// What has come of the update that was asked for under this id.
    Outcome(u32),
    /// A signal that the code has no handler for.
    Stray,
    Cancel,
    Terminate,
    RetryNow,
    Pause,
    Unpause,
    /// Pauses the activity of this number.
    PauseActivity(u32),
    UnpauseActivity(u32),
    /// Has the run go on from a point of its history.
    Reset(ResetAsk),
    Query,
    Result,
    Describe,
    History,
    /// Asks something of a schedule, which the execution is.
    Schedule(ScheduleAsk),
    /// Says how an activity ends that was left, or only that it is alive.
    Report {
        left: Box<Left>,
        is_end: bool,
    },
}

/// A reset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ResetAsk {
    pub(crate) to: Point,
    /// Whether signals and updates are taken along.
    pub(crate) signals: bool,
    pub(crate) updates: bool,
}

/// A point that a run is reset to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Point {
    FirstTask,
    LastTask,
    LastFailedActivity,
    /// The event of this number, if that is one.
    Event(u32),
}

/// A start.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct StartAsk {
    pub(crate) program: Program,
    pub(crate) reuse: WorkflowIdReusePolicy,
    pub(crate) conflict: WorkflowIdConflictPolicy,
    pub(crate) run_timeout: Option<u32>,
    pub(crate) execution_timeout: Option<u32>,
}

/// Executions that a plan speaks of.
const EXECUTIONS: u32 = 3;
/// The requests that are added to a plan, behind those that it had before.
const ADDED: u32 = 500_000;

impl Plan {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut settings = Settings::draw(&mut chance);
        settings.forgets = Chance::beside(seed).one_in_by_now(3);
        // Some worlds have no faults, some no clock that is set: what they hide is not all the same.
        let mood = Mood {
            faults: chance.below(3),
            clocks: chance.below(2),
        };
        let turns = chance.between(8, 60);
        let has_schedules = chance.adds_one_in(3);
        let mut drawn = Vec::new();
        for at in 0..turns {
            drawn.push(Turn::draw(&mut chance, at, mood));
            drawn.extend(Turn::draw_said(&mut chance));
            if has_schedules {
                drawn.extend(Turn::draw_schedule(&mut chance, at));
            }
        }
        Self {
            settings,
            turns: drawn,
        }
    }
}

impl Settings {
    fn draw(chance: &mut Chance) -> Self {
        let threads = (0..3).map(|_| usize::try_from(chance.between(1, 3)).unwrap_or(1));
        Self {
            threads: threads.collect(),
            max_resident_executions: chance.weighted(&[(2, 1_000), (1, 1), (1, 0)], 1_000),
            replays_every_task: chance.one_in(3),
            max_attempts: chance.weighted(&[(2, 100), (1, 2), (1, 1)], 100),
            rate: NonZeroU32::MIN.saturating_add(chance.below(4)),
            forgets: false,
            coding: Coding::draw(chance),
        }
    }
}

/// How much goes wrong.
#[derive(Clone, Copy, Debug)]
struct Mood {
    faults: u32,
    clocks: u32,
}

/// The kinds of event, as they are drawn.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Ask,
    Repeat,
    End,
    Beat,
    Report,
    RunBlocking,
    Gather,
    Write,
    BadWrite,
    FailReads,
    Pass,
    Skip,
    Clock,
    Crash,
    Restart,
}

impl Turn {
    fn draw(chance: &mut Chance, at: u32, mood: Mood) -> Self {
        let event = if at == 0 {
            Event::Ask(Ask {
                id: 0,
                workflow_id: workflow_id(0),
                what: What::Start(Box::new(StartAsk::draw(chance))),
            })
        } else {
            Event::draw(chance, at, mood)
        };
        let then = [(4, Then::Settles), (2, Then::GoesOn), (2, Then::Nothing)];
        Self {
            event,
            then: chance.weighted(&then, Then::Settles),
        }
    }
}

impl Turn {
    /// Draws a report of progress that is added to a world.
    fn draw_said(chance: &mut Chance) -> Option<Self> {
        chance.adds_one_in(4).then(|| Self {
            event: Event::Say(chance.added_below(8)),
            then: Then::draw_added(chance),
        })
    }

    /// Draws a wish about a schedule that is added to a world.
    fn draw_schedule(chance: &mut Chance, at: u32) -> Option<Self> {
        chance.adds_one_in(5).then(|| {
            let mut own = chance.added();
            let ask = Ask {
                id: ADDED + at,
                workflow_id: draw_scheduler(&mut own),
                what: What::Schedule(ScheduleAsk::draw(&mut own)),
            };
            Self {
                event: Event::Ask(ask),
                then: Then::draw_added(chance),
            }
        })
    }
}

impl Then {
    fn draw_added(chance: &mut Chance) -> Self {
        match chance.added_below(3) {
            0 => Self::Nothing,
            1 => Self::GoesOn,
            _ => Self::Settles,
        }
    }
}

impl Event {
    fn draw(chance: &mut Chance, at: u32, mood: Mood) -> Self {
        let kinds = [
            (24, Kind::Ask),
            (3, Kind::Repeat),
            (20, Kind::End),
            (4, Kind::Beat),
            (chance.by_now(0, 6), Kind::Report),
            (6, Kind::RunBlocking),
            (4, Kind::Gather),
            (6, Kind::Write),
            (mood.faults, Kind::BadWrite),
            (mood.faults, Kind::FailReads),
            (8, Kind::Pass),
            (10, Kind::Skip),
            (2 * mood.clocks, Kind::Clock),
            (2 * mood.faults, Kind::Crash),
            (2, Kind::Restart),
        ];
        let few = |chance: &mut Chance| usize::try_from(chance.below(4)).unwrap_or_default();
        match chance.weighted(&kinds, Kind::Skip) {
            Kind::Ask => Self::Ask(Ask::draw(chance, at)),
            Kind::Repeat => Self::Repeat(chance.below(at)),
            Kind::End => Self::End(chance.below(8)),
            Kind::Beat => Self::Beat(chance.below(8)),
            Kind::Report => Self::Report {
                index: chance.below(8),
                is_end: !chance.one_in(4),
            },
            Kind::RunBlocking => Self::RunBlocking,
            Kind::Gather => Self::Gather {
                max: 1 + few(chance),
                readable: few(chance),
            },
            Kind::Write => Self::Write {
                max: 1 + few(chance),
                fate: WriteFate::Synced,
            },
            Kind::BadWrite => Self::Write {
                max: 1 + few(chance),
                fate: match chance.below(3) {
                    0 => WriteFate::Full,
                    _ => WriteFate::Failed { kept: few(chance) },
                },
            },
            Kind::FailReads => Self::FailReads(chance.between(1, 3)),
            Kind::Pass => Self::Pass(chance.span()),
            Kind::Skip => Self::Skip,
            Kind::Clock => match chance.below(3) {
                0 => Self::Suspend(chance.span()),
                1 => Self::PutForward(chance.span()),
                _ => Self::PutBack(chance.span()),
            },
            Kind::Crash => Self::Crash {
                kept: few(chance),
                deploys: chance.one_in(3),
            },
            Kind::Restart => Self::Restart {
                deploys: chance.one_in(3),
            },
        }
    }
}

impl Ask {
    fn draw(chance: &mut Chance, id: u32) -> Self {
        Self {
            id,
            workflow_id: workflow_id(chance.below(EXECUTIONS)),
            what: What::draw(chance, id),
        }
    }
}

impl What {
    fn draw(chance: &mut Chance, id: u32) -> Self {
        match chance.below_by_now(28, 44) {
            0..=7 => Self::Start(Box::new(StartAsk::draw(chance))),
            8..=14 => Self::Call(chance.below(100)),
            15 => Self::Errand(Box::new(Work::draw(chance))),
            16 => Self::Stray,
            17 | 18 => Self::Cancel,
            19 => Self::Terminate,
            20 => Self::RetryNow,
            21 | 22 => Self::Query,
            23 | 24 => Self::Result,
            25 | 26 => Self::Describe,
            27 => Self::History,
            28 | 29 => Self::Change(chance.below(100)),
            30 | 31 => Self::Mission(Box::new(Work::draw(chance))),
            32 | 33 => Self::Outcome(chance.below(id)),
            36 | 37 => Self::Pause,
            38..=40 => Self::Unpause,
            41 => Self::PauseActivity(chance.between(1, 4)),
            42 | 43 => Self::UnpauseActivity(chance.between(1, 4)),
            _ => Self::Reset(ResetAsk {
                to: match chance.below(4) {
                    0 => Point::FirstTask,
                    1 => Point::LastTask,
                    2 => Point::LastFailedActivity,
                    _ => Point::Event(chance.between(2, 20)),
                },
                signals: !chance.one_in(4),
                updates: !chance.one_in(4),
            }),
        }
    }
}

impl StartAsk {
    fn draw(chance: &mut Chance) -> Self {
        let reuse = [
            (4, WorkflowIdReusePolicy::AllowDuplicate),
            (1, WorkflowIdReusePolicy::AllowDuplicateFailedOnly),
            (1, WorkflowIdReusePolicy::RejectDuplicate),
        ];
        let conflict = [
            (2, WorkflowIdConflictPolicy::Fail),
            (1, WorkflowIdConflictPolicy::UseExisting),
            (1, WorkflowIdConflictPolicy::TerminateExisting),
        ];
        Self {
            program: Program::draw(chance),
            reuse: chance.weighted(&reuse, WorkflowIdReusePolicy::AllowDuplicate),
            conflict: chance.weighted(&conflict, WorkflowIdConflictPolicy::Fail),
            run_timeout: chance.maybe(8, |chance| chance.between(1, 300) * 1_000),
            execution_timeout: chance.maybe(12, |chance| chance.between(1, 300) * 1_000),
        }
    }
}
