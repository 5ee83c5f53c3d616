//! The suite catches a store that breaks a rule, one flaw for each rule.

use std::sync::Arc;

use crate::{
    model::{RecordNumber, RunId},
    storage::{
        Commit, CommitPart, MemoryDisk, MemoryStore, ReadStore as _, StorageError,
        StorageErrorKind, Store, StoreLayer, StoredRecord, WriteRight, WriteStore as _,
    },
    testing::{
        InterceptedStore,
        conformance::{self, StorePlace},
    },
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Flaw {
    ForgetsToCloseRuns,
    WritesPartsApart,
    KeepsOnePart,
    LosesTheLastCommit,
    LosesTheFirstOfEachCall,
    KeepsWhatCameBeforeAConflict,
    FailsOnce,
    IgnoresWhereAPageBegins,
    CutsLargeRecords,
    HasManyOwners,
    HasManyWriters,
    SkipsGaps,
    ForgetsNames,
    /// It keeps all rules.
    None,
}

const FLAWS: [(Flaw, &str); 13] = [
    (Flaw::ForgetsToCloseRuns, "S1"),
    (Flaw::WritesPartsApart, "S1"),
    (Flaw::KeepsOnePart, "S1"),
    (Flaw::LosesTheLastCommit, "S2"),
    (Flaw::LosesTheFirstOfEachCall, "S3"),
    (Flaw::KeepsWhatCameBeforeAConflict, "S4"),
    (Flaw::FailsOnce, "S5"),
    (Flaw::IgnoresWhereAPageBegins, "S6"),
    (Flaw::CutsLargeRecords, "S7"),
    (Flaw::HasManyOwners, "S8"),
    (Flaw::HasManyWriters, "S8"),
    (Flaw::SkipsGaps, "S9"),
    (Flaw::ForgetsNames, "S10"),
];

#[test]
fn each_flaw_breaks_its_rule() {
    for (flaw, rule) in FLAWS {
        let place = || FlawedPlace::new(flaw);
        let (_, check) = conformance::RULES
            .iter()
            .find(|(name, _)| name.split(':').next() == Some(rule))
            .expect("a rule of this number");
        let breach = check(&place()).map_err(|breach| breach.to_string());
        assert!(breach.is_err(), "{flaw:?} keeps {rule}");
        assert!(conformance::run(place).is_err());
    }
}

#[test]
fn a_store_without_a_flaw_passes() {
    let passed = conformance::run(|| FlawedPlace::new(Flaw::None));
    assert!(passed.is_ok(), "{passed:?}");
}

struct FlawedPlace {
    flaw: Flaw,
    disk: MemoryDisk,
    first: MemoryStore,
}

impl FlawedPlace {
    fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            disk: MemoryDisk::new(),
            first: MemoryStore::new(),
        }
    }
}

impl StorePlace for FlawedPlace {
    fn open(&self) -> Result<Arc<dyn Store>, StorageError> {
        let inner = match self.flaw {
            Flaw::HasManyOwners => self.first.clone(),
            _ => MemoryStore::open(&self.disk)?,
        };
        let flaw = self.flaw;
        Ok(Arc::new(Flawed { flaw, inner }))
    }

    fn after_crash(&self) -> Result<Box<dyn StorePlace>, StorageError> {
        let disk = match self.flaw {
            Flaw::LosesTheLastCommit => MemoryDisk::new(),
            _ => self.disk.copy(),
        };
        Ok(Box::new(Self {
            flaw: self.flaw,
            disk,
            first: MemoryStore::new(),
        }))
    }

    fn open_broken(&self) -> Result<Option<Arc<dyn Store>>, StorageError> {
        let inner = MemoryStore::open(&self.disk)?;
        // It fails each commit, and forgets that it did.
        let commit = |_: &MemoryStore, _: &[Commit]| {
            let kind = StorageErrorKind::Unavailable;
            Err(StorageError::new(kind, "no disk"))
        };
        let failing = || Arc::new(InterceptedStore::new(inner, commit)) as Arc<dyn Store>;
        Ok((self.flaw == Flaw::FailsOnce).then(failing))
    }
}

struct Flawed {
    flaw: Flaw,
    inner: MemoryStore,
}

impl StoreLayer for Flawed {
    type Inner = MemoryStore;

    fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let mut commits = commits.to_vec();
        match self.flaw {
            Flaw::ForgetsToCloseRuns => {
                change_parts(&mut commits, |part| {
                    part.index.take_if(|_| part.number.get() > 1);
                });
            }
            Flaw::WritesPartsApart => {
                for part in commits.iter().flat_map(Commit::parts) {
                    self.inner.commit(&[part.clone().into()])?;
                }
                return Ok(());
            }
            Flaw::KeepsOnePart => {
                let first = |commit: &Commit| commit.parts().next().cloned().map(Commit::new);
                commits = commits.iter().filter_map(first).collect();
            }
            Flaw::LosesTheFirstOfEachCall if commits.len() > 1 => {
                commits.remove(0);
            }
            Flaw::KeepsWhatCameBeforeAConflict => {
                for commit in &commits {
                    self.inner.commit(std::slice::from_ref(commit))?;
                }
                return Ok(());
            }
            Flaw::ForgetsNames => change_parts(&mut commits, |part| part.payloads.clear()),
            Flaw::CutsLargeRecords => {
                change_parts(&mut commits, |part| part.record.truncate(65_536));
            }
            _ => {}
        }
        self.inner.commit(&commits)
    }

    fn write_right(&self) -> &WriteRight {
        match self.flaw {
            // Bound: a few of them, in one test.
            Flaw::HasManyWriters => Box::leak(Box::default()),
            _ => self.inner.write_right(),
        }
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        let records = self.inner.records(run_id, from, limit);
        match (self.flaw, records) {
            (Flaw::IgnoresWhereAPageBegins, Ok(_)) => {
                self.inner.records(run_id, RecordNumber::new(1), limit)
            }
            (Flaw::SkipsGaps, Err(_)) => Ok(Vec::new()),
            (_, records) => records,
        }
    }
}

fn change_parts(commits: &mut [Commit], change: impl Fn(&mut CommitPart)) {
    for commit in commits {
        let mut parts = commit.parts().cloned().map(|mut part| {
            change(&mut part);
            part
        });
        let first = Commit::new(parts.next().expect("a commit has a part"));
        *commit = parts.fold(first, Commit::with);
    }
}
