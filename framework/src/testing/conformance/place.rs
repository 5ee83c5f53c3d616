//! Where the suite finds the stores it checks.

use std::sync::Arc;

use crate::storage::{StorageError, Store};

/// A place that one store lives in: a folder, a database, a piece of memory.
///
/// Implemented once per adapter. A place is empty when it is made; what a store has put there stays
/// when the store is dropped.
pub trait StorePlace {
    /// Opens the store that lives here, and makes it if there is none.
    ///
    /// # Errors
    /// Whatever the adapter reports; rule S8 asks for `Locked` while another one is open.
    fn open(&self) -> Result<Arc<dyn Store>, StorageError>;

    /// Another place with what would be here if the process were killed now.
    ///
    /// Called between commits and while a store is open here: a copy of its files does.
    ///
    /// # Errors
    /// If the copy cannot be made.
    fn after_crash(&self) -> Result<Box<dyn StorePlace>, StorageError>;

    /// Opens the store that lives here so that its next commit fails for want of a disk.
    ///
    /// `None` if this adapter cannot be made to fail from outside; the part of rule S5 that needs
    /// it is then not checked.
    ///
    /// # Errors
    /// Whatever the adapter reports.
    fn open_broken(&self) -> Result<Option<Arc<dyn Store>>, StorageError>;
}
