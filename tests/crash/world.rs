//! The world around the child: what it asks for, and what it has been promised.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    time::Duration,
};

use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;
use sempre_tests::crash::{
    journey::ROUNDS,
    life::Asker,
    protocol::{Reply, Request},
};

use crate::snapshot::Snapshot;

/// Signals that the world keeps to itself for a while.
const HELD: usize = 8;

/// What has been acknowledged of a journey.
#[derive(Default)]
pub(crate) struct Promised {
    pub(crate) run_id: Option<String>,
    pub(crate) signals: u32,
    pub(crate) closed: bool,
}

/// What was acknowledged in this life, in order.
pub(crate) enum Acknowledged {
    Start(String),
    Signal(String, u32),
}

pub(crate) struct World {
    promised: BTreeMap<String, Promised>,
    acknowledged: Vec<Acknowledged>,
    queue: VecDeque<Request>,
    held: Vec<Request>,
    outstanding: usize,
    /// Journeys that are open at once.
    at_once: usize,
    /// Requests that are under way at once.
    window: usize,
    opening: bool,
    random: Xoshiro256PlusPlus,
}

impl World {
    pub(crate) fn new(seed: u64, at_once: usize, window: usize) -> Self {
        Self {
            promised: BTreeMap::new(),
            acknowledged: Vec::new(),
            queue: VecDeque::new(),
            held: Vec::new(),
            outstanding: 0,
            at_once,
            window,
            opening: true,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    pub(crate) fn millis(&mut self, range: Range<u64>) -> Duration {
        let width = range.end - range.start;
        Duration::from_millis(range.start + self.random.next_u64() % width)
    }

    pub(crate) fn journeys(&self) -> impl Iterator<Item = &str> {
        self.promised.keys().map(String::as_str)
    }

    pub(crate) fn promised(&self) -> impl Iterator<Item = (&str, &Promised)> {
        self.promised.iter().map(|(id, it)| (id.as_str(), it))
    }

    pub(crate) fn acknowledged(&self) -> &[Acknowledged] {
        &self.acknowledged
    }

    fn open_journeys(&self) -> Vec<String> {
        let open = self.promised().filter(|(_, it)| !it.closed);
        open.map(|(id, _)| id.to_owned()).collect()
    }

    pub(crate) fn stop_opening(&mut self) {
        self.opening = false;
    }

    /// Takes note of a reply, and says what to ask for next.
    fn handle_reply(&mut self, reply: Reply) -> Result<Vec<Request>, String> {
        match reply {
            Reply::Ready => {
                let open = self.open_journeys();
                self.queue.extend(open.into_iter().map(Request::Start));
                self.open_more();
            }
            Reply::Started(id, run_id) => {
                let promised = self.promised.entry(id.clone()).or_default();
                if promised.run_id.get_or_insert_with(|| run_id.clone()) != &run_id {
                    return Err(format!("{id} was started twice"));
                }
                self.outstanding -= 1;
                self.hold_next_signal(&id);
                self.acknowledged.push(Acknowledged::Start(id));
            }
            Reply::Signaled(id, number) => {
                let promised = self.promised.entry(id.clone()).or_default();
                promised.signals = promised.signals.max(number);
                self.outstanding -= 1;
                self.hold_next_signal(&id);
                self.acknowledged.push(Acknowledged::Signal(id, number));
            }
            Reply::Refused(..) => self.outstanding -= 1,
            Reply::Closed(id) => {
                self.promised.entry(id).or_default().closed = true;
                self.open_more();
            }
        }
        Ok(self.take_requests())
    }

    /// Takes back what a store without a promise has lost; returns how much that is.
    pub(crate) fn forget_what_is_not_in(&mut self, kept: &Snapshot) -> usize {
        let mut lost = 0;
        for (id, promised) in &mut self.promised {
            let journey = kept.journey(id);
            let signals = journey.map_or(0, |it| it.signals().count());
            let signals = u32::try_from(signals).unwrap_or(u32::MAX);
            lost += usize::from(promised.run_id.is_some() && journey.is_none());
            lost += promised.signals.saturating_sub(signals) as usize;
            *promised = Promised {
                run_id: journey.map(|it| it.run_id.clone()),
                signals,
                closed: journey.is_some_and(|it| it.history.is_closed()),
            };
        }
        lost
    }

    fn open_more(&mut self) {
        while self.opening && self.open_journeys().len() < self.at_once {
            let id = format!("journey-{:04}", self.promised.len());
            self.promised.insert(id.clone(), Promised::default());
            self.queue.push_back(Request::Start(id));
        }
    }

    fn hold_next_signal(&mut self, id: &str) {
        let signals = self.promised.get(id).map_or(0, |it| it.signals);
        if signals < ROUNDS {
            self.held.push(Request::Signal(id.to_owned(), signals + 1));
        }
    }

    fn take_requests(&mut self) -> Vec<Request> {
        let held = if self.opening { HELD } else { 0 };
        while self.held.len() > held {
            let length = self.held.len() as u64;
            let place = usize::try_from(self.random.next_u64() % length).unwrap_or_default();
            self.queue.push_back(self.held.swap_remove(place));
        }
        let free = self.window.saturating_sub(self.outstanding);
        let asked: Vec<Request> = self.queue.drain(..free.min(self.queue.len())).collect();
        self.outstanding += asked.len();
        asked
    }
}

impl Asker for World {
    fn begin_life(&mut self) {
        self.acknowledged.clear();
        self.queue.clear();
        self.held.clear();
        self.outstanding = 0;
    }

    fn handle_line(&mut self, line: &str) -> Result<Vec<String>, String> {
        let asked = self.handle_reply(line.parse()?)?;
        Ok(asked.iter().map(ToString::to_string).collect())
    }

    fn open(&self) -> Vec<String> {
        self.open_journeys()
    }

    fn all_is_done(&self) -> bool {
        !self.opening && self.promised.values().all(|it| it.closed)
    }
}
