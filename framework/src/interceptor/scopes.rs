//! The scopes of one call, one within the other.

use derive_more::Debug;

use crate::{interceptor::CallScope, model::Failure, panic::catch};

/// The scopes that the interceptors of an engine have put around a call, the first one outermost.
#[derive(Debug, Default)]
pub struct Scopes(#[debug(skip)] Vec<Box<dyn CallScope>>);

impl Scopes {
    /// Whether there is none.
    #[cfg(feature = "runtime")]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts those of a call that leaves with this one within these.
    #[cfg(feature = "runtime")]
    pub(crate) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    pub(super) fn add(&mut self, scope: Option<Box<dyn CallScope>>) {
        self.0.extend(scope);
    }

    /// Runs a stretch of the call's code in all of them, once.
    pub(crate) fn run(&mut self, code: &mut dyn FnMut()) {
        // A scope that does not keep its word must not keep the code from being run.
        let mut is_run = false;
        let mut once = || {
            if !std::mem::replace(&mut is_run, true) {
                code();
            }
        };
        run_in(&mut self.0, &mut once);
        once();
    }

    /// Tells all of them, the innermost first, that the call has ended.
    pub(crate) fn end(mut self, failure: Option<&Failure>) {
        for scope in self.0.iter_mut().rev() {
            if let Err(panic) = catch(|| scope.end(failure)) {
                tracing::error!(%panic, "a scope of an interceptor panicked at the end of a call");
            }
        }
    }
}

fn run_in(scopes: &mut [Box<dyn CallScope>], code: &mut dyn FnMut()) {
    match scopes.split_first_mut() {
        None => code(),
        Some((outermost, within)) => outermost.run(&mut || run_in(within, code)),
    }
}
