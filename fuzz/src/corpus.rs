//! The valid inputs that targets begin with.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A record that a release wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Golden {
    /// Its family and its name, as the golden files say.
    pub name: String,
    /// All of it, header included.
    pub bytes: Vec<u8>,
}

/// A file of a target's corpus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seed {
    /// The name of the file.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Every golden record of the framework, in the order of their names.
///
/// # Errors
/// The golden files are missing, or hold something else.
pub fn golden_records() -> io::Result<Vec<Golden>> {
    let folder = workspace().join("framework/src/storage/tests/golden/records/v1");
    let mut records = Vec::new();
    for family in files(&folder)? {
        let text = fs::read_to_string(&family)?;
        let stem = family.file_stem().unwrap_or_default().to_string_lossy();
        for paragraph in text.split("\n\n").skip(1) {
            let (name, digits) = paragraph.split_once('\n').unwrap_or_default();
            records.push(Golden {
                name: format!("{stem}-{name}").replace(' ', "-"),
                bytes: bytes(digits).ok_or(io::ErrorKind::InvalidData)?,
            });
        }
    }
    Ok(records)
}

/// The corpus of a target of this crate, in the order of the files' names.
///
/// # Errors
/// There is no such corpus.
pub fn seeds(target: &str) -> io::Result<Vec<Seed>> {
    let folder = corpus(target);
    let read = |path: PathBuf| {
        Ok(Seed {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into(),
            bytes: fs::read(&path)?,
        })
    };
    files(&folder)?.into_iter().map(read).collect()
}

/// Where bolero looks for the corpus of a target.
pub fn corpus(target: &str) -> PathBuf {
    let targets = workspace().join("fuzz/tests/targets/__fuzz__");
    targets.join(target).join("corpus")
}

fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The bytes that pairs of hexadecimal digits stand for, whatever space is between them.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.chars().filter(|it| !it.is_whitespace());
    let digits = digits
        .map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect::<Option<Vec<_>>>()?;
    let (pairs, []) = digits.as_chunks() else {
        return None;
    };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
