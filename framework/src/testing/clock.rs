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

use crate::{
    clock::{Clock, MonotonicTime, Reading},
    model::Timestamp,
};

/// The time a manual clock begins with: 2026-01-01T00:00:00Z.
pub(super) const BEGINNING: Timestamp = Timestamp::from_secs(1_767_225_600);

/// A clock that stands still until it is told to move.
///
/// Whoever sleeps by it wakes when it is moved to the end of the sleep or past it, so days pass in
/// no time. A sleep counts from the moment it is asked for to the moment its future is done or
/// dropped. Clones are the same clock.
///
/// Like a machine, it has a wall clock, which can also be put [forward](Self::put_forward) and
/// [back](Self::put_back), and a monotonic one, which cannot and which stands while the machine is
/// [suspended](Self::suspend).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use futures::FutureExt as _;
/// use sempre::{clock::Clock as _, testing::ManualClock};
///
/// let clock = ManualClock::new();
/// let day = Duration::from_secs(86_400);
/// let tomorrow = clock.now().after(day);
/// let mut sleep = clock.sleep_until(clock.read().after(day));
/// assert_eq!((&mut sleep).now_or_never(), None);
/// assert_eq!((clock.sleepers(), clock.next_deadline()), (1, Some(tomorrow)));
///
/// clock.advance(day);
/// assert_eq!((sleep.now_or_never(), clock.now()), (Some(()), tomorrow));
/// ```
#[derive(Clone, Debug)]
#[debug("ManualClock({:?})", self.now())]
pub struct ManualClock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    now: Reading,
    /// Sleeps asked for so far.
    sleeps: u64,
    /// Who sleeps, and until when, by the number of the sleep.
    sleepers: BTreeMap<u64, Sleeper>,
    /// Who waits for somebody to sleep.
    observers: Vec<Waker>,
}

#[derive(Debug)]
struct Sleeper {
    deadline: Reading,
    /// There is one once the sleep has been polled.
    waker: Option<Waker>,
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
            now: Reading {
                wall: now,
                monotonic: MonotonicTime::default(),
            },
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

    /// What the wall clock shows.
    pub fn now(&self) -> Timestamp {
        self.read().wall
    }

    /// Lets this much time pass, by both clocks.
    pub fn advance(&self, duration: Duration) {
        self.shared.change(|now| *now = now.after(duration));
    }

    /// Lets time pass until the wall clock shows `wall`; a time that has passed changes nothing.
    pub fn set(&self, wall: Timestamp) {
        self.shared
            .change(|now| *now = now.after(wall.since(now.wall)));
    }

    /// Puts the wall clock forward, as an operator does; no time passes.
    pub fn put_forward(&self, step: Duration) {
        self.shared.change(|now| now.wall = now.wall.after(step));
    }

    /// Puts the wall clock back, as an operator does; no time passes.
    pub fn put_back(&self, step: Duration) {
        self.shared.change(|now| now.wall = now.wall.before(step));
    }

    /// Suspends the machine for this long: the wall clock goes on, the monotonic one stands.
    pub fn suspend(&self, duration: Duration) {
        self.put_forward(duration);
    }

    /// How many sleep at the moment.
    pub fn sleepers(&self) -> usize {
        self.shared.lock().sleepers.len()
    }

    /// What the wall clock shows when the first of those who sleep wakes up, if time just passes.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let state = self.shared.lock();
        state.wakings().min()
    }

    /// Completes once somebody sleeps who wakes when the wall clock shows exactly this time, if
    /// time just passes.
    pub async fn sleeping_until(&self, deadline: Timestamp) {
        futures::future::poll_fn(|cx| {
            let mut state = self.shared.lock();
            if state.wakings().any(|waking| waking == deadline) {
                return Poll::Ready(());
            }
            state.observers.push(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Clock for ManualClock {
    fn read(&self) -> Reading {
        self.shared.lock().now
    }

    fn sleep_until(&self, deadline: Reading) -> BoxFuture<'static, ()> {
        Shared::sleep(&self.shared, deadline).boxed()
    }
}

impl State {
    /// What the wall clock shows when each of those who sleep wakes up.
    fn wakings(&self) -> impl Iterator<Item = Timestamp> {
        let sleepers = self.sleepers.values();
        sleepers.map(|it| self.now.wall.after(self.now.remaining(it.deadline)))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Invariant: no code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Reading)) {
        let mut state = self.lock();
        change(&mut state.now);
        let now = state.now;
        // When somebody wakes has changed, if the wall clock was set.
        let mut wakers = std::mem::take(&mut state.observers);
        state.sleepers.retain(|_, sleeper| {
            let is_due = now.has_reached(sleeper.deadline);
            if is_due {
                wakers.extend(sleeper.waker.take());
            }
            !is_due
        });
        // Whoever wakes up may look at the clock.
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn sleep(shared: &Arc<Self>, deadline: Reading) -> Sleep {
        let mut state = shared.lock();
        state.sleeps += 1;
        let number = state.sleeps;
        let mut observers = Vec::new();
        if !state.now.has_reached(deadline) {
            let sleeper = Sleeper {
                deadline,
                waker: None,
            };
            state.sleepers.insert(number, sleeper);
            observers = std::mem::take(&mut state.observers);
        }
        drop(state);
        observers.into_iter().for_each(Waker::wake);
        Sleep {
            shared: Arc::clone(shared),
            number,
        }
    }
}

/// A sleep by a manual clock.
struct Sleep {
    shared: Arc<Shared>,
    number: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock();
        match state.sleepers.get_mut(&self.number) {
            // A deadline that has come stays so, even if the clock is put back before the look.
            None => Poll::Ready(()),
            Some(sleeper) => {
                sleeper.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let gone = self.shared.lock().sleepers.remove(&self.number);
        // A waker may be anybody's code, and is dropped without the lock.
        drop(gone);
    }
}
