//! A disk that can really be full: a file system of its own, in memory, and a file that takes the room.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// How large it is: enough for a store, its backups, and one that was restored.
const SIZE: &str = "size=192m";
/// How much is written at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// A small file system, until it is dropped.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one at this folder, where the system lets us.
    pub(crate) fn mount(at: &Path) -> Option<Self> {
        fs::create_dir_all(at).ok()?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", SIZE, "sempre-campaign"]);
        let mounted = mount.arg(at).stderr(Stdio::null()).status();
        let is_mounted = mounted.is_ok_and(|status| status.success());
        is_mounted.then(|| Self(at.to_owned()))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Takes all room but so much.
    pub(crate) fn fill(&self, left: u64) -> io::Result<()> {
        let mut file = File::create(self.ballast())?;
        // Bound: the disk is small.
        loop {
            match file.write_all(&[0; CHUNK_BYTES]) {
                Err(error) if error.kind() == io::ErrorKind::StorageFull => break,
                written => written?,
            }
        }
        let taken = file.metadata()?.len();
        file.set_len(taken.saturating_sub(left))
    }

    /// Gives the room back.
    pub(crate) fn make_room(&self) -> io::Result<()> {
        fs::remove_file(self.ballast())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        // What cannot be unmounted goes when the machine does.
        let _left = unmount.arg(&self.0).stderr(Stdio::null()).status();
    }
}
