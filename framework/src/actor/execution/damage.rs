//! What is left of a run whose records cannot all be read.
//!
//! Such a run is not run any more, but it can be ended: what can be read of it is folded, what
//! cannot is passed over, and the record that ends it says what was given up. From then on exactly
//! that is passed over, whether or not it can be read again. Nothing that was stored is touched.

use std::rc::Rc;

use actix::Addr;

use crate::{
    actor::{execution::Execution, service::Shared, shard::Shard},
    model::{Change, Entry, RecordNumber, RunId, Transition, transition::RecordsLost},
    storage::{ReadStore, RunEntry, StorageError, StorageErrorKind, record},
};

/// Bound: records read from the store at a time, and how many are read one by one where such a
/// page cannot be read.
const PAGE: usize = 256;
/// Bound: records in a row that cannot be read before a store is taken for one that cannot be read
/// at all.
const LOST_MAX: u32 = 16 * 1024;

/// What of a run can be read.
#[derive(Debug, Default)]
struct Survey {
    /// The records that cannot.
    lost: Vec<RecordsLost>,
    /// The last one that can.
    last: Option<Transition>,
}

impl Survey {
    /// Looks at all records of a run.
    ///
    /// # Errors
    /// The store's, if it does not answer, or answers nothing but that all is damaged.
    fn of(store: &(impl ReadStore + ?Sized), run_id: RunId) -> Result<Self, StorageError> {
        let mut survey = Self::default();
        let mut next = RecordNumber::NONE.next();
        let mut one_by_one = 0;
        loop {
            let limit = if one_by_one > 0 { 1 } else { PAGE };
            match store.records(run_id, next, limit) {
                Ok(page) if page.is_empty() => break,
                Ok(page) => {
                    for stored in page {
                        next = stored.number.next();
                        match record::decode(run_id, &stored) {
                            Ok(transition) => survey.last = Some(transition),
                            Err(error) => survey.lose(stored.number, error)?,
                        }
                    }
                }
                Err(error) if error.kind() != StorageErrorKind::Corrupt => return Err(error),
                Err(_) if one_by_one == 0 => {
                    one_by_one = PAGE;
                    continue;
                }
                Err(error) => {
                    survey.lose(next, error)?;
                    next = next.next();
                }
            }
            one_by_one = one_by_one.saturating_sub(1);
        }
        if next == RecordNumber::NONE.next() {
            survey.lose(next, StorageError::corrupt(run_id, next, "missing"))?;
        }
        Ok(survey)
    }

    fn lose(&mut self, number: RecordNumber, error: StorageError) -> Result<(), StorageError> {
        match self.lost.last_mut() {
            Some(lost) if lost.last.next() == number => lost.last = number,
            _ => self.lost.push(RecordsLost {
                first: number,
                last: number,
                cause: error.to_string(),
            }),
        }
        match self.lost.last() {
            Some(lost) if lost.count() > LOST_MAX => Err(error),
            _ => Ok(()),
        }
    }
}

/// That all records of a run can be read.
///
/// # Errors
/// `Corrupt` if some cannot; the store's, if it does not answer.
pub(in crate::actor) fn check_readable(
    store: &(impl ReadStore + ?Sized),
    run_id: RunId,
) -> Result<(), StorageError> {
    match Survey::of(store, run_id)?.lost.pop() {
        Some(lost) => Err(StorageError::new(StorageErrorKind::Corrupt, lost.cause)),
        None => Ok(()),
    }
}

/// The records of a closed run that were given up when it was ended; none of a run that was not
/// damaged then.
pub(super) fn given_up(
    store: &(impl ReadStore + ?Sized),
    run_id: RunId,
) -> Result<Vec<RecordsLost>, StorageError> {
    let last = Survey::of(store, run_id)?.last;
    let entries = last.into_iter().flat_map(|last| last.entries);
    let lost = entries.filter_map(|entry| match entry {
        Entry::Change(Change::RecordsLost(lost)) => Some(lost),
        Entry::Change(_) | Entry::Event(_) => None,
    });
    Ok(lost.collect())
}

impl Execution {
    /// The execution of a run that cannot be read as a whole, to be ended and for nothing else.
    pub(in crate::actor) fn load_damaged(
        shared: Rc<Shared>,
        shard: Addr<Shard>,
        mut entry: RunEntry,
        cause: String,
    ) -> Result<Self, StorageError> {
        let lost = Survey::of(&*shared.services.store, entry.execution.run_id)?.lost;
        // The end of the run is written with a whole entry.
        entry.damage = None;
        let mut loaded = Self::load_without(shared, shard, entry, &lost)?;
        loaded.lost = lost;
        loaded.leave_alone(cause);
        Ok(loaded)
    }
}
