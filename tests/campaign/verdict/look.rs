//! What is in a store that nobody has open.

use std::{collections::BTreeMap, error::Error, path::Path, sync::Arc};

use sempre::{
    client::{ListedRun, StoredRuns},
    model::{ContentKey, EventAttributes, History, HistoryEvent, RunId, WorkflowId},
    storage::{ReadStore as _, SledOptions, SledStore, WorkMeter},
};

use crate::{campaign::verdict::Verdict, recorded::happened};

/// A store between two lives.
pub(in crate::campaign) struct Look {
    store: Arc<SledStore>,
    runs: StoredRuns,
    /// All runs of each execution, the latest first.
    pub(super) all: BTreeMap<WorkflowId, Vec<ListedRun>>,
}

impl Look {
    pub(in crate::campaign) fn at(store: &Path) -> Result<Self, Box<dyn Error>> {
        let store = Arc::new(SledStore::open(store, SledOptions::default())?);
        let runs = StoredRuns::new(Arc::clone(&store) as _);
        let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for run in runs.iter() {
            let run: ListedRun = run?;
            all.entry(run.workflow_id.clone()).or_default().push(run);
        }
        Ok(Self { store, runs, all })
    }

    /// The runs of an execution, the latest first.
    pub(super) fn runs_of(&self, id: &str) -> &[ListedRun] {
        let runs = self.all.get(&WorkflowId::from(id));
        runs.map_or(&[], Vec::as_slice)
    }

    /// The history of the latest run.
    pub(super) fn history(&self, id: &str) -> Result<History, Box<dyn Error>> {
        Ok(self.runs.history(id, None)?)
    }

    /// All that has happened to the latest run, also what is in no history yet.
    pub(super) fn happened(&self, id: &str) -> Result<Vec<EventAttributes>, Box<dyn Error>> {
        let run = self.runs_of(id).first().ok_or("there is a run")?;
        happened(&*self.store, run.run_id)
    }

    /// What a run names of what is kept apart.
    pub(super) fn named(&self, run_id: RunId) -> Result<Vec<ContentKey>, Box<dyn Error>> {
        Ok(self.store.payloads(run_id)?)
    }
}

/// Fails if a check of the store finds anything.
pub(in crate::campaign) fn check_store(store: &Path) -> Verdict {
    let check = SledStore::check(store, SledOptions::default(), &WorkMeter::new())?;
    if check.is_sound() {
        return Ok(());
    }
    Err(format!("the check of the store finds {:?}", check.faults).into())
}

/// What histories had when they were last looked at.
#[derive(Default)]
pub(in crate::campaign) struct Past(BTreeMap<RunId, Vec<HistoryEvent>>);

impl Past {
    /// Fails if a history does not go on where it was; a run that has been deleted since is none.
    pub(in crate::campaign) fn check(&mut self, look: &Look) -> Verdict {
        for run in look.all.values().flatten() {
            let (id, run_id) = (run.workflow_id.clone(), run.run_id);
            let history = look.runs.history(id, Some(run_id))?;
            let checked = history.check_grammar();
            checked.map_err(|violation| format!("{}: {violation}", run.workflow_id))?;
            let before = self.0.get(&run_id).map_or(&[][..], Vec::as_slice);
            if !history.events.starts_with(before) {
                return Err(format!("{} has another past", run.workflow_id).into());
            }
            self.0.insert(run_id, history.events);
        }
        Ok(())
    }
}
