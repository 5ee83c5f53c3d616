//! The hook in front of the user's, and the scopes in which it notes places.

use std::{
    cell::{Cell, RefCell},
    panic::PanicHookInfo,
    sync::Once,
};

thread_local! {
    /// What the innermost scope of this thread has seen. It is all that a scope without a panic
    /// touches.
    static SEEN: Cell<Seen> = const { Cell::new(Seen::NoScope) };
    /// Where the panics were raised that the open scopes have seen, those of the innermost last.
    static PLACES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What the innermost scope has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Seen {
    /// There is no scope.
    NoScope,
    Nothing,
    /// A panic, whose place is noted.
    Panic,
}

/// The time in which code of the user's runs on this thread.
#[derive(Debug)]
pub(super) struct Scope {
    /// What the scope around it has seen.
    outer: Seen,
}

impl Scope {
    /// Begins a scope; [`leave`](Self::leave) ends it.
    pub(super) fn enter() -> Self {
        place_hook();
        Self {
            outer: SEEN.replace(Seen::Nothing),
        }
    }

    /// Ends the scope; returns where its panic was raised, which is empty if that is not known.
    pub(super) fn leave(self) -> String {
        match SEEN.replace(self.outer) {
            Seen::NoScope | Seen::Nothing => String::new(),
            Seen::Panic => {
                let place = PLACES.try_with(|places| places.borrow_mut().pop());
                place.ok().flatten().unwrap_or_default()
            }
        }
    }
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
    if SEEN.get() != Seen::Nothing {
        return false;
    }
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    // A thread that is ending may have no storage any more; its panics are printed.
    let noted = PLACES.try_with(|places| {
        let Ok(mut places) = places.try_borrow_mut() else {
            return false;
        };
        places.push(place);
        SEEN.set(Seen::Panic);
        true
    });
    noted.unwrap_or(false)
}
