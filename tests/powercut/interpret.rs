//! What system calls mean for the disk. What is not understood is an error, never passed over.

use std::{
    collections::BTreeMap,
    error::Error,
    path::{Path, PathBuf},
};

use crate::powercut::{
    call::Call,
    disk::Disk,
    file::{Change, What},
    folder::{Place, Renaming},
    work::ACKNOWLEDGED,
};

/// A disk to which the calls of processes happen, one process after the other.
pub(crate) struct Interpreter<'d> {
    disk: &'d mut Disk,
    /// The folder on the machine that is the disk's root.
    root: PathBuf,
    /// What the process has open.
    open: BTreeMap<i64, Descriptor>,
    /// The files with the attribute for synchronous writes, and since when.
    synchronous: BTreeMap<u64, usize>,
    /// When groups were acknowledged, and which.
    pub(crate) acknowledged: Vec<(usize, usize)>,
}

#[derive(Clone, Copy, Debug)]
struct Descriptor {
    inode: u64,
    at: u64,
    appends: bool,
    is_synchronous: bool,
}

type Outcome = Result<(), Box<dyn Error>>;

impl<'d> Interpreter<'d> {
    pub(crate) fn new(disk: &'d mut Disk, root: &Path) -> Self {
        Self {
            disk,
            root: root.to_owned(),
            open: BTreeMap::new(),
            synchronous: BTreeMap::new(),
            acknowledged: Vec::new(),
        }
    }

    /// Whether a file has had the attribute for synchronous writes.
    pub(crate) fn has_seen_attribute(&self) -> bool {
        !self.synchronous.is_empty()
    }

    /// Carries out what one process did.
    pub(crate) fn process(&mut self, calls: &[Call]) -> Outcome {
        self.open.clear();
        // A descriptor is free when its closing begins, and everything else has happened when it
        // has ended.
        let mut order: Vec<(usize, &Call)> = calls
            .iter()
            .map(|call| {
                (
                    if call.name == "close" {
                        call.began
                    } else {
                        call.ended
                    },
                    call,
                )
            })
            .collect();
        order.sort_by_key(|(moment, call)| (*moment, call.began));
        for (_, call) in &order {
            self.call(call, calls)
                .map_err(|error| format!("line {}, {}: {error}", call.ended, call.name))?;
        }
        Ok(())
    }

    fn call(&mut self, call: &Call, calls: &[Call]) -> Outcome {
        let unfinished = call.ended == usize::MAX;
        if call.result.is_none() && !(unfinished && call.name.contains("write")) {
            // It failed, and nothing was done; or nobody knows, and it is as if it had not begun.
            return Ok(());
        }
        match call.name.as_str() {
            "open" | "openat" | "creat" | "openat2" => self.open(call),
            "close" => {
                self.open
                    .retain(|descriptor, _| Some(*descriptor) != call.number(0));
                Ok(())
            }
            "dup" | "dup2" | "dup3" => {
                self.duplicate(call);
                Ok(())
            }
            "fcntl" if call.text(1).starts_with("F_DUPFD") => {
                self.duplicate(call);
                Ok(())
            }
            "fcntl" if call.text(1) == "F_SETFL" && self.descriptor(call, 0).is_some() => {
                Err("flags of a file change".into())
            }
            "lseek" => self.seek(call),
            "read" => {
                let read = call.result.and_then(|read| u64::try_from(read).ok());
                self.advance(call, read.unwrap_or_default());
                Ok(())
            }
            "write" if call.number(0) == Some(1) => self.acknowledge(call),
            "write" | "pwrite64" => self.write(call, calls),
            "ftruncate" => self.resize(call, 1),
            "fallocate" => self.allocate(call),
            "fsync" | "fdatasync" => self.sync(call),
            "rename" | "renameat" | "renameat2" => self.rename(call),
            "unlink" | "unlinkat" | "rmdir" => self.unlink(call),
            "mkdir" | "mkdirat" => self.make_folder(call),
            "ioctl" => self.ioctl(call),
            "mmap" => self.map(call),
            "writev" | "pwritev" | "pwritev2" | "sendfile" | "splice" | "copy_file_range"
                if (0..4).any(|position| self.descriptor(call, position).is_some()) =>
            {
                Err("it is not understood".into())
            }
            "truncate" | "link" | "linkat" | "symlink" | "symlinkat" | "sync" | "syncfs"
            | "io_uring_setup" | "chdir" | "fchdir" => Err("it is not understood".into()),
            _ => Ok(()),
        }
    }

    fn descriptor(&self, call: &Call, position: usize) -> Option<Descriptor> {
        self.open.get(&call.number(position)?).copied()
    }

    /// The path below the root that a call names, at this position or with a folder before it.
    fn path(&self, call: &Call, position: usize) -> Result<Option<PathBuf>, Box<dyn Error>> {
        let (folder, name) = match (call.bytes(position), call.bytes(position + 1)) {
            (Some(name), _) => (Some("/"), name),
            (None, Some(name)) => (call.path(position), name),
            _ => return Err("it names no path".into()),
        };
        let path = Path::new(folder.ok_or("it names no folder")?).join(std::str::from_utf8(name)?);
        Ok(path.strip_prefix(&self.root).ok().map(Path::to_owned))
    }

    /// The folder and the name that a path below the root has.
    fn place(&self, path: &Path) -> Result<Place, Box<dyn Error>> {
        let folder = path.parent().ok_or("the root has no name")?;
        let name = path.file_name().ok_or("a path ends in a name")?;
        let folder = self.disk.find(folder).ok_or("the folder is not known")?;
        Ok((folder, name.to_string_lossy().into_owned()))
    }

    fn open(&mut self, call: &Call) -> Outcome {
        let Some(path) = self.path(call, 0)? else {
            return Ok(());
        };
        let flags = call.arguments.iter().position(|it| {
            matches!(it, crate::powercut::call::Argument::Text(text) if text.starts_with("O_"))
        });
        let flags = flags.map_or("", |position| call.text(position));
        let has = |flag: &str| flags.split('|').any(|it| it == flag);
        let found = self.disk.find(&path);
        let inode = match found {
            Some(inode) => inode,
            None if has("O_CREAT") => {
                let place = self.place(&path)?;
                self.disk.make_file(place, call.began, call.ended)
            }
            None => return Err(format!("{} is not known", path.display()).into()),
        };
        if found.is_some() && has("O_TRUNC") {
            self.change_size(inode, 0, call)?;
        }
        let descriptor = Descriptor {
            inode,
            at: 0,
            appends: has("O_APPEND"),
            is_synchronous: has("O_DSYNC") || has("O_SYNC"),
        };
        self.open
            .insert(call.result.unwrap_or_default(), descriptor);
        Ok(())
    }

    fn duplicate(&mut self, call: &Call) {
        if let Some(descriptor) = self.descriptor(call, 0) {
            let number = call.result.unwrap_or_default();
            self.open.insert(number, descriptor);
        }
    }

    fn seek(&mut self, call: &Call) -> Outcome {
        let at = u64::try_from(call.result.unwrap_or_default())?;
        if let Some(open) = call.number(0).and_then(|it| self.open.get_mut(&it)) {
            open.at = at;
        }
        Ok(())
    }

    fn advance(&mut self, call: &Call, by: u64) {
        if let Some(open) = call.number(0).and_then(|it| self.open.get_mut(&it)) {
            open.at += by;
        }
    }

    fn acknowledge(&mut self, call: &Call) -> Outcome {
        let line = std::str::from_utf8(call.bytes(1).unwrap_or_default())?;
        if let Some(group) = line.strip_prefix(ACKNOWLEDGED) {
            // It may have been seen from the moment on at which it began.
            self.acknowledged.push((call.began, group.trim().parse()?));
        }
        Ok(())
    }

    fn write(&mut self, call: &Call, calls: &[Call]) -> Outcome {
        let Some(descriptor) = self.descriptor(call, 0) else {
            return Ok(());
        };
        let bytes = call.bytes(1).ok_or("it writes bytes")?;
        let written = call.result.map_or(Ok(bytes.len()), usize::try_from)?;
        let bytes = bytes.get(..written).ok_or("it wrote what it has")?.to_vec();
        let at = match call.number(3).filter(|_| call.name == "pwrite64") {
            Some(at) => u64::try_from(at)?,
            None if descriptor.appends => self.end_for_appending(descriptor, call, calls)?,
            None => descriptor.at,
        };
        if call.name == "write" {
            self.advance(call, bytes.len() as u64);
        }
        let has_attribute = self.synchronous.get(&descriptor.inode);
        let has_attribute = has_attribute.is_some_and(|since| *since < call.began);
        let change = Change {
            began: call.began,
            ended: call.ended,
            is_synchronous: descriptor.is_synchronous || has_attribute,
            what: What::Write { at, bytes },
        };
        self.disk.file(descriptor.inode)?.add(change);
        Ok(())
    }

    /// Where something is appended: behind all that is written meanwhile, since the file system
    /// never appends over what others write.
    fn end_for_appending(
        &mut self,
        descriptor: Descriptor,
        call: &Call,
        calls: &[Call],
    ) -> Result<u64, Box<dyn Error>> {
        let meanwhile = calls.iter().filter(|other| {
            let same = other.path(0).is_some() && other.path(0) == call.path(0);
            let overlaps = other.began < call.ended && other.ended > call.began;
            other.name == "pwrite64" && same && overlaps
        });
        let ends = meanwhile.filter_map(|other| {
            let at = u64::try_from(other.number(3)?).ok()?;
            Some(at + other.bytes(1)?.len() as u64)
        });
        let size = self.disk.file(descriptor.inode)?.size();
        Ok(ends.fold(size, u64::max))
    }

    fn resize(&mut self, call: &Call, position: usize) -> Outcome {
        let Some(descriptor) = self.descriptor(call, 0) else {
            return Ok(());
        };
        let to = u64::try_from(call.number(position).ok_or("it says a length")?)?;
        self.change_size(descriptor.inode, to, call)
    }

    fn change_size(&mut self, inode: u64, to: u64, call: &Call) -> Outcome {
        let file = self.disk.file(inode)?;
        let from = file.size();
        file.add(Change {
            began: call.began,
            ended: call.ended,
            is_synchronous: false,
            what: What::Resize { from, to },
        });
        Ok(())
    }

    fn allocate(&mut self, call: &Call) -> Outcome {
        let Some(descriptor) = self.descriptor(call, 0) else {
            return Ok(());
        };
        match call.number(1) {
            Some(0) => {
                let end = call.number(2).zip(call.number(3)).ok_or("a range")?;
                let end = u64::try_from(end.0 + end.1)?;
                let size = self.disk.file(descriptor.inode)?.size();
                self.change_size(descriptor.inode, size.max(end), call)
            }
            _ if call.text(1) == "FALLOC_FL_KEEP_SIZE" => Ok(()),
            _ => Err("it is not understood".into()),
        }
    }

    fn sync(&mut self, call: &Call) -> Outcome {
        let Some(descriptor) = self.descriptor(call, 0) else {
            return Ok(());
        };
        let inode = descriptor.inode;
        if self.disk.is_folder(inode) {
            self.disk.names.add_sync(inode, call.began, call.ended);
        } else {
            self.disk.file(inode)?.add_sync(call.began, call.ended);
        }
        Ok(())
    }

    fn rename(&mut self, call: &Call) -> Outcome {
        let second = if call.name == "rename" { 1 } else { 2 };
        let paths = (self.path(call, 0)?, self.path(call, second)?);
        let (Some(from), Some(to)) = paths else {
            return Ok(());
        };
        let inode = self.disk.find(&from).ok_or("it is not known")?;
        let change = Renaming {
            began: call.began,
            ended: call.ended,
            from: Some(self.place(&from)?),
            to: Some((self.place(&to)?, inode)),
        };
        self.disk.names.add(change);
        Ok(())
    }

    fn unlink(&mut self, call: &Call) -> Outcome {
        if let Some(path) = self.path(call, 0)? {
            let change = Renaming {
                began: call.began,
                ended: call.ended,
                from: Some(self.place(&path)?),
                to: None,
            };
            self.disk.names.add(change);
        }
        Ok(())
    }

    fn make_folder(&mut self, call: &Call) -> Outcome {
        if let Some(path) = self.path(call, 0)? {
            let place = self.place(&path)?;
            self.disk.make_folder(place, call.began, call.ended);
        }
        Ok(())
    }

    fn ioctl(&mut self, call: &Call) -> Outcome {
        let Some(descriptor) = self.descriptor(call, 0) else {
            return Ok(());
        };
        match call.text(1) {
            "FS_IOC_SETFLAGS" => {
                let flags = call.text(2).trim_matches(['[', ']']);
                if flags.split('|').any(|flag| flag == "FS_SYNC_FL") {
                    self.synchronous
                        .entry(descriptor.inode)
                        .or_insert(call.ended);
                } else {
                    self.synchronous.remove(&descriptor.inode);
                }
                Ok(())
            }
            "FS_IOC_GETFLAGS" | "TCGETS" => Ok(()),
            other => Err(format!("{other} is not understood").into()),
        }
    }

    fn map(&self, call: &Call) -> Outcome {
        let writes = call.text(2).contains("PROT_WRITE") && call.text(3).contains("MAP_SHARED");
        if writes && self.descriptor(call, 4).is_some() {
            return Err("a file is written in memory, which nobody can see".into());
        }
        Ok(())
    }
}
