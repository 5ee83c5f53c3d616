//! Lines: those who wait for something of the workflow's own, and whose turn it is.
//!
//! Who comes first is served first, and nobody is passed: what there is goes to the head of the line,
//! also where others could do with less. A place is taken by the first poll that finds nothing, and
//! given up by being served, canceled or dropped; whoever is at the head then is woken to look.
//!
//! Replay: turns follow from the order of polls alone, so they are the same every time.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    task::{Context, Poll},
};

use derive_more::Debug;

use crate::workflow::{
    Canceled, WorkflowContext,
    host::ProgramHost,
    operation::{OutcomeCell, WaitOperation},
};

/// Those who wait, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: RefCell<BTreeMap<u64, Rc<WaitOperation>>>,
    last_place: Cell<u64>,
}

impl Line {
    /// Whether nobody waits before this place; `None` is behind everybody.
    pub(super) fn is_turn_of(&self, place: Option<u64>) -> bool {
        match (self.waiting.borrow().first_key_value(), place) {
            (None, _) => true,
            (Some((first, _)), Some(place)) => *first == place,
            (Some(_), None) => false,
        }
    }

    /// Has whoever is at the head look again.
    pub(super) fn wake_first(&self) {
        let first = self.waiting.borrow().values().next().cloned();
        // Invariant: nothing is borrowed while a waker runs, because it may be anybody's code.
        if let Some(first) = first {
            first.slot.wake();
        }
    }

    fn enter(&self, operation: &Rc<WaitOperation>) -> u64 {
        let place = self.last_place.get() + 1;
        self.last_place.set(place);
        let operation = Rc::clone(operation);
        self.waiting.borrow_mut().insert(place, operation);
        place
    }

    fn leave(&self, place: u64) {
        let was_first = self.is_turn_of(Some(place));
        let left = self.waiting.borrow_mut().remove(&place);
        drop(left);
        if was_first {
            self.wake_first();
        }
    }
}

/// Somebody who waits, or is about to.
#[derive(Debug)]
pub(super) struct Turn {
    host: Rc<ProgramHost>,
    operation: Rc<WaitOperation>,
    begun_canceled: bool,
    place: Option<u64>,
    done: bool,
}

impl Turn {
    /// A wait that belongs to the scope of this context.
    pub(super) fn new<W>(context: &WorkflowContext<W>) -> Self {
        let host = Rc::clone(context.host());
        let operation = Rc::new(WaitOperation {
            number: host.begin_operation(),
            slot: OutcomeCell::default(),
        });
        host.begin_turn(context.own_scope(), &operation);
        Self {
            begun_canceled: context.is_canceled(),
            host,
            operation,
            place: None,
            done: false,
        }
    }

    /// Takes what is there if it is this one's turn, or waits in line.
    pub(super) fn poll<T>(
        &mut self,
        line: &Line,
        cx: &Context<'_>,
        take: impl FnOnce() -> Option<T>,
    ) -> Poll<Result<T, Canceled>> {
        let may_take = !self.begun_canceled && line.is_turn_of(self.place);
        let outcome = if let Some(taken) = may_take.then(take).flatten() {
            Ok(taken)
        } else if let Some(canceled) = self.operation.slot.poll(&self.host.polling, cx.waker()) {
            Err(canceled)
        } else {
            self.place
                .get_or_insert_with(|| line.enter(&self.operation));
            return Poll::Pending;
        };
        self.leave(line);
        Poll::Ready(outcome)
    }

    /// Waits no more.
    pub(super) fn leave(&mut self, line: &Line) {
        if std::mem::replace(&mut self.done, true) {
            return;
        }
        self.host.drop_wait(&self.operation);
        if let Some(place) = self.place.take() {
            line.leave(place);
        }
    }

    /// Whether it has been served or canceled.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }
}
