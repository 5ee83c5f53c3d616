//! Catching a panic, and what is kept of it.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::hook::Scope;

/// What a caught panic said, and where it was raised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Panic {
    /// What it said.
    pub(crate) message: String,
    /// File, line and column; empty if they are not known.
    pub(crate) place: String,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.place.is_empty() {
            write!(f, " at {}", self.place)?;
        }
        Ok(())
    }
}

/// Runs the user's code and catches its panic.
pub(crate) fn catch<T>(code: impl FnOnce() -> T) -> Result<T, Panic> {
    let scope = Scope::enter();
    let caught = catch_unwind(AssertUnwindSafe(code));
    let place = scope.leave();
    caught.map_err(|payload| Panic {
        message: take_text(payload),
        place,
    })
}

/// Runs the user's future and catches its panic, in whichever poll it comes, and when it is dropped.
#[cfg(any(test, feature = "runtime"))]
pub(crate) async fn catch_async<F: Future + Unpin>(future: F) -> Result<F::Output, Panic> {
    let mut guarded = DropGuard(Some(future));
    std::future::poll_fn(move |cx| {
        let Some(future) = &mut guarded.0 else {
            return std::task::Poll::Pending;
        };
        match catch(|| std::pin::Pin::new(future).poll(cx)) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    })
    .await
}

/// Something of the user's, whose destructor may panic.
#[cfg(any(test, feature = "runtime"))]
struct DropGuard<T>(Option<T>);

#[cfg(any(test, feature = "runtime"))]
impl<T> Drop for DropGuard<T> {
    fn drop(&mut self) {
        let value = self.0.take();
        // Its outcome is known, or does not count any more, so nobody is to be told.
        let _: Result<(), Panic> = catch(|| drop(value));
    }
}

/// The message of a caught panic.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

/// The message of a caught panic, whose payload is dropped.
fn take_text(payload: Box<dyn Any + Send>) -> String {
    let text = panic_text(&*payload).to_owned();
    // A payload is the user's, and so is its destructor.
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // The payload of the destructor's own panic may be of the same kind, so it is leaked.
        std::mem::forget(again);
    }
    text
}
