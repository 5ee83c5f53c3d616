//! The memory adapter keeps the rules, also behind a store that can fail.

use std::sync::Arc;

use sempre::{
    storage::{MemoryDisk, MemoryStore, StorageError, StorageErrorKind, Store},
    testing::{
        FaultStore,
        conformance::{self, StorePlace, Violation},
    },
};

struct Memory(MemoryDisk);

impl StorePlace for Memory {
    fn open(&self) -> Result<Arc<dyn Store>, StorageError> {
        Ok(Arc::new(FaultStore::new(MemoryStore::open(&self.0)?)))
    }

    fn after_crash(&self) -> Result<Box<dyn StorePlace>, StorageError> {
        Ok(Box::new(Self(self.0.copy())))
    }

    fn open_broken(&self) -> Result<Option<Arc<dyn Store>>, StorageError> {
        let store = FaultStore::new(MemoryStore::open(&self.0)?);
        store.fail_next_commit(StorageErrorKind::Unavailable);
        Ok(Some(Arc::new(store)))
    }
}

#[test]
fn memory_keeps_the_rules() -> Result<(), Violation> {
    conformance::run(|| Memory(MemoryDisk::new()))
}
