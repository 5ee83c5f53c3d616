//! What this process takes of the machine, and which machine it is.

use std::{path::Path, time::Duration};

use serde::{Deserialize, Serialize};
use sysinfo::{Disks, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::Outcome;

/// What this process takes of the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Resources {
    /// Bytes of memory that are resident.
    pub memory: u64,
    /// Time of cores that it has used so far.
    pub cpu: Duration,
}

impl Resources {
    /// What this process has taken so far.
    ///
    /// # Errors
    /// If the operating system does not tell.
    pub fn now() -> Outcome<Self> {
        let pid = Pid::from_u32(std::process::id());
        let mut system = System::new();
        let kind = ProcessRefreshKind::nothing().with_memory().with_cpu();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
        let process = system
            .process(pid)
            .ok_or("the operating system does not tell what this process takes")?;
        Ok(Self {
            memory: process.memory(),
            cpu: Duration::from_millis(process.accumulated_cpu_time()),
        })
    }

    /// How many bytes more there are now than then.
    pub fn memory_since(self, earlier: Self) -> u64 {
        self.memory.saturating_sub(earlier.memory)
    }
}

/// Where the figures come from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_bytes: u64,
    pub(crate) operating_system: String,
    pub(crate) file_system: String,
}

impl Machine {
    /// This machine, with the file system of a folder.
    pub(crate) fn of(folder: &Path) -> Self {
        let system = System::new_all();
        let unknown = || "unknown".to_owned();
        let processor = system.cpus().first();
        Self {
            processor: processor.map_or_else(unknown, |cpu| cpu.brand().trim().to_owned()),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            memory_bytes: system.total_memory(),
            operating_system: System::long_os_version().unwrap_or_else(unknown),
            file_system: file_system(folder).unwrap_or_else(unknown),
        }
    }

    /// Whether what is written in the folder never reaches a disk.
    pub(crate) fn has_no_disk(&self) -> bool {
        ["tmpfs", "ramfs"].contains(&self.file_system.as_str())
    }
}

fn file_system(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let disks = Disks::new_with_refreshed_list();
    let around = disks
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()));
    let nearest = around.max_by_key(|disk| disk.mount_point().as_os_str().len())?;
    Some(nearest.file_system().to_string_lossy().into_owned())
}
