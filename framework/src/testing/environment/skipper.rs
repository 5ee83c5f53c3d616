//! Moves the clock of an engine that has come to rest.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use derive_more::Debug;
use futures::{channel::oneshot, task::AtomicWaker};

use crate::{
    actor::Target,
    clock::{Clock as _, MonotonicTime},
    runtime::{Rest, RestObserver, ThreadTurn},
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
    /// Who is told when a standstill begins or ends.
    watcher: Arc<AtomicWaker>,
}

#[derive(Debug, Default)]
struct State {
    /// The engine that counts; those before it may still be ending.
    engine: u64,
    turn: ThreadTurn,
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
    /// The number of the standstill, while nothing is left that could bring what is waited for.
    standstill: Option<u64>,
    standstills: u64,
}

/// One result that the test waits for.
#[derive(Clone, Debug)]
struct Wait {
    /// Whose result it is, if it is one of a workflow.
    target: Option<Target>,
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
    /// Tell whoever watches that nothing will ever happen by itself.
    StandStill,
}

impl TimeSkipper {
    /// Moves this clock.
    pub(super) fn new(clock: ManualClock) -> Self {
        Self {
            clock,
            state: Arc::default(),
            watcher: Arc::default(),
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
        self.stir(|state| state.requests += 1);
        Pending {
            skipper: self.clone(),
        }
    }

    /// Waits for a result. Time may pass until it is there, which is before the test has seen it.
    pub(super) async fn wait_for<T>(
        &self,
        target: Option<Target>,
        result: impl Future<Output = T>,
    ) -> T {
        let mut result = std::pin::pin!(result);
        let waiting = Arc::new(Waiting::begin(self, target));
        let _end = EndOfWait(&waiting);
        let waker = Waker::from(Arc::clone(&waiting));
        waiting.was_woken.store(true, Ordering::SeqCst);
        futures::future::poll_fn(|cx| {
            waiting.test.register(cx.waker());
            if !waiting.was_woken.swap(false, Ordering::SeqCst) {
                // Something else of the test was woken.
                return Poll::Pending;
            }
            waiting.set_here(true);
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
        let until = self.clock.read().monotonic.after(duration);
        let turn = self.stir(|state| {
            state.passages += 1;
            state.passing.insert((until, state.passages), arrive);
        });
        turn.take();
        // An engine that has ended lets nothing happen any more.
        let _ended = self.wait_for(None, arrived).await;
    }

    /// Has this waker woken when a standstill begins or ends.
    pub(super) fn watch(&self, waker: &Waker) {
        self.watcher.register(waker);
    }

    /// The number of the standstill, if there is one.
    pub(super) fn standstill(&self) -> Option<u64> {
        self.lock().standstill
    }

    /// Whose results the test waits for.
    pub(super) fn awaited(&self) -> Vec<Target> {
        let state = self.lock();
        let targets = state.waits.values().filter_map(|wait| wait.target.clone());
        targets.collect()
    }

    /// Takes note that the test has done something; returns what makes the engine take a turn.
    fn stir(&self, change: impl FnOnce(&mut State)) -> ThreadTurn {
        let mut state = self.lock();
        change(&mut state);
        state.calm = None;
        let was_still = state.standstill.take().is_some();
        let turn = state.turn.clone();
        drop(state);
        if was_still {
            self.watcher.wake();
        }
        turn
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
        next.map_or(Step::StandStill, Step::Advance)
    }
}

/// One engine, as the skipper sees it.
#[derive(Debug)]
struct EngineObserver {
    skipper: TimeSkipper,
    engine: u64,
}

impl RestObserver for EngineObserver {
    fn begins(&self, turn: ThreadTurn) {
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
            Step::StandStill => {
                let mut state = self.skipper.lock();
                if state.standstill.is_none() {
                    state.standstills += 1;
                    state.standstill = Some(state.standstills);
                }
                drop(state);
                self.skipper.watcher.wake();
                false
            }
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
        let ended = |state: &mut State| state.requests = state.requests.saturating_sub(1);
        self.skipper.stir(ended).take();
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
    fn begin(skipper: &TimeSkipper, target: Option<Target>) -> Self {
        let mut state = skipper.lock();
        state.waits_begun += 1;
        let number = state.waits_begun;
        let is_here = true;
        state.waits.insert(number, Wait { target, is_here });
        drop(state);
        Self {
            skipper: skipper.clone(),
            number,
            was_woken: AtomicBool::new(false),
            test: AtomicWaker::new(),
        }
    }

    fn set_here(&self, is_here: bool) {
        let turn = self.skipper.stir(|state| {
            if let Some(wait) = state.waits.get_mut(&self.number) {
                wait.is_here = is_here;
            }
        });
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
        let number = self.0.number;
        let turn = self.0.skipper.stir(|state| {
            state.waits.remove(&number);
        });
        turn.take();
    }
}
