//! What is looked at before sled opens its log: nothing is lost in silence, nothing of others is
//! touched.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    os::unix::fs::FileExt as _,
    path::Path,
};

use tempfile::TempDir;

use crate::{
    model::{RecordNumber, RunId},
    storage::{
        Commit, CommitPart, ReadStore as _, SledOptions, SledStore, StorageError, StorageErrorKind,
        WriteStore as _,
        sled::{
            mark::{MARK_FILE, Mark, State, StoreId},
            store::SEGMENT_BYTES,
        },
    },
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const RUN: RunId = RunId::from_u128(42);

fn open(folder: &Path) -> Result<SledStore, StorageError> {
    SledStore::open(folder, SledOptions::default())
}

/// A closed store with so many records of so many bytes.
fn store(records: u32, bytes: usize) -> Result<TempDir, Box<dyn std::error::Error>> {
    let folder = TempDir::new()?;
    fill(folder.path(), records, bytes)?;
    Ok(folder)
}

fn fill(folder: &Path, records: u32, bytes: usize) -> Outcome {
    let store = open(folder)?;
    for number in 1..=records {
        let byte = u8::try_from(number % 251)?;
        store.commit(&[part(number, noise(bytes, byte))])?;
    }
    Ok(())
}

fn part(number: u32, record: Vec<u8>) -> Commit {
    Commit::new(CommitPart {
        run_id: RUN,
        number: RecordNumber::new(number),
        record: record.into(),
        index: None,
        payloads: Vec::new(),
    })
}

/// Bytes that cannot be compressed.
fn noise(size: usize, seed: u8) -> Vec<u8> {
    let numbers = std::iter::successors(Some(u32::from(seed) + 1), |before| {
        Some(before.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    });
    let bytes = numbers.map(|number| number.to_be_bytes()[0]);
    bytes.take(size).collect()
}

/// All files of a folder, but the one that says who has opened it last.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    let files = files.map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    });
    files.filter(|(name, _)| name != "sempre.lock").collect()
}

/// Asks that a store is refused as damaged, saying this, and left as it is.
#[track_caller]
fn check_refused(folder: &Path, kind: StorageErrorKind, what: &str) {
    let before = files(folder);
    for _ in 0..2 {
        let error = open(folder).expect_err(what);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(what), "{error}");
        let path = folder.display().to_string();
        assert!(error.to_string().contains(&path), "{error}");
    }
    assert!(files(folder) == before, "something was changed: {what}");
}

#[test]
fn a_log_that_was_removed_emptied_or_cut_short_is_refused() -> Outcome {
    let removed = store(20, 1_000)?;
    fs::remove_file(removed.path().join("db"))?;
    check_refused(
        removed.path(),
        StorageErrorKind::Corrupt,
        "its log is missing",
    );

    let emptied = store(20, 1_000)?;
    fs::write(emptied.path().join("db"), "")?;
    check_refused(
        emptied.path(),
        StorageErrorKind::Corrupt,
        "the log is empty",
    );

    // Its length is that of three segments and more.
    let cut = store(200, 10_000)?;
    let log = OpenOptions::new().write(true).open(cut.path().join("db"))?;
    log.set_len(2 * SEGMENT_BYTES as u64)?;
    check_refused(
        cut.path(),
        StorageErrorKind::Corrupt,
        "has lost what was at offset=1048576",
    );
    Ok(())
}

#[test]
fn a_log_that_lost_its_first_segment_is_refused() -> Outcome {
    for (records, bytes) in [(20, 1_000), (200, 10_000)] {
        let folder = store(records, bytes)?;
        let log = OpenOptions::new()
            .write(true)
            .open(folder.path().join("db"))?;
        log.write_all_at(&[0; 512], 0)?;
        check_refused(
            folder.path(),
            StorageErrorKind::Corrupt,
            "has lost what was at offset=0",
        );
    }
    Ok(())
}

#[test]
fn a_log_that_is_damaged_in_its_midst_is_refused_and_kept() -> Outcome {
    let folder = store(20, 1_000)?;
    let log = OpenOptions::new()
        .write(true)
        .open(folder.path().join("db"))?;
    log.write_all_at(&[0x5a; 4_000], 12_000)?;
    check_refused(folder.path(), StorageErrorKind::Corrupt, "the log ends at");
    Ok(())
}

#[test]
fn the_log_of_another_store_is_refused() -> Outcome {
    for (ours, theirs) in [(20, 20), (20, 300), (300, 20)] {
        let (our, their) = (store(ours, 1_000)?, store(theirs, 1_001)?);
        fs::copy(their.path().join("db"), our.path().join("db"))?;
        let before = files(our.path());
        let error = open(our.path()).expect_err("it is another store's");
        assert_eq!(error.kind(), StorageErrorKind::Corrupt, "{error}");
        assert!(
            files(our.path()) == before,
            "something was changed: {error}"
        );
    }
    Ok(())
}

#[test]
fn a_mark_that_is_missing_or_damaged_is_refused() -> Outcome {
    let folder = store(3, 100)?;
    let path = folder.path().join(MARK_FILE);
    let mark = fs::read(&path)?;
    for position in 0..mark.len() {
        let mut damaged = mark.clone();
        damaged[position] ^= 1 << (position % 8);
        fs::write(&path, damaged)?;
        let error = open(folder.path()).expect_err("it is damaged");
        assert_eq!(error.kind(), StorageErrorKind::Corrupt, "{error}");
    }
    fs::remove_file(&path)?;
    check_refused(
        folder.path(),
        StorageErrorKind::Corrupt,
        "store's mark is missing",
    );
    fs::write(&path, mark)?;
    open(folder.path())?;
    Ok(())
}

#[test]
fn files_of_others_are_refused_and_not_touched() -> Outcome {
    let cases: [&[(&str, &str)]; 5] = [
        &[
            ("conf", "listen = 80"),
            ("snap.0000000000000001.generating", "x"),
        ],
        &[("conf", "")],
        &[("db", "a database")],
        &[("snap.1.generating", "x"), ("readme", "x")],
        &[("snap.txt", "x")],
    ];
    for case in cases {
        let folder = TempDir::new()?;
        for (name, content) in case {
            fs::write(folder.path().join(name), content)?;
        }
        check_refused(
            folder.path(),
            StorageErrorKind::Unsupported,
            "no store of sempre",
        );
        assert!(
            !folder.path().join("sempre.lock").exists(),
            "nothing is left behind"
        );
    }
    // What sled does not take for its own is in nobody's way.
    let folder = TempDir::new()?;
    fs::write(folder.path().join("readme"), "x")?;
    open(folder.path())?;
    assert_eq!(fs::read_to_string(folder.path().join("readme"))?, "x");
    Ok(())
}

#[test]
fn a_store_that_was_never_finished_is_made_anew() -> Outcome {
    let finished = store(5, 100)?;
    for leftover in ["db", "conf", "sempre.store.new"] {
        let folder = TempDir::new()?;
        Mark::of_new_store(StoreId([7; 16])).write(folder.path())?;
        for (name, content) in files(finished.path()) {
            let kept = content.len() / 2;
            if name != MARK_FILE {
                fs::write(folder.path().join(name), &content[..kept])?;
            }
        }
        fs::write(folder.path().join(leftover), "cut short")?;
        let store = open(folder.path())?;
        assert!(store.records(RUN, RecordNumber::new(1), 10)?.is_empty());
        drop(store);
        fill(folder.path(), 3, 10)?;
        assert_eq!(
            open(folder.path())?
                .records(RUN, RecordNumber::new(1), 10)?
                .len(),
            3
        );
    }
    Ok(())
}

#[test]
fn damaged_settings_of_sled_are_written_anew() -> Outcome {
    for damage in [
        "",
        "segment_size: 8",
        "segment_size: 8388608\nuse_compression: ",
    ] {
        let folder = store(3, 100)?;
        fs::write(folder.path().join("conf"), damage)?;
        assert_eq!(
            open(folder.path())?
                .records(RUN, RecordNumber::new(1), 10)?
                .len(),
            3
        );
    }
    Ok(())
}

#[test]
fn the_mark_says_whether_a_store_was_closed() -> Outcome {
    let folder = TempDir::new()?;
    let state = || Mark::read(folder.path()).unwrap().map(|mark| mark.state);
    for _ in 0..2 {
        let store = open(folder.path())?;
        assert_eq!(state(), Some(State::Open));
        drop(store);
        assert_eq!(state(), Some(State::Closed));
    }
    Ok(())
}

#[test]
fn every_flipped_bit_of_a_closed_store_is_reported_or_does_not_matter() -> Outcome {
    let folder = store(40, 700)?;
    let expected = open(folder.path())?.records(RUN, RecordNumber::new(1), 100)?;
    let pristine = files(folder.path());
    let mut reported = 0;
    for (name, content) in &pristine {
        // Whatever is used of a file, some bits of it are hit.
        let used = content
            .iter()
            .rposition(|byte| *byte != 0)
            .unwrap_or_default()
            + 1;
        for step in 0..24 {
            let position = used * step / 24;
            for (name, content) in &pristine {
                fs::write(folder.path().join(name), content)?;
            }
            let mut damaged = content.clone();
            let Some(byte) = damaged.get_mut(position) else {
                continue;
            };
            *byte ^= 1 << (step % 8);
            fs::write(folder.path().join(name), damaged)?;
            let found =
                open(folder.path()).and_then(|store| store.records(RUN, RecordNumber::new(1), 100));
            match found {
                Ok(found) => assert!(found == expected, "{name} {position}: something is missing"),
                Err(error) => {
                    assert_ne!(error.kind(), StorageErrorKind::Unavailable, "{error}");
                    reported += 1;
                }
            }
        }
    }
    assert!(reported > 24, "what counts is reported: {reported}");
    Ok(())
}

/// Removes a folder into which a store may be writing.
fn remove(path: &Path) -> std::io::Result<()> {
    // Bound: a store that nobody asks anything has few files to make.
    for _ in 0..1_000 {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
            removed => return removed,
        }
    }
    fs::remove_dir_all(path)
}

#[test]
fn a_folder_that_is_removed_or_renamed_while_open_acknowledges_nothing_more() -> Outcome {
    type Act = fn(&Path) -> std::io::Result<()>;
    let acts: [(&str, Act); 4] = [
        ("removed or renamed", remove),
        ("removed or renamed", |path| {
            fs::rename(path, path.with_extension("moved"))
        }),
        ("removed or renamed", |path| {
            fs::rename(path, path.with_extension("moved"))?;
            fs::create_dir(path)?;
            fs::write(path.join("sempre.lock"), "another's")
        }),
        ("log was removed", |path| fs::remove_file(path.join("db"))),
    ];
    for (what, act) in acts {
        let root = TempDir::new()?;
        let path = root.path().join("store");
        let store = open(&path)?;
        let commit = |number| part(number, b"x".to_vec());
        store.commit(&[commit(1)])?;
        act(&path)?;
        let refused = store.commit(&[commit(2)]).expect_err("nobody will find it");
        assert_eq!(refused.kind(), StorageErrorKind::Unavailable);
        assert!(refused.to_string().contains(what), "{refused}");
        let poisoned = store.commit(&[commit(3)]).expect_err("it is poisoned");
        assert_eq!(poisoned.kind(), StorageErrorKind::Poisoned);
    }
    Ok(())
}
