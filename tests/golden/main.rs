//! Stores as each format of the past has left them: this release opens them and goes on with them.
//!
//! `stores` holds, for each format, a folder as a killed process left it, packed (`pack`), and what
//! was in it, as text (`summary`). They are added and never edited, because they stand for what is on
//! somebody's disk. When `SledStore::FORMAT` goes up, the store of the new format is written by
//!
//! ```sh
//! BLESS=1 cargo test -p sempre-tests --test golden
//! ```
//!
//! which writes the one that is missing and leaves the others alone. `story` says what happens before
//! and after, and `errand` is the code of the runs, which has to go on with the oldest of them.

mod errand;
mod pack;
mod story;
mod summary;

use std::{
    fs,
    path::{Path, PathBuf},
};

use sempre::storage::{SledOptions, SledStore, StorageErrorKind, WorkMeter};
use sempre_tests::{Outcome, block_on};

/// The formats that there are stores of.
const FORMATS: [u32; 1] = [3];

fn file(format: u32, extension: &str) -> PathBuf {
    let stores = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/stores");
    stores.join(format!("v{format}")).with_extension(extension)
}

/// Writes the store of this release's format, if there is none.
fn write_the_next() -> Outcome {
    let path = file(SledStore::FORMAT, "pack");
    if std::env::var_os("BLESS").is_none() || path.exists() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let (pack, summary) = block_on(story::write(folder.path()))?;
    fs::write(file(SledStore::FORMAT, "txt"), summary)?;
    fs::write(path, pack)?;
    Ok(())
}

#[test]
fn a_store_of_every_format_is_opened_and_its_runs_go_on() -> Outcome {
    write_the_next()?;
    assert_eq!(
        FORMATS.last(),
        Some(&SledStore::FORMAT),
        "a format without a golden store: add it to `FORMATS`, and write its store, as `main` says"
    );
    for format in FORMATS {
        let folder = tempfile::tempdir()?;
        pack::unpack(&fs::read(file(format, "pack"))?, folder.path())?;
        let known = fs::read_to_string(file(format, "txt"))?;
        block_on(story::go_on(folder.path(), &known))?;
        // It has been closed by this release, and is opened again.
        let check = SledStore::check(folder.path(), SledOptions::default(), &WorkMeter::new())?;
        assert!(check.is_sound() && check.runs > 0, "{check:?}");
    }
    Ok(())
}

#[test]
fn what_was_in_the_journal_alone_and_what_had_settled_are_both_in_a_golden_store() -> Outcome {
    for format in FORMATS {
        let folder = tempfile::tempdir()?;
        pack::unpack(&fs::read(file(format, "pack"))?, folder.path())?;
        let holds = |name: &str, text: &str| -> std::io::Result<bool> {
            let mut found = false;
            for entry in fs::read_dir(folder.path())? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(name) {
                    let bytes = fs::read(entry.path())?;
                    found |= bytes.windows(text.len()).any(|it| it == text.as_bytes());
                }
            }
            Ok(found)
        };
        assert!(holds("db", "early-done")?);
        assert!(!holds("db", "late-done")?);
        assert!(holds("sempre.journal", "late-done")?);
    }
    Ok(())
}

#[test]
fn a_store_of_a_later_format_is_refused_and_stays_as_it_is() -> Outcome {
    let folder = tempfile::tempdir()?;
    pack::unpack(&fs::read(file(SledStore::FORMAT, "pack"))?, folder.path())?;
    drop(SledStore::open(folder.path(), SledOptions::default())?);
    {
        let db = sled::Config::new().path(folder.path());
        let db = db.segment_size(512 * 1024).open()?;
        let format = db.get(b"f")?.ok_or("a store has a format")?;
        let later = (SledStore::FORMAT + 1).to_be_bytes();
        db.insert(b"f", [&later[..], &format[4..]].concat())?;
        db.flush()?;
    }
    let refused = SledStore::open(folder.path(), SledOptions::default());
    let error = refused.err().ok_or("the format is known")?;
    assert_eq!(error.kind(), StorageErrorKind::Unsupported);
    let later = SledStore::FORMAT + 1;
    let expected = format!("written by a newer release: format={later}");
    assert!(error.to_string().contains(&expected), "{error}");
    Ok(())
}
