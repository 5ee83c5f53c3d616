//! A clock that stands still until it is told to move.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use derive_more::Debug;
use futures::{FutureExt as _, future::BoxFuture};

use crate::{clock::Clock, model::Timestamp};

/// The time a manual clock begins with: 2026-01-01T00:00:00Z.
pub(super) const BEGINNING: Timestamp = Timestamp::from_secs(1_767_225_600);

/// A clock that stands still until it is told to move.
///
/// Whoever sleeps by it wakes when it is moved to the end of the sleep or past it, so days pass in
/// no time. A sleep counts from the moment it is asked for to the moment its future is done or
/// dropped. Clones are the same clock.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use futures::FutureExt as _;
/// use sempre::{clock::Clock as _, testing::ManualClock};
///
/// let clock = ManualClock::new();
/// let tomorrow = clock.now().after(Duration::from_secs(86_400));
/// let mut sleep = clock.sleep_until(tomorrow);
/// assert_eq!((&mut sleep).now_or_never(), None);
/// assert_eq!((clock.sleepers(), clock.next_deadline()), (1, Some(tomorrow)));
///
/// clock.advance(Duration::from_secs(86_400));
/// assert_eq!((sleep.now_or_never(), clock.now()), (Some(()), tomorrow));
/// ```
#[derive(Clone, Debug)]
#[debug("ManualClock({:?})", self.shared.lock().now)]
pub struct ManualClock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    /// Sleeps asked for so far; tells those apart that end at the same time.
    sleeps: u64,
    /// Who sleeps, with a waker once it has been polled.
    sleepers: BTreeMap<(Timestamp, u64), Option<Waker>>,
    /// Who waits for somebody to sleep.
    observers: Vec<Waker>,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl ManualClock {
    /// A clock that shows the beginning of 2026.
    pub fn new() -> Self {
        Self::starting_at(BEGINNING)
    }

    /// A clock that shows this time.
    pub fn starting_at(now: Timestamp) -> Self {
        let state = State {
            now,
            sleeps: 0,
            sleepers: BTreeMap::new(),
            observers: Vec::new(),
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
            }),
        }
    }

    /// Moves the clock on by this much.
    pub fn advance(&self, duration: Duration) {
        self.set(self.now().after(duration));
    }

    /// Moves the clock to this time; one that has passed changes nothing.
    pub fn set(&self, now: Timestamp) {
        let mut state = self.shared.lock();
        if now <= state.now {
            return;
        }
        state.now = now;
        let later = state.sleepers.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut state.sleepers, later);
        // Whoever wakes up may look at the clock.
        drop(state);
        due.into_values().flatten().for_each(Waker::wake);
    }

    /// How many sleep at the moment.
    pub fn sleepers(&self) -> usize {
        self.shared.lock().sleepers.len()
    }

    /// When the first of those who sleep wakes up.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let state = self.shared.lock();
        state.sleepers.keys().next().map(|(deadline, _)| *deadline)
    }

    /// Completes once somebody sleeps until exactly this time, so that moving the clock wakes them.
    pub async fn sleeping_until(&self, deadline: Timestamp) {
        futures::future::poll_fn(|cx| {
            let mut state = self.shared.lock();
            let whole = (deadline, 0)..=(deadline, u64::MAX);
            if state.sleepers.range(whole).next().is_some() {
                return Poll::Ready(());
            }
            state.observers.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.shared.lock().now
    }

    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()> {
        Shared::sleep(&self.shared, deadline).boxed()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Invariant: no code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(shared: &Arc<Self>, deadline: Timestamp) -> Sleep {
        let mut state = shared.lock();
        state.sleeps += 1;
        let key = (deadline, state.sleeps);
        let mut observers = Vec::new();
        if deadline > state.now {
            state.sleepers.insert(key, None);
            observers = std::mem::take(&mut state.observers);
        }
        drop(state);
        observers.into_iter().for_each(Waker::wake);
        Sleep {
            shared: Arc::clone(shared),
            key,
        }
    }
}

/// A sleep by a manual clock.
struct Sleep {
    shared: Arc<Shared>,
    key: (Timestamp, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock();
        if state.now >= self.key.0 {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let gone = self.shared.lock().sleepers.remove(&self.key);
        // A waker may be anybody's code, and is dropped without the lock.
        drop(gone);
    }
}
