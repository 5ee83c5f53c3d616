//! Sempre, in one durability mode.

use std::{path::PathBuf, sync::Arc};

use sempre::{
    Durability, Engine, EngineBuilder,
    storage::{SledOptions, SledStore},
};

use crate::{
    Outcome,
    child::Job,
    measurement::{Bound, Measurement},
    scenario::{self, Scenario},
    subject::{Subject, store::CountedStore, store::Tally},
};

/// Sempre, in one durability mode.
#[derive(Debug)]
pub struct Sempre {
    durability: Durability,
}

impl Sempre {
    /// Sempre in this mode.
    pub fn new(durability: Durability) -> Self {
        Self { durability }
    }
}

impl Subject for Sempre {
    fn system(&self) -> &'static str {
        "sempre"
    }

    fn durability(&self) -> &'static str {
        match self.durability {
            Durability::Fsync => "fsync",
            _ => "deferred",
        }
    }

    fn covers(&self, _: Scenario) -> bool {
        true
    }

    fn measure(&self, job: &Job) -> Outcome<Measurement> {
        let durability = self.durability;
        // The engine has threads of its own; this one is the client's.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(scenario::measure(&Place { job, durability }))
    }
}

/// Where a scenario is measured, and in which mode.
#[derive(Debug)]
pub(crate) struct Place<'j> {
    /// What is asked for.
    pub(crate) job: &'j Job,
    /// The mode.
    pub(crate) durability: Durability,
}

impl Place<'_> {
    /// The size that is asked for.
    pub(crate) fn size(&self) -> u64 {
        self.job.size
    }

    /// Where the store is.
    pub(crate) fn store_path(&self) -> PathBuf {
        self.job.folder.join("bench.sempre")
    }

    /// A budget; there is none but for what is synced.
    pub(crate) fn budget(&self, bound: Bound) -> Option<Bound> {
        (self.durability == Durability::Fsync).then_some(bound)
    }

    /// An engine on the store in the mode that is asked for, and the tally of what it writes.
    pub(crate) fn engine(&self) -> Outcome<(EngineBuilder, Arc<Tally>)> {
        self.engine_with(SledOptions::default().durability(self.durability))
    }

    /// The same with other options of the store.
    pub(crate) fn engine_with(&self, options: SledOptions) -> Outcome<(EngineBuilder, Arc<Tally>)> {
        let store = CountedStore::new(SledStore::open(self.store_path(), options)?);
        let tally = store.tally();
        Ok((Engine::on_store(Arc::new(store)), tally))
    }
}
