//! The program of a resident execution, and the events it has not been told yet.

use derive_more::Debug;

use crate::{
    engine::{
        replay::{QueryFailure, Replayer},
        task::{WorkflowTask, WorkflowTaskCompletion, WorkflowTaskFailure},
    },
    model::{HistoryEvent, Payload, Payloads, QueryName},
    workflow::ProgramFactory,
};

/// A program that may or may not be in memory.
#[derive(Debug, Default)]
pub(super) struct ResidentProgram {
    #[debug("{}", replayer.is_some())]
    replayer: Option<Replayer>,
    /// What the replayer has not been told; from the first event if there is no replayer. `None`
    /// if the history has to be read first.
    unseen: Option<Vec<HistoryEvent>>,
}

impl ResidentProgram {
    /// The program of a run without history.
    pub(super) fn new() -> Self {
        Self {
            replayer: None,
            unseen: Some(Vec::new()),
        }
    }

    /// A program that is not in memory, with the history it can be rebuilt from.
    pub(super) fn loaded(history: Vec<HistoryEvent>) -> Self {
        Self {
            replayer: None,
            unseen: Some(history),
        }
    }

    /// Whether it can run without reading the history.
    pub(super) fn is_loaded(&self) -> bool {
        self.unseen.is_some()
    }

    /// Forgets the program: the next task rebuilds it from its history.
    pub(super) fn discard(&mut self) {
        *self = Self::default();
    }

    /// Takes note of events that were recorded.
    pub(super) fn observe<'e>(&mut self, events: impl Iterator<Item = &'e HistoryEvent>) {
        let Some(unseen) = &mut self.unseen else {
            return;
        };
        let told = self
            .replayer
            .as_ref()
            .map(Replayer::last_event_id)
            .unwrap_or_default();
        // The events of a workflow task past its first attempt are told before they are recorded.
        unseen.extend(events.filter(|event| event.id > told).cloned());
    }

    /// Runs the workflow task that has just started; `transient` is what the history does not show
    /// of it.
    pub(super) fn run(
        &mut self,
        make: ProgramFactory,
        transient: Vec<HistoryEvent>,
    ) -> Result<WorkflowTaskCompletion, WorkflowTaskFailure> {
        let mut events = self.take_unseen();
        events.extend(transient);
        self.replayer(make)
            .handle_workflow_task(&WorkflowTask { events })
    }

    /// Asks the program, bringing it into memory if it is not.
    pub(super) fn query(
        &mut self,
        make: ProgramFactory,
        name: &QueryName,
        input: &Payloads,
    ) -> Result<Result<Payload, QueryFailure>, WorkflowTaskFailure> {
        if self.replayer.is_none() {
            let events = self.take_unseen();
            self.replayer(make).handle_history(&events)?;
        }
        Ok(self.replayer(make).query(name, input))
    }

    fn take_unseen(&mut self) -> Vec<HistoryEvent> {
        self.unseen.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn replayer(&mut self, make: ProgramFactory) -> &mut Replayer {
        self.replayer.get_or_insert_with(|| Replayer::new(make()))
    }
}
