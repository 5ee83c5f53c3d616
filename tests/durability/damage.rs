//! Damage on the disk costs what it strikes, and nothing else.

use std::{fs, path::Path};

use sempre::Engine;
use sempre_tests::{
    Outcome, block_on,
    workflow::{Board, BoardHandle as _},
};

/// What the death of the process would leave of a store.
fn crashed(folder: &Path) -> std::io::Result<tempfile::TempDir> {
    let copy = tempfile::tempdir()?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
        }
    }
    Ok(copy)
}

/// Changes one letter of a text in the journal of a store; how often it was found.
fn garble(folder: &Path, text: &str) -> std::io::Result<usize> {
    let mut found = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.to_string_lossy().contains("sempre.journal.") {
            continue;
        }
        let mut bytes = fs::read(&path)?;
        let mut parts = bytes.windows(text.len());
        if let Some(place) = parts.position(|part| part == text.as_bytes()) {
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1;
            }
            fs::write(&path, bytes)?;
            found += 1;
        }
    }
    Ok(found)
}

#[test]
fn a_garbled_record_in_the_journal_sets_its_run_aside_and_the_others_go_on() -> Outcome {
    let folder = tempfile::tempdir()?;
    let copy = block_on(async {
        let engine = Engine::open(folder.path()).workflow::<Board>();
        let engine = engine.start().await?;
        let damaged = engine.workflow::<Board>("damaged").start(()).await?;
        let healthy = engine.workflow::<Board>("healthy").start(()).await?;
        damaged.post("what is struck".to_owned()).await?;
        healthy.post("what is not".to_owned()).await?;
        let copy = crashed(folder.path())?;
        engine.shutdown().await;
        Ok(copy)
    })?;
    assert_eq!(garble(copy.path(), "what is struck")?, 1);
    block_on(async {
        let engine = Engine::open(copy.path()).workflow::<Board>();
        let engine = engine.start().await?;
        let healthy = engine.workflow::<Board>("healthy");
        healthy.post("and goes on".to_owned()).await?;
        assert_eq!(healthy.notes().await?, ["what is not", "and goes on"]);
        let damaged = engine.workflow::<Board>("damaged");
        assert!(damaged.notes().await.is_err(), "its code is left alone");
        let quarantined = engine.quarantined();
        let set_aside = quarantined
            .iter()
            .map(|it| it.execution.workflow_id.as_str());
        assert_eq!(set_aside.collect::<Vec<_>>(), ["damaged"]);
        engine.shutdown().await;
        Ok(())
    })
}
