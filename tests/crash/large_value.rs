//! Large values, kept in files beside the store: none is lost, and none is left.

use std::{error::Error, path::PathBuf, process::Command, sync::Arc};

use sempre::{
    model::{Codecs, ContentKey, EventAttributes, WorkflowId},
    storage::{
        FileStorage, PayloadStorage as _, ReadStore as _, SledOptions, SledStore, StoredPayloads,
    },
};
use sempre_tests::{
    crash::{
        life::{Doom, live},
        parcel::{Step, input, note, parcel_id, result},
    },
    recorded::happened,
};
use tempfile::TempDir;

use crate::{Outcome, mailroom::Mailroom, say, seed, world::World};

/// Bound: keys that are listed at a time; there are fewer.
const KEYS_MAX: usize = 100_000;

/// Where the child keeps what it does.
struct Place(TempDir);

impl Place {
    fn store(&self) -> PathBuf {
        self.0.path().join("parcels.sempre")
    }

    fn payloads(&self) -> PathBuf {
        self.0.path().join("parcels.payloads")
    }

    fn child(&self) -> Command {
        let mut child = Command::new(env!("CARGO_BIN_EXE_parcel_child"));
        child.args([self.store(), self.payloads()]);
        child
    }
}

#[test]
fn large_values_outlive_a_hundred_kills_and_leave_nothing_behind() -> Outcome {
    let place = Place(TempDir::new()?);
    let mut random = World::new(seed()?, 0, 0);
    let mut mailroom = Mailroom::default();
    let mut files = 0;
    for kill in 1..=100 {
        let doom = match kill % 4 {
            0 => Doom::AfterSpawn(random.millis(10..90)),
            _ => Doom::AfterReady(random.millis(0..150)),
        };
        live(place.child(), &mut mailroom, doom)?;
        if kill % 10 == 0 {
            files += check(&place, &mailroom)?;
        }
    }
    assert!(files > 0, "nothing was put away");
    // Some are in flight yet, and what was killed has left files that nobody names.
    mailroom.is_closing = true;
    live(place.child(), &mut mailroom, Doom::WhenAllIsDone)?;
    assert_eq!(check(&place, &mailroom)?, 0);
    let store = SledStore::open(place.store(), SledOptions::default())?;
    assert_eq!(store.runs(None, usize::MAX)?, []);
    let (sent, deleted) = (mailroom.count(Step::Send), mailroom.count(Step::Delete));
    assert!(
        deleted > 0 && sent == deleted,
        "sent={sent} deleted={deleted}"
    );
    say(&format!("parcels={sent} files_seen={files}"));
    Ok(())
}

/// Looks at the store and the files between two lives; gives back how many files there are.
fn check(place: &Place, mailroom: &Mailroom) -> Result<usize, Box<dyn Error>> {
    let store = SledStore::open(place.store(), SledOptions::default())?;
    let files = Arc::new(FileStorage::open(place.payloads())?);
    let kept = files.list(None, KEYS_MAX)?;
    for key in &kept {
        let content = files.get(key)?.ok_or("what is listed is there")?;
        if ContentKey::of(&content) != *key {
            return Err(format!("{key} is the name of something else").into());
        }
    }
    for run in store.runs(None, usize::MAX)? {
        let named = store.payloads(run.execution.run_id)?;
        if let Some(missing) = named.iter().find(|key| !kept.contains(key)) {
            return Err(format!("{:?} names {missing}, which is gone", run.execution).into());
        }
    }
    let codecs = Codecs::default().and(StoredPayloads::new(files));
    for (parcel, promised) in mailroom.promised() {
        let id = parcel_id(parcel);
        let run = store.current_run(&WorkflowId::from(&*id))?;
        let Some(run) = run else {
            if promised.is_to_go || !promised.has(Step::Send) {
                continue;
            }
            return Err(format!("{id} is lost").into());
        };
        if promised.has(Step::Delete) {
            return Err(format!("{id} is there, and was deleted").into());
        }
        let mut told = happened(&store, run.execution.run_id)?;
        for event in &mut told {
            codecs.decode(event, &run.execution.workflow_id)?;
        }
        let seen = Seen::of(&told, parcel)?;
        for (step, is_there) in [(Step::Note, seen.note), (Step::Close, seen.result)] {
            if promised.has(step) && !is_there {
                return Err(format!("{id} has lost its {step}").into());
            }
        }
    }
    Ok(kept.len())
}

/// Which of its values a run has been told.
#[derive(Default)]
struct Seen {
    note: bool,
    result: bool,
}

impl Seen {
    /// Fails if a value is another one than was said.
    fn of(told: &[EventAttributes], parcel: u32) -> Result<Self, Box<dyn Error>> {
        let mut seen = Self::default();
        for event in told {
            let is_right = match event {
                EventAttributes::WorkflowExecutionStarted(it) => {
                    it.input.decode::<String>()? == input(parcel)
                }
                EventAttributes::WorkflowExecutionSignaled(it) => {
                    seen.note = true;
                    it.input.decode::<String>()? == note(parcel)
                }
                EventAttributes::WorkflowExecutionCompleted(it) => {
                    seen.result = true;
                    it.result.decode::<Vec<String>>()? == result(parcel)
                }
                _ => true,
            };
            if !is_right {
                return Err(format!("parcel {parcel} has another value: {event:.200?}").into());
            }
        }
        Ok(seen)
    }
}
