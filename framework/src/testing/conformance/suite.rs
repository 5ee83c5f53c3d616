//! The whole suite in one call.

use crate::testing::conformance::{
    Breach, StorePlace, Violation, s1_a_commit_is_atomic, s2_a_returned_commit_survives,
    s3_what_survives_is_a_prefix, s4_a_record_is_never_overwritten, s5_a_failed_write_poisons,
    s6_reads_see_what_has_returned, s7_records_come_back_byte_for_byte, s8_a_store_has_one_owner,
    s9_records_are_in_order_without_gaps, s10_what_records_name_is_known,
};

/// Checks one rule in an empty place.
pub type Rule = fn(&dyn StorePlace) -> Result<(), Breach>;

/// The rules S1 to S10, by number and name.
pub const RULES: &[(&str, Rule)] = &[
    ("S1: a commit is atomic", s1_a_commit_is_atomic),
    (
        "S2: a returned commit survives",
        s2_a_returned_commit_survives,
    ),
    (
        "S3: what survives is a prefix",
        s3_what_survives_is_a_prefix,
    ),
    (
        "S4: a record is never overwritten",
        s4_a_record_is_never_overwritten,
    ),
    ("S5: a failed write poisons", s5_a_failed_write_poisons),
    (
        "S6: reads see what has returned",
        s6_reads_see_what_has_returned,
    ),
    (
        "S7: records come back byte for byte",
        s7_records_come_back_byte_for_byte,
    ),
    ("S8: a store has one owner", s8_a_store_has_one_owner),
    (
        "S9: records are in order without gaps",
        s9_records_are_in_order_without_gaps,
    ),
    (
        "S10: what records name is known",
        s10_what_records_name_is_known,
    ),
];

/// Checks all rules, each in a place of its own.
///
/// # Errors
/// The first rule that is broken, and how.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use sempre::storage::{MemoryDisk, MemoryStore, StorageError, Store};
/// use sempre::testing::conformance::{self, StorePlace};
///
/// struct Memory(MemoryDisk);
///
/// impl StorePlace for Memory {
///     fn open(&self) -> Result<Arc<dyn Store>, StorageError> {
///         Ok(Arc::new(MemoryStore::open(&self.0)?))
///     }
///     fn after_crash(&self) -> Result<Box<dyn StorePlace>, StorageError> {
///         Ok(Box::new(Memory(self.0.copy())))
///     }
///     fn open_broken(&self) -> Result<Option<Arc<dyn Store>>, StorageError> {
///         Ok(None)
///     }
/// }
///
/// assert!(conformance::run(|| Memory(MemoryDisk::new())).is_ok());
/// ```
pub fn run<P: StorePlace>(empty_place: impl Fn() -> P) -> Result<(), Violation> {
    for (rule, check) in RULES {
        check(&empty_place()).map_err(|breach| Violation { rule, breach })?;
    }
    Ok(())
}
