//! What is in the store between two lives, read without an engine.

use std::{collections::BTreeMap, error::Error};

use sempre::{
    Workflow as _,
    model::{EventAttributes, History, RecordNumber, WorkflowId},
    storage::{ReadStore as _, RunEntry, SledOptions, SledStore, record},
};
use sempre_tests::crash::{codec, journey::Detour};

use crate::{Outcome, place::Place};

/// What is in a store.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// By id.
    journeys: BTreeMap<String, Journey>,
    /// The runs of children, by the child's id.
    detours: BTreeMap<WorkflowId, Vec<RunEntry>>,
}

/// One journey, as far as it is there.
pub(crate) struct Journey {
    pub(crate) run_id: String,
    pub(crate) history: History,
}

impl Snapshot {
    /// Reads the journeys with these ids.
    pub(crate) fn take<'i>(
        place: &Place,
        ids: impl Iterator<Item = &'i str>,
    ) -> Result<Self, Box<dyn Error>> {
        let store = SledStore::open(place.store(), SledOptions::default())?;
        let (codecs, mut journeys) = (codec::codecs(), BTreeMap::new());
        for id in ids {
            let Some(entry) = store.current_run(&WorkflowId::from(id))? else {
                continue;
            };
            let run_id = entry.execution.run_id;
            let mut history = History {
                execution: entry.execution,
                events: Vec::new(),
            };
            for stored in store.records(run_id, RecordNumber::new(1), usize::MAX)? {
                let transition = record::decode(run_id, &stored)?;
                history.events.extend(transition.events().cloned());
            }
            if entry.status.is_open() == history.is_closed() {
                return Err(format!("{id}: the index says {}", entry.status).into());
            }
            // Reading a history proves that nothing of what was written is lost on its way.
            let history = codecs.decoded(&history)?.into_owned();
            let run_id = run_id.to_string();
            journeys.insert(id.to_owned(), Journey { run_id, history });
        }
        let mut detours: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entry in store.runs(None, usize::MAX)? {
            if entry.workflow_type.as_str() == Detour::TYPE {
                let workflow_id = entry.execution.workflow_id.clone();
                detours.entry(workflow_id).or_default().push(entry);
            }
        }
        Ok(Self { journeys, detours })
    }

    /// The ids of the children.
    pub(crate) fn detours(&self) -> impl Iterator<Item = &WorkflowId> {
        self.detours.keys()
    }

    /// The runs of a child.
    pub(crate) fn detour(&self, id: &WorkflowId) -> impl Iterator<Item = &RunEntry> {
        self.detours.get(id).into_iter().flatten()
    }

    pub(crate) fn journey(&self, id: &str) -> Option<&Journey> {
        self.journeys.get(id)
    }

    pub(crate) fn journeys(&self) -> impl Iterator<Item = (&str, &Journey)> {
        self.journeys
            .iter()
            .map(|(id, journey)| (id.as_str(), journey))
    }

    /// Each history obeys the grammar, and goes on where an earlier snapshot left it.
    pub(crate) fn check_continues(&self, earlier: &Self) -> Outcome {
        for (id, journey) in self.journeys() {
            let checked = journey.history.check_grammar();
            checked.map_err(|violation| format!("{id}: {violation}"))?;
        }
        for (id, before) in earlier.journeys() {
            let now = self.journey(id).ok_or(format!("{id} is gone"))?;
            let continues = now.history.events.starts_with(&before.history.events);
            if now.run_id != before.run_id || !continues {
                return Err(format!("{id}: the past has changed").into());
            }
        }
        Ok(())
    }
}

impl Journey {
    /// The request ids of its signals, in order.
    pub(crate) fn signals(&self) -> impl Iterator<Item = &str> {
        self.history.attributes().filter_map(|event| match event {
            EventAttributes::WorkflowExecutionSignaled(it) => Some(it.request_id.as_str()),
            _ => None,
        })
    }
}
