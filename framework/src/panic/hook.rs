//! The hook in front of the user's, and the scopes in which it notes places.

use std::{cell::RefCell, panic::PanicHookInfo, sync::Once};

thread_local! {
    /// What the innermost scope of this thread has seen; `None` outside of any.
    static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// What a scope has seen.
#[derive(Debug, Default)]
struct Seen {
    /// Where its panic was raised, if there was one.
    place: Option<String>,
}

/// The time in which code of the user's runs on this thread.
#[derive(Debug)]
pub(super) struct Scope {
    /// What the scope around it has seen.
    outer: Option<Seen>,
}

impl Scope {
    /// Begins a scope; [`leave`](Self::leave) ends it.
    pub(super) fn enter() -> Self {
        place_hook();
        Self {
            outer: exchange(Some(Seen::default())),
        }
    }

    /// Ends the scope; returns where its panic was raised, which is empty if that is not known.
    pub(super) fn leave(self) -> String {
        let seen = exchange(self.outer);
        seen.and_then(|seen| seen.place).unwrap_or_default()
    }
}

fn exchange(seen: Option<Seen>) -> Option<Seen> {
    // A thread that is ending may have no storage any more; its panics are printed.
    SEEN.try_with(|slot| slot.replace(seen)).ok().flatten()
}

/// Puts the hook in front of the user's, once in the life of the process.
fn place_hook() {
    static PLACED: Once = Once::new();
    // A thread that panics cannot change the hook; the next scope will.
    if PLACED.is_completed() || std::thread::panicking() {
        return;
    }
    PLACED.call_once(|| {
        let users = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !is_noted(info) {
                users(info);
            }
        }));
    });
}

/// Notes where a panic was raised; `false` if it is the user's hook that has to know.
fn is_noted(info: &PanicHookInfo<'_>) -> bool {
    if cfg!(panic = "abort") {
        return false;
    }
    let noted = SEEN.try_with(|slot| {
        let Ok(mut slot) = slot.try_borrow_mut() else {
            return false;
        };
        let Some(Seen {
            place: place @ None,
        }) = slot.as_mut()
        else {
            return false;
        };
        *place = Some(info.location().map(ToString::to_string).unwrap_or_default());
        true
    });
    noted.unwrap_or(false)
}
