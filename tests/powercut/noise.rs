//! Numbers that look random and follow from a seed: one call each, without a state to carry.

/// A number that depends on every bit of these.
pub(crate) fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |so_far, part| {
        scramble(so_far ^ part)
    })
}

/// A number below this bound, which is not 0.
pub(crate) fn below(bound: u64, parts: &[u64]) -> u64 {
    mix(parts) % bound.max(1)
}

/// So many bytes that nothing can compress.
pub(crate) fn bytes(length: usize, parts: &[u64]) -> Vec<u8> {
    let mut state = mix(parts);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state = scramble(state);
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// The finalizer of `SplitMix64`, with its step.
fn scramble(number: u64) -> u64 {
    let mut number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
