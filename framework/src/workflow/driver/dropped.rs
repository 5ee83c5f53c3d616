//! Signals that a program was told of and did not take: counted by name, and not kept.
//!
//! They stay in the history. When a later program is told that history, it may take them, each at
//! its place; and one that cannot take them any more drops them there.

use std::collections::BTreeMap;

use crate::model::{SignalName, limits, transition::SignalDropped};

/// Characters of a cause that are kept.
const CAUSE_CHARS_MAX: usize = 512;

/// The signals that a program has dropped since it was made.
#[derive(Debug, Default)]
pub(super) struct DroppedSignals(BTreeMap<SignalName, SignalDropped>);

impl DroppedSignals {
    /// Counts one more signal of this name, dropped for this reason.
    pub(super) fn add(&mut self, signal_name: &SignalName, cause: &str) {
        // Bound: those of further names are counted together, under no name.
        let is_full = self.0.len() >= limits::DROPPED_SIGNAL_NAMES_MAX;
        let name = if is_full && !self.0.contains_key(signal_name) {
            SignalName::default()
        } else {
            signal_name.clone()
        };
        let dropped = self.0.entry(name.clone()).or_default();
        dropped.signal_name = name;
        dropped.count += 1;
        dropped.cause = cause.chars().take(CAUSE_CHARS_MAX).collect();
    }

    /// What was dropped, by name.
    pub(super) fn by_name(&self) -> &BTreeMap<SignalName, SignalDropped> {
        &self.0
    }
}
