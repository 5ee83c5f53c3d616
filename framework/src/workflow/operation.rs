//! Operations: what a workflow waits for, as cells that the host fills and a future empties.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    task::{Poll, Waker},
};

use derive_more::Debug;

use crate::{
    machine::replay::{
        ActivitySequence, ChildSequence, ExternalSequence, LocalBackoff, TimerSequence,
    },
    model::{
        ActivityId, ActivityType, Failure, LocalActivityOptions, Payloads, UserMetadata,
        WorkflowExecution, WorkflowId, WorkflowType,
    },
    workflow::{
        Canceled, CancellationType, ChildCancellationType, ExternalWorkflowError,
        scope::Scope,
        waker::{Polling, Waiter},
    },
};

/// The position of an operation among all that the program began, in program order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct OperationNumber(pub(super) u64);

/// How far the command of an operation has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase<Q> {
    /// It waits for the end of the activation.
    Unsent,
    /// It left under this number.
    Sent(Q),
    /// It left, and so did its cancellation.
    Canceling,
    /// Nothing more can come of it.
    Over,
}

/// Where an outcome is put and fetched.
#[derive(Debug)]
pub(super) struct OutcomeCell<T> {
    outcome: RefCell<Option<T>>,
    waiter: RefCell<Option<Waiter>>,
}

impl<T> Default for OutcomeCell<T> {
    fn default() -> Self {
        Self {
            outcome: RefCell::new(None),
            waiter: RefCell::new(None),
        }
    }
}

impl<T> OutcomeCell<T> {
    /// Fills the slot and wakes whoever waits for it.
    pub(super) fn fill(&self, outcome: T) {
        *self.outcome.borrow_mut() = Some(outcome);
        self.wake();
    }

    /// Wakes whoever waits, to look again.
    pub(super) fn wake(&self) {
        // Invariant: no cell is borrowed while a waker runs, because it may be anybody's code.
        let waiter = self.waiter.take();
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    /// Takes the outcome, or waits for it.
    pub(super) fn poll(&self, polling: &Polling, waker: &Waker) -> Option<T> {
        let outcome = self.outcome.take();
        if outcome.is_none() {
            let replaced = self.waiter.replace(Some(polling.waiter(waker)));
            drop(replaced);
        }
        outcome
    }

    /// Nobody waits any more.
    pub(super) fn leave(&self) {
        let left = self.waiter.take();
        drop(left);
    }
}

/// Any number of futures that wait for one thing, each in a place of its own.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    /// Those who wait, in the order in which they began to.
    waiting: RefCell<BTreeMap<u32, Waiter>>,
    last_place: Cell<u32>,
}

impl Waiters {
    /// A place among those who may wait.
    pub(super) fn join(&self) -> u32 {
        self.last_place.set(self.last_place.get() + 1);
        self.last_place.get()
    }

    /// Who has this place waits.
    fn wait(&self, place: u32, polling: &Polling, waker: &Waker) {
        let waiter = polling.waiter(waker);
        let replaced = self.waiting.borrow_mut().insert(place, waiter);
        drop(replaced);
    }

    /// Wakes all, to look.
    fn wake_all(&self) {
        // Invariant: no cell is borrowed while a waker runs, because it may be anybody's code.
        let waiting = self.waiting.take();
        for waiter in waiting.into_values() {
            waiter.wake();
        }
    }

    /// Who had this place waits no more.
    pub(super) fn leave(&self, place: u32) {
        let left = self.waiting.borrow_mut().remove(&place);
        drop(left);
    }
}

/// Where an outcome is put for any number of futures.
#[derive(Debug)]
pub(super) struct SharedCell<T> {
    outcome: RefCell<Option<T>>,
    pub(super) waiters: Waiters,
}

impl<T> Default for SharedCell<T> {
    fn default() -> Self {
        Self {
            outcome: RefCell::new(None),
            waiters: Waiters::default(),
        }
    }
}

impl<T: Clone> SharedCell<T> {
    /// Fills the cell, once and for all, and wakes all who wait for it.
    pub(super) fn fill(&self, outcome: T) {
        self.outcome.borrow_mut().get_or_insert(outcome);
        self.waiters.wake_all();
    }

    /// Looks at the outcome, or waits for it.
    pub(super) fn poll(&self, place: u32, polling: &Polling, waker: &Waker) -> Option<T> {
        let outcome = self.outcome.borrow().clone();
        if outcome.is_none() {
            self.waiters.wait(place, polling, waker);
        }
        outcome
    }
}

/// Where the latest news is put, until one of any number of futures takes it.
#[derive(Debug)]
pub(super) struct NewsCell<T> {
    latest: RefCell<Option<T>>,
    closed: Cell<bool>,
    pub(super) waiters: Waiters,
}

impl<T> Default for NewsCell<T> {
    fn default() -> Self {
        Self {
            latest: RefCell::new(None),
            closed: Cell::new(false),
            waiters: Waiters::default(),
        }
    }
}

impl<T> NewsCell<T> {
    /// Puts news in the place of what nobody has taken.
    pub(super) fn put(&self, news: T) {
        let outdated = self.latest.replace(Some(news));
        drop(outdated);
        self.waiters.wake_all();
    }

    /// There will be no more.
    pub(super) fn close(&self) {
        self.closed.set(true);
        self.waiters.wake_all();
    }

    /// Takes the news, or waits for some; `None` if there is none and will be none.
    pub(super) fn poll(&self, place: u32, polling: &Polling, waker: &Waker) -> Poll<Option<T>> {
        let news = self.latest.take();
        if news.is_some() || self.closed.get() {
            return Poll::Ready(news);
        }
        self.waiters.wait(place, polling, waker);
        Poll::Pending
    }
}

/// A timer of the program.
#[derive(Debug)]
pub(super) struct TimerOperation {
    pub(super) number: OperationNumber,
    pub(super) phase: Cell<Phase<TimerSequence>>,
    pub(super) slot: OutcomeCell<Result<(), Canceled>>,
    /// What is said of it to people, until it has left.
    pub(super) user_metadata: RefCell<UserMetadata>,
}

/// An activity of the program.
#[derive(Debug)]
pub(super) struct ActivityOperation {
    pub(super) number: OperationNumber,
    pub(super) phase: Cell<Phase<ActivitySequence>>,
    pub(super) slot: OutcomeCell<Result<Payloads, Box<Failure>>>,
    /// The number it left under, if it has.
    pub(super) sequence: Cell<Option<ActivitySequence>>,
    /// How far it has got; closed as soon as nothing more can come of it.
    pub(super) progress: NewsCell<Payloads>,
    pub(super) cancellation: CancellationType,
    pub(super) activity_type: ActivityType,
    /// The id it was given; `None` until it is numbered.
    pub(super) activity_id: RefCell<Option<ActivityId>>,
}

impl ActivityOperation {
    /// Nothing more can come of it.
    pub(super) fn end(&self) {
        self.phase.set(Phase::Over);
        self.progress.close();
    }
}

/// A local activity of the program.
#[derive(Debug)]
pub(super) struct LocalOperation {
    pub(super) number: OperationNumber,
    pub(super) scope: Scope,
    pub(super) phase: Cell<LocalPhase>,
    pub(super) slot: OutcomeCell<Result<Payloads, Box<Failure>>>,
    pub(super) cancellation: CancellationType,
    pub(super) activity_type: ActivityType,
    /// The id that its author has given it; numbered otherwise.
    pub(super) activity_id: Option<ActivityId>,
    pub(super) input: Payloads,
    pub(super) options: LocalActivityOptions,
    /// Where its next attempt stands in the line of all, once one had to wait for a timer.
    pub(super) backoff: Cell<Option<LocalBackoff>>,
}

/// How far a local activity has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LocalPhase {
    /// It waits for the end of the activation.
    Unsent,
    /// It runs under this number.
    Sent(ActivitySequence),
    /// It runs, and was asked to stop.
    Canceling,
    /// The timer of its next attempt waits for the end of the activation.
    TimerUnsent,
    /// Its next attempt waits for this timer.
    Waiting(TimerSequence),
    /// Nothing more can come of it.
    Over,
}

/// A child workflow of the program.
#[derive(Debug)]
pub(super) struct ChildOperation {
    pub(super) number: OperationNumber,
    pub(super) scope: Scope,
    pub(super) phase: Cell<Phase<ChildSequence>>,
    /// Its first run, once it has started.
    pub(super) start: OutcomeCell<Result<WorkflowExecution, Box<Failure>>>,
    /// How its chain of runs has ended.
    pub(super) end: SharedCell<Result<Payloads, Box<Failure>>>,
    pub(super) cancellation: ChildCancellationType,
    pub(super) workflow_type: WorkflowType,
    /// The id it was given; `None` until it is numbered.
    pub(super) workflow_id: RefCell<Option<WorkflowId>>,
}

/// A message of the program to another workflow.
#[derive(Debug)]
pub(super) struct ExternalOperation {
    pub(super) number: OperationNumber,
    pub(super) phase: Cell<Phase<ExternalSequence>>,
    pub(super) slot: OutcomeCell<Result<(), ExternalWorkflowError>>,
}

/// A wait of the program that leaves no command.
#[derive(Debug)]
pub(super) struct WaitOperation {
    pub(super) number: OperationNumber,
    pub(super) slot: OutcomeCell<Canceled>,
}
