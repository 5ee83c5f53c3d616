//! Where the child keeps what it does.

use std::{io, path::PathBuf, process::Command};

use sempre::storage::Durability;
use tempfile::TempDir;

/// A store and a side file, for all lives of a child.
pub(crate) struct Place {
    folder: TempDir,
    durability: Durability,
}

impl Place {
    pub(crate) fn new(durability: Durability) -> io::Result<Self> {
        Ok(Self {
            folder: TempDir::new()?,
            durability,
        })
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("journeys.sempre")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.folder.path().join("ledger.txt")
    }

    /// What begins a life.
    pub(crate) fn child(&self) -> Command {
        let durability = match self.durability {
            Durability::Fsync => "fsync",
            _ => "deferred",
        };
        let mut child = Command::new(env!("CARGO_BIN_EXE_crash_child"));
        child.args([self.store(), self.ledger()]).arg(durability);
        child
    }
}
