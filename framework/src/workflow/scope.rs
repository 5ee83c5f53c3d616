//! Scopes of cancellation: a tree, in which a scope is canceled with all that is below it.
//!
//! A context has a scope, and so has whatever was begun with it. A scope knows the one above it and
//! none of those below: whether it is canceled is looked up from it to the root, and what is to be
//! canceled with it is found among what is pending. Scopes that nothing belongs to any more are
//! gone, so a program may make as many as it likes, one after the other.

use std::{cell::OnceCell, iter, rc::Rc};

use derive_more::Debug;

use crate::workflow::Canceled;

/// A scope of cancellation; clones are the same scope.
#[derive(Clone, Debug)]
#[debug("Scope({})", if self.canceled().is_some() { "canceled" } else { "open" })]
pub(super) struct Scope(Rc<Node>);

#[derive(Debug)]
struct Node {
    /// `None` for that of the run, and for one that is detached from it.
    above: Option<Scope>,
    /// With what it was canceled itself; whoever is above it may have been canceled, too.
    canceled: OnceCell<Canceled>,
}

impl Scope {
    /// A scope that is below no other.
    pub(super) fn new() -> Self {
        Self::with(None)
    }

    /// A new scope below this one.
    pub(super) fn below(&self) -> Self {
        Self::with(Some(self.clone()))
    }

    fn with(above: Option<Self>) -> Self {
        Self(Rc::new(Node {
            above,
            canceled: OnceCell::new(),
        }))
    }

    /// With what it was canceled, itself or from above.
    pub(super) fn canceled(&self) -> Option<&Canceled> {
        // Invariant: whoever is canceled already is not canceled again, so the nearest is the first.
        self.upwards().find_map(|scope| scope.0.canceled.get())
    }

    /// Cancels it with all that is below it; says whether it was not canceled before.
    pub(super) fn cancel(&self, canceled: Canceled) -> bool {
        self.canceled().is_none() && self.0.canceled.set(canceled).is_ok()
    }

    /// Whether it is this scope, or below it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.upwards().any(|scope| Rc::ptr_eq(&scope.0, &other.0))
    }

    fn upwards(&self) -> impl Iterator<Item = &Self> {
        iter::successors(Some(self), |scope| scope.0.above.as_ref())
    }
}

impl Drop for Node {
    // A branch may be long, so it is taken apart link by link instead of one inside of the other.
    fn drop(&mut self) {
        let mut above = self.above.take();
        while let Some(scope) = above {
            above = Rc::into_inner(scope.0).and_then(|mut node| node.above.take());
        }
    }
}
