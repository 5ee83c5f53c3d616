//! Reading one run as a whole: its records make a history, and say what else is kept of it.

use std::collections::BTreeSet;

use crate::{
    machine::execution::ExecutionState,
    model::{ContentKey, GrammarReader, GrammarViolation, RunId, Transition},
    storage::{
        RunEntry, StorageError, StoredNames, StoredRecord, derived_entry::derived_entry, record,
    },
};

/// What the records of a run come to, as far as they have been read.
pub(crate) struct RunReader {
    state: ExecutionState,
    grammar: GrammarReader,
    /// The first event that a history cannot have.
    pub(crate) violation: Option<GrammarViolation>,
    /// The stored payloads that the records name.
    pub(crate) names: BTreeSet<ContentKey>,
    /// The records that were read.
    pub(crate) records: u64,
    /// The events in them.
    pub(crate) events: u64,
}

impl RunReader {
    /// Nothing of this run so far.
    pub(crate) fn of(run_id: RunId) -> Self {
        Self {
            state: ExecutionState::of_run(run_id),
            grammar: GrammarReader::default(),
            violation: None,
            names: BTreeSet::new(),
            records: 0,
            events: 0,
        }
    }

    /// The run.
    pub(crate) fn run_id(&self) -> RunId {
        self.state.run_id()
    }

    /// Reads the next record.
    ///
    /// # Errors
    /// `Corrupt` if it is not what was written, or not the next one.
    pub(crate) fn read(&mut self, stored: &StoredRecord) -> Result<(), StorageError> {
        let run_id = self.state.run_id();
        let expected = self.state.last_record().next();
        if stored.number != expected {
            return Err(StorageError::corrupt(run_id, expected, "missing"));
        }
        let mut transition = record::decode(run_id, stored)?;
        self.records += 1;
        self.state.apply(&transition);
        self.read_events(&transition);
        self.names.extend(StoredNames::of(&mut transition).keys);
        Ok(())
    }

    /// What the index has to say; `None` of a run that has not begun.
    pub(crate) fn entry(&self) -> Option<RunEntry> {
        derived_entry(&self.state)
    }

    fn read_events(&mut self, transition: &Transition) {
        for event in transition.events() {
            self.events += 1;
            // What comes behind an event that breaks the grammar is not looked at.
            if self.violation.is_none() {
                self.violation = self.grammar.read(event).err();
            }
        }
    }
}
