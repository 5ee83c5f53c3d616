//! A folder as one small file: its files by their paths, compressed.
//!
//! A store's files are mostly zeros, which take no room that way.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

/// Says who holds a store, and on which machine.
const LOCK_FILE: &str = "sempre.lock";

type Files = BTreeMap<String, Vec<u8>>;

/// The folder's files as one piece.
pub(crate) fn pack(folder: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut files = Files::new();
    gather(folder, "", &mut files)?;
    let bytes = rmp_serde::to_vec(&files)?;
    // Twice, because long runs of zeros are long runs of the same code then.
    let once = lz4_flex::compress_prepend_size(&bytes);
    Ok(lz4_flex::compress_prepend_size(&once))
}

fn gather(folder: &Path, prefix: &str, files: &mut Files) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|_| "a plain name")?;
        let name = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            gather(&entry.path(), &format!("{name}/"), files)?;
        } else if name != LOCK_FILE {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// Writes the files of a pack into a folder.
pub(crate) fn unpack(pack: &[u8], folder: &Path) -> Result<(), Box<dyn Error>> {
    let once = lz4_flex::decompress_size_prepended(pack)?;
    let bytes = lz4_flex::decompress_size_prepended(&once)?;
    let files: Files = rmp_serde::from_slice(&bytes)?;
    for (name, content) in files {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}
