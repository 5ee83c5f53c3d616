//! The disk: files, the names they have, and both after a cut.

use std::{
    collections::BTreeMap,
    error::Error,
    fs, io,
    path::{Component, Path, PathBuf},
};

use crate::powercut::{
    cut::Cut,
    file::File,
    folder::{Names, Place, Renaming},
};

/// The folder in which all is recorded; it has always been there.
pub(crate) const ROOT: u64 = 0;

/// Everything that was done to a disk.
#[derive(Default, Debug)]
pub(crate) struct Disk {
    pub(crate) names: Names,
    files: BTreeMap<u64, File>,
    folders: Vec<u64>,
    last: u64,
}

impl Disk {
    /// A disk on which this has been for ever.
    pub(crate) fn with(content: &Path) -> io::Result<Self> {
        let mut disk = Self::default();
        disk.folders.push(ROOT);
        disk.add_content(content, ROOT)?;
        Ok(disk)
    }

    fn add_content(&mut self, path: &Path, folder: u64) -> io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let place = (folder, entry.file_name().to_string_lossy().into_owned());
            if entry.file_type()?.is_dir() {
                let made = self.make_folder(place, 0, 0);
                self.add_content(&entry.path(), made)?;
            } else {
                let made = self.make_file(place, 0, 0);
                self.files.insert(made, File::with(fs::read(entry.path())?));
            }
        }
        Ok(())
    }

    pub(crate) fn make_file(&mut self, place: Place, began: usize, ended: usize) -> u64 {
        let made = self.make(place, began, ended);
        self.files.insert(made, File::default());
        made
    }

    pub(crate) fn make_folder(&mut self, place: Place, began: usize, ended: usize) -> u64 {
        let made = self.make(place, began, ended);
        self.folders.push(made);
        made
    }

    fn make(&mut self, place: Place, began: usize, ended: usize) -> u64 {
        self.last += 1;
        self.names.add(Renaming {
            began,
            ended,
            from: None,
            to: Some((place, self.last)),
        });
        self.last
    }

    pub(crate) fn is_folder(&self, inode: u64) -> bool {
        self.folders.contains(&inode)
    }

    pub(crate) fn file(&mut self, inode: u64) -> Result<&mut File, Box<dyn Error>> {
        let file = self.files.get_mut(&inode);
        file.ok_or_else(|| "something is done to a folder as if it were a file".into())
    }

    /// What stands at a path below the root, as processes see it.
    pub(crate) fn find(&self, path: &Path) -> Option<u64> {
        let names = self.names.now();
        let mut found = ROOT;
        for component in path.components() {
            let Component::Normal(name) = component else {
                return None;
            };
            found = *names.get(&(found, name.to_string_lossy().into_owned()))?;
        }
        Some(found)
    }

    /// Whether processes see in this folder what was done to the disk, and nothing else in its files.
    pub(crate) fn is_seen_in(&self, root: &Path) -> io::Result<bool> {
        let names = self.names.now();
        let mut open = vec![(ROOT, root.to_owned())];
        while let Some((folder, path)) = open.pop() {
            for ((_, name), inode) in
                names.range((folder, String::new())..(folder + 1, String::new()))
            {
                let path = path.join(name);
                match self.files.get(inode) {
                    None => open.push((*inode, path)),
                    Some(file) if fs::read(&path)? != file.content() => return Ok(false),
                    Some(_) => {}
                }
            }
        }
        Ok(true)
    }

    /// The moments at which a cut can leave something new.
    pub(crate) fn moments(&self) -> Vec<usize> {
        let files = self.files.values().flat_map(|file| file.moments());
        let mut moments: Vec<_> = files.chain(self.names.moments()).collect();
        moments.retain(|moment| *moment > 1 && *moment < usize::MAX);
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    /// Builds what a cut leaves in this folder; returns the story of it, one line for each part.
    pub(crate) fn build(&self, cut: &Cut, root: &Path) -> io::Result<Vec<String>> {
        let state = self.names.after(cut);
        let mut story: Vec<_> = state
            .lost
            .iter()
            .map(|lost| {
                let name = |place: Option<&Place>| place.map(|(_, name)| name.clone());
                let from = name(lost.from.as_ref()).unwrap_or_default();
                let to = name(lost.to.as_ref().map(|(to, _)| to)).unwrap_or_default();
                format!("not there: the name {from:?} becoming {to:?}")
            })
            .collect();
        let mut open = vec![(ROOT, root.to_owned())];
        while let Some((folder, path)) = open.pop() {
            let below = (folder, String::new())..(folder + 1, String::new());
            for ((_, name), inode) in state.names.range(below) {
                let path: PathBuf = path.join(name);
                let Some(file) = self.files.get(inode) else {
                    fs::create_dir(&path)?;
                    open.push((*inode, path));
                    continue;
                };
                let after = file.after(cut, *inode);
                fs::write(path, &after.bytes)?;
                if after.unsynced > 0 {
                    story.push(format!(
                        "{name}: {} bytes; of {} unsynced changes {} sectors are there and {} are \
                         not; {} sizes are not",
                        after.bytes.len(),
                        after.unsynced,
                        after.kept,
                        after.lost,
                        after.lost_sizes,
                    ));
                }
            }
        }
        Ok(story)
    }
}
