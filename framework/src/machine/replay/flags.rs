//! Engine flags: which of the engine's rules a run is replayed by.
//!
//! A release that changes what the program side does guards the change with a new flag. The flags
//! in force when a workflow task completes are recorded in its `WorkflowTaskCompleted`; on replay
//! what is recorded applies, so a run keeps the rules it was written by.

use std::collections::BTreeSet;

use crate::model::event::workflow_task::SdkMetadata;

/// A rule of the engine that histories may have been written without.
///
/// Numbers are recorded in histories: they are never changed and never given out again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
#[repr(u32)]
pub enum EngineFlag {
    /// Activities and timers are compared with history by id and type, not only by kind.
    IdAndTypeDeterminismChecks = 1,
    /// A patch that the program takes is listed in a search attribute of its run, too. Recorded with
    /// the first patch of a run.
    UpsertSearchAttributeOnPatch = 2,
}

impl EngineFlag {
    /// Every flag that this release knows, in the order of its number.
    pub const ALL: &'static [Self] = &[
        Self::IdAndTypeDeterminismChecks,
        Self::UpsertSearchAttributeOnPatch,
    ];

    /// The number that stands for this flag in a history.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The flag that a number stands for, if this release knows it.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|flag| flag.number() == number)
    }
}

/// The name under which this library signs a workflow task.
const SDK_NAME: &str = "sempre";
/// The version under which this library signs a workflow task.
const SDK_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether the author of a history compared ids and types of activities and timers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum IdentityRule {
    /// It did.
    Compared,
    /// Its history has no flags: other libraries than those on Temporal's core record none.
    Unstated,
    /// It recorded its flags, and this rule is not among them.
    Ignored,
}

/// What the history of one run says about the rules it was written by.
#[derive(Clone, Default, Debug)]
pub(super) struct RecordedRules {
    flags: BTreeSet<u32>,
    sdk_name: String,
    sdk_version: String,
}

impl RecordedRules {
    /// Takes note of what a `WorkflowTaskCompleted` says.
    ///
    /// # Errors
    /// The number of a flag of ours that this release does not know; its rule cannot be followed.
    pub(super) fn record(&mut self, metadata: &SdkMetadata) -> Result<(), u32> {
        if !metadata.sdk_name.is_empty() {
            self.sdk_name.clone_from(&metadata.sdk_name);
        }
        if !metadata.sdk_version.is_empty() {
            self.sdk_version.clone_from(&metadata.sdk_version);
        }
        for &number in &metadata.core_used_flags {
            // Another library's further flags are about what no program of ours does.
            if EngineFlag::from_number(number).is_none() && !self.is_foreign() {
                return Err(number);
            }
            self.flags.insert(number);
        }
        Ok(())
    }

    /// Whether ids and types were compared at the last workflow task whose completion is recorded.
    pub(super) fn identity_rule(&self) -> IdentityRule {
        let flag = EngineFlag::IdAndTypeDeterminismChecks.number();
        if self.flags.contains(&flag) {
            IdentityRule::Compared
        } else if self.flags.is_empty() {
            IdentityRule::Unstated
        } else {
            IdentityRule::Ignored
        }
    }

    /// Whether another library has signed the history.
    fn is_foreign(&self) -> bool {
        !self.sdk_name.is_empty() && self.sdk_name != SDK_NAME
    }

    /// What a new completion has to say: whatever differs from what is recorded already, and by which
    /// rules patches are recorded if there are any.
    pub(super) fn news(&self, has_patches: bool) -> SdkMetadata {
        let changed = |recorded: &str, current: &str| {
            if recorded == current {
                String::new()
            } else {
                current.to_owned()
            }
        };
        SdkMetadata {
            core_used_flags: EngineFlag::ALL
                .iter()
                .filter(|flag| has_patches || **flag != EngineFlag::UpsertSearchAttributeOnPatch)
                .map(|flag| flag.number())
                .filter(|number| !self.flags.contains(number))
                .collect(),
            lang_used_flags: Vec::new(),
            sdk_name: changed(&self.sdk_name, SDK_NAME),
            sdk_version: changed(&self.sdk_version, SDK_VERSION),
        }
    }
}
