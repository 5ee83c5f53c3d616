//! Checks on the names and the size of what messages carry.

use crate::{
    machine::execution::Rejection,
    model::{Failure, Header, Payloads, Priority, RESERVED_SIGNAL_PREFIX, SignalName, limits},
};

/// That an id or a name is given and not too long.
pub(super) fn name(what: &'static str, text: &str) -> Result<(), Rejection> {
    if text.is_empty() {
        return Err(Rejection::Missing { what });
    }
    optional_name(what, text)
}

/// That an id or a name is not too long.
pub(super) fn optional_name(what: &'static str, text: &str) -> Result<(), Rejection> {
    bytes(what, text.len(), limits::ID_BYTES_MAX)
}

/// That a signal has a name, which is not one of sempre's own.
pub(super) fn signal_name(name: &SignalName) -> Result<(), Rejection> {
    self::name("signal name", name.as_str())?;
    if name.as_str().starts_with(RESERVED_SIGNAL_PREFIX) {
        return Err(Rejection::Reserved {
            what: "signal name",
            prefix: RESERVED_SIGNAL_PREFIX,
        });
    }
    Ok(())
}

/// That payloads are not too large.
pub(super) fn payloads(what: &'static str, payloads: &Payloads) -> Result<(), Rejection> {
    bytes(what, payloads.size(), limits::PAYLOAD_BYTES_MAX)
}

/// That a header is not too large.
pub(super) fn header(header: &Header) -> Result<(), Rejection> {
    bytes("header", header.size(), limits::HEADER_BYTES_MAX)
}

/// That a priority is one that there is.
pub(super) fn priority(priority: &Priority) -> Result<(), Rejection> {
    let key = priority.priority_key;
    if key > limits::PRIORITY_KEY_MAX {
        let problem = format!(
            "its key is {key}, and has to be from 1 to {}",
            limits::PRIORITY_KEY_MAX
        );
        return Err(Rejection::Priority { problem });
    }
    let weight = priority.fairness_weight;
    let is_weight = limits::FAIRNESS_WEIGHTS.contains(&weight);
    // Exactly zero is none.
    if !is_weight && weight.to_bits() != 0 {
        let problem = format!(
            "its fairness weight is {weight}, and has to be from {} to {}",
            limits::FAIRNESS_WEIGHTS.start(),
            limits::FAIRNESS_WEIGHTS.end()
        );
        return Err(Rejection::Priority { problem });
    }
    let (key, limit) = (&priority.fairness_key, limits::FAIRNESS_KEY_BYTES_MAX);
    bytes("fairness key", key.len(), limit)
}

/// That a text is not too large.
pub(super) fn text(what: &'static str, text: &str) -> Result<(), Rejection> {
    bytes(what, text.len(), limits::PAYLOAD_BYTES_MAX)
}

/// That a failure, with its causes, is not too large.
pub(super) fn failure(what: &'static str, failure: &Failure) -> Result<(), Rejection> {
    // Bound: a record with a longer chain could be written, but its reader gives up.
    bytes(
        "chain of failure causes",
        failure.chain().count(),
        limits::FAILURE_CHAIN_MAX,
    )?;
    bytes(what, failure.size(), limits::PAYLOAD_BYTES_MAX)
}

/// The failure, or one that says that it was too large.
pub(super) fn or_smaller(what: &'static str, reported: Failure) -> Failure {
    match failure(what, &reported) {
        Ok(()) => reported,
        Err(too_large) => Failure::server(too_large.to_string()),
    }
}

/// That something does not have too many bytes.
pub(super) fn bytes(what: &'static str, actual: usize, limit: usize) -> Result<(), Rejection> {
    if actual > limit {
        return Err(Rejection::TooLarge {
            what,
            actual,
            limit,
        });
    }
    Ok(())
}
