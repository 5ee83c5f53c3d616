//! Where a program's random numbers begin: a function of the run id, and of nothing else.

use crate::model::RunId;

/// The seed of a run's random numbers.
pub(super) fn random_seed(run: RunId) -> u64 {
    seed_of(run.as_bytes().iter().copied())
}

/// The seed that these bytes stand for.
///
/// FNV-1a (64 bits) over them, then the finalizer of `SplitMix64`, because run ids that follow each
/// other differ in few bits.
// Replay: every run draws from such seeds again, so the function never changes.
pub(crate) fn seed_of(bytes: impl Iterator<Item = u8>) -> u64 {
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
