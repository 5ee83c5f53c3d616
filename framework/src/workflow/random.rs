//! Random numbers that every replay draws again.

use std::{cell::RefCell, convert::Infallible, ops::Range, rc::Rc};

use rand_core::{Rng, SeedableRng, TryRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use uuid::Uuid;

use crate::machine::replay::seed_of;

/// A run's random numbers: a generator of the traits of `rand_core`, so that `rand` can use it.
///
/// A cheap clone; all clones of one run draw from the same sequence. Not for secrets.
///
/// # Determinism
/// The sequence follows from the run's id, so replay draws the same numbers as long as the code
/// draws in the same order.
#[derive(Clone, Debug)]
pub struct WorkflowRandom {
    // Replay: neither the generator nor how it is seeded may ever change.
    generator: Rc<RefCell<Xoshiro256PlusPlus>>,
}

impl WorkflowRandom {
    pub(super) fn from_seed(seed: u64) -> Self {
        Self {
            generator: Rc::new(RefCell::new(Xoshiro256PlusPlus::seed_from_u64(seed))),
        }
    }

    /// The numbers of this name of a run whose own numbers begin with this seed.
    pub(super) fn of_stream(seed: u64, name: &str) -> Self {
        Self::from_seed(Self::seed_of_stream(seed, name))
    }

    /// All clones of the numbers of this name begin anew.
    pub(super) fn restart(&self, seed: u64, name: &str) {
        self.reseed(Self::seed_of_stream(seed, name));
    }

    fn seed_of_stream(seed: u64, name: &str) -> u64 {
        seed_of(seed.to_le_bytes().into_iter().chain(name.bytes()))
    }

    pub(super) fn reseed(&self, seed: u64) {
        *self.generator.borrow_mut() = Xoshiro256PlusPlus::seed_from_u64(seed);
    }

    /// A number of the range, each as likely as any other; its start if the range is empty.
    #[must_use]
    pub fn range(&mut self, range: Range<u64>) -> u64 {
        let width = range.end.saturating_sub(range.start);
        if width == 0 {
            return range.start;
        }
        // Draws above the last full multiple of the width would favor low numbers.
        let rejected = (u64::MAX % width + 1) % width;
        // Bound: a draw is refused with a probability below one half.
        loop {
            let draw = self.next_u64();
            if draw <= u64::MAX - rejected {
                return range.start + draw % width;
            }
        }
    }

    /// A random UUID of version 4.
    #[must_use]
    pub(super) fn uuid(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

impl TryRng for WorkflowRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.generator.borrow_mut().try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.generator.borrow_mut().try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.generator.borrow_mut().try_fill_bytes(bytes)
    }
}
