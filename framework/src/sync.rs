//! What threads meet at: locks, atomics, channels, and threads themselves.
//!
//! They are those of the standard library. In unit tests that are compiled with `--cfg shuttle` they
//! are shuttle's, so that a test sees every order in which threads may take their steps, and not just
//! those that this machine happens to choose.

#[cfg(not(all(test, shuttle)))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};
#[cfg(all(feature = "runtime", not(all(test, shuttle))))]
pub(crate) use std::{
    sync::{RwLock, atomic, mpsc},
    thread,
};

#[cfg(all(test, shuttle))]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
#[cfg(all(feature = "runtime", all(test, shuttle)))]
pub(crate) use shuttle::{
    sync::{RwLock, atomic, mpsc},
    thread,
};

/// Runs a test in many orders of its threads; at a failure it prints the one that can be replayed.
///
/// Half of the orders are drawn evenly, half so that threads change at few places, which finds what
/// needs a thread to stop for long.
#[cfg(all(test, shuttle))]
pub(crate) fn explore(test: impl Fn() + Send + Sync + 'static) {
    use shuttle::{
        Config, Runner,
        scheduler::{PctScheduler, RandomScheduler},
    };
    use std::sync::Arc;

    /// How many; the environment may ask for more.
    const ORDERS: usize = 1_000;
    /// How often threads change in the second half: most known faults need no more.
    const CHANGES: usize = 4;

    let asked = std::env::var("SEMPRE_ORDERS").ok();
    let orders = asked.and_then(|it| it.parse().ok()).unwrap_or(ORDERS);
    let test = Arc::new(test);
    let config = || {
        let mut config = Config::new();
        // What a failure says needs more than the usual.
        config.stack_size = 256 * 1024;
        config
    };
    let again = Arc::clone(&test);
    Runner::new(RandomScheduler::new(orders), config()).run(move || test());
    Runner::new(PctScheduler::new(CHANGES, orders), config()).run(move || again());
}
