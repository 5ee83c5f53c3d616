//! Moves the clock of an engine that has come to rest.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use derive_more::Debug;
use futures::{channel::oneshot, task::AtomicWaker};

use crate::{
    clock::{Clock as _, MonotonicTime},
    runtime::{Rest, RestObserver, Turn},
    testing::ManualClock,
};

/// How often in a row a thread has to come to rest with nothing new before it counts as idle.
///
/// What another thread has sent is dealt with in one turn, and what that causes on the thread
/// itself in the next.
const CALM_TURNS: u32 = 3;

/// Moves a clock when the engine that lives by it has nothing else to do.
///
/// Clones are the same.
#[derive(Clone, Debug)]
pub(super) struct TimeSkipper {
    clock: ManualClock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// The engine that counts; those before it may still be ending.
    engine: u64,
    turn: Turn,
    /// Requests of the test that have no answer yet.
    requests: usize,
    /// Results that the test waits for.
    waits: BTreeMap<u64, Wait>,
    waits_begun: u64,
    /// Until when the test lets time pass, and whom to tell.
    passing: BTreeMap<(MonotonicTime, u64), oneshot::Sender<()>>,
    passages: u64,
    /// How the thread rested the last time, and how often it has done so since.
    calm: Option<(Rest, u32)>,
}

/// One result that the test waits for.
#[derive(Clone, Copy, Debug)]
struct Wait {
    /// Whether it has come, or may have, and the test has not looked yet.
    is_here: bool,
}

/// What there is to do when the engine is idle.
enum Step {
    /// Nothing: time stands still.
    Stand,
    /// Look once more.
    Look,
    /// Let this much time pass.
    Advance(Duration),
    /// Tell the test that the time it asked for has passed.
    Arrive(oneshot::Sender<()>),
}

impl TimeSkipper {
    /// Moves this clock.
    pub(super) fn new(clock: ManualClock) -> Self {
        Self {
            clock,
            state: Arc::default(),
        }
    }

    /// The clock that is moved.
    pub(super) fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// What the next engine tells when it comes to rest; those before it count no more.
    pub(super) fn observe_next(&self) -> Arc<dyn RestObserver> {
        let mut state = self.lock();
        state.engine += 1;
        Arc::new(EngineObserver {
            engine: state.engine,
            skipper: self.clone(),
        })
    }

    /// A request is on its way, for as long as what is returned lives.
    pub(super) fn begin_request(&self) -> Pending {
        let mut state = self.lock();
        state.requests += 1;
        state.calm = None;
        drop(state);
        Pending {
            skipper: self.clone(),
        }
    }

    /// Waits for a result. Time may pass until it is there, which is before the test has seen it.
    pub(super) async fn wait_for<T>(&self, result: impl Future<Output = T>) -> T {
        let mut result = std::pin::pin!(result);
        let waiting = Arc::new(Waiting::begin(self));
        let _end = EndOfWait(&waiting);
        let waker = Waker::from(Arc::clone(&waiting));
        futures::future::poll_fn(|cx| {
            waiting.test.register(cx.waker());
            waiting.set_here(true);
            waiting.was_woken.store(false, Ordering::SeqCst);
            let poll = result.as_mut().poll(&mut Context::from_waker(&waker));
            if poll.is_pending() {
                waiting.set_here(false);
                // It may have come while it was asked for.
                if waiting.was_woken.load(Ordering::SeqCst) {
                    waiting.set_here(true);
                }
            }
            poll
        })
        .await
    }

    /// Lets this much time pass, whatever runs, and returns when all that is due by then is done.
    pub(super) async fn pass(&self, duration: Duration) {
        let (arrive, arrived) = oneshot::channel();
        let turn = {
            let mut state = self.lock();
            state.passages += 1;
            let until = (self.clock.read().monotonic.after(duration), state.passages);
            state.passing.insert(until, arrive);
            state.calm = None;
            state.turn.clone()
        };
        turn.take();
        // An engine that has ended lets nothing happen any more.
        let _ended = self.wait_for(arrived).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Invariant: no code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next_step(&mut self, rest: Rest, clock: &ManualClock) -> Step {
        let is_open = rest.unreleased > 0
            || self.requests > 0
            || self.waits.values().any(|wait| wait.is_here);
        let may_pass = !self.passing.is_empty() || (!self.waits.is_empty() && rest.attempts == 0);
        if is_open || !may_pass {
            self.calm = None;
            return Step::Stand;
        }
        let calm = match self.calm {
            Some((before, calm)) if before == rest => calm + 1,
            _ => 1,
        };
        self.calm = Some((rest, calm));
        if calm < CALM_TURNS {
            return Step::Look;
        }
        self.calm = None;
        let now = clock.read();
        let until = self.passing.keys().next().map(|(until, _)| *until);
        if let Some(until) = until
            && until <= now.monotonic
        {
            let first = self.passing.pop_first();
            return first.map_or(Step::Stand, |(_, arrive)| Step::Arrive(arrive));
        }
        let until = until.map(|until| until.since(now.monotonic));
        let deadline = clock.next_deadline().map(|at| at.since(now.wall));
        let next = [until, deadline].into_iter().flatten().min();
        next.map_or(Step::Stand, Step::Advance)
    }
}

/// One engine, as the skipper sees it.
#[derive(Debug)]
struct EngineObserver {
    skipper: TimeSkipper,
    engine: u64,
}

impl RestObserver for EngineObserver {
    fn begins(&self, turn: Turn) {
        let mut state = self.skipper.lock();
        if state.engine == self.engine {
            state.turn = turn;
            state.calm = None;
        }
    }

    fn rests(&self, rest: Rest) -> bool {
        let step = {
            let mut state = self.skipper.lock();
            if state.engine != self.engine {
                return false;
            }
            state.next_step(rest, &self.skipper.clock)
        };
        // Without the lock: whoever is woken here may look at the clock, or at this.
        match step {
            Step::Stand => false,
            Step::Look => true,
            Step::Advance(by) => {
                self.skipper.clock.advance(by);
                true
            }
            Step::Arrive(arrive) => {
                // Whoever let time pass may have given up waiting.
                let _gone = arrive.send(());
                true
            }
        }
    }
}

/// A request of the test; dropped when it has its answer, or has given up.
#[derive(Debug)]
pub(super) struct Pending {
    skipper: TimeSkipper,
}

impl Drop for Pending {
    fn drop(&mut self) {
        let turn = {
            let mut state = self.skipper.lock();
            state.requests = state.requests.saturating_sub(1);
            state.calm = None;
            state.turn.clone()
        };
        turn.take();
    }
}

/// One wait for a result, as whoever has the result wakes it.
struct Waiting {
    skipper: TimeSkipper,
    number: u64,
    was_woken: AtomicBool,
    test: AtomicWaker,
}

impl Waiting {
    fn begin(skipper: &TimeSkipper) -> Self {
        let mut state = skipper.lock();
        state.waits_begun += 1;
        let number = state.waits_begun;
        state.waits.insert(number, Wait { is_here: true });
        drop(state);
        Self {
            skipper: skipper.clone(),
            number,
            was_woken: AtomicBool::new(false),
            test: AtomicWaker::new(),
        }
    }

    fn set_here(&self, is_here: bool) {
        let turn = {
            let mut state = self.skipper.lock();
            if let Some(wait) = state.waits.get_mut(&self.number) {
                wait.is_here = is_here;
            }
            state.calm = None;
            state.turn.clone()
        };
        if !is_here {
            turn.take();
        }
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        // Before the thread that has the result comes to rest, so that time stands still until the
        // test has looked.
        self.was_woken.store(true, Ordering::SeqCst);
        self.set_here(true);
        self.test.wake();
    }
}

/// Ends a wait; apart from the waker, which others may keep.
struct EndOfWait<'w>(&'w Waiting);

impl Drop for EndOfWait<'_> {
    fn drop(&mut self) {
        let turn = {
            let mut state = self.0.skipper.lock();
            state.waits.remove(&self.0.number);
            state.calm = None;
            state.turn.clone()
        };
        turn.take();
    }
}
