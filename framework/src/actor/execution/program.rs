//! The program of a resident execution, and the events it has not been told yet.

use derive_more::Debug;

use crate::{
    budget::Unconstrained,
    machine::{
        replay::{QueryFailure, Replayer},
        task::{WorkflowTask, WorkflowTaskCompletion, WorkflowTaskFailure},
    },
    model::{Failure, HistoryEvent, Payload, Payloads, QueryName, RunId, event::update},
    workflow::ProgramFactory,
};

/// What a workflow task brings that the history does not say.
#[derive(Debug, Default)]
pub(super) struct Unrecorded {
    /// The beginning of the task itself, past its first attempt.
    pub(super) transient: Vec<HistoryEvent>,
    /// The update that is asked for.
    pub(super) update: Option<update::Request>,
}

/// A program that may or may not be in memory.
#[derive(Debug, Default)]
pub(super) enum ResidentProgram {
    /// Not in memory; its history has to be read first.
    #[default]
    Evicted,
    /// Not in memory, with the history it can be rebuilt from.
    Recorded(Vec<HistoryEvent>),
    /// In memory.
    #[debug("Loaded")]
    Loaded(Box<Replayer>),
}

impl ResidentProgram {
    /// The program of a run without history.
    pub(super) fn new() -> Self {
        Self::Recorded(Vec::new())
    }

    /// Whether it is not in memory, and its history is.
    pub(super) fn is_recorded(&self) -> bool {
        matches!(self, Self::Recorded(_))
    }

    /// Whether it can run without reading the history.
    pub(super) fn can_run(&self) -> bool {
        !matches!(self, Self::Evicted)
    }

    /// Whether it is in memory.
    pub(super) fn is_loaded(&self) -> bool {
        matches!(self, Self::Loaded(_))
    }

    /// Another one of the same history; `None` if that is not in memory.
    pub(super) fn copy(&self) -> Option<Self> {
        match self {
            Self::Recorded(history) => Some(Self::Recorded(history.clone())),
            Self::Evicted | Self::Loaded(_) => None,
        }
    }

    /// Forgets the program: the next task rebuilds it from its history.
    pub(super) fn discard(&mut self) {
        *self = Self::default();
    }

    /// Takes note of events that were recorded. An error is the answer to the next task.
    pub(super) fn observe<'e>(&mut self, events: impl Iterator<Item = &'e HistoryEvent> + Clone) {
        match self {
            Self::Evicted => {}
            Self::Recorded(history) => history.extend(events.cloned()),
            Self::Loaded(replayer) => {
                // Invariant: the replayer remembers the error, and answers with it.
                let _ = tell(replayer, events);
            }
        }
    }

    /// Runs the workflow task of the run with this id that has started, after these events; without an
    /// answer, if the program waits for local activities.
    pub(super) fn run<'e>(
        &mut self,
        (run_id, factory): (RunId, &ProgramFactory),
        events: impl Iterator<Item = &'e HistoryEvent> + Clone,
        unrecorded: Unrecorded,
    ) -> Result<Option<WorkflowTaskCompletion>, WorkflowTaskFailure> {
        self.with_replayer((run_id, factory), |replayer| {
            tell(replayer, events)?;
            replayer.begin_workflow_task(&WorkflowTask {
                events: unrecorded.transient,
                updates: Vec::from_iter(unrecorded.update),
            })?;
            if replayer.waits_for_local_activities() {
                return Ok(None);
            }
            replayer.complete_workflow_task().map(Some)
        })?
    }

    /// The program in memory, if it is.
    pub(super) fn loaded(&mut self) -> Option<&mut Replayer> {
        match self {
            Self::Loaded(replayer) => Some(replayer),
            Self::Evicted | Self::Recorded(_) => None,
        }
    }

    /// Asks the program of the run with this id, bringing it into memory if it is not.
    pub(super) fn query(
        &mut self,
        (run_id, factory): (RunId, &ProgramFactory),
        name: &QueryName,
        input: &Payloads,
    ) -> Result<Result<Payload, QueryFailure>, WorkflowTaskFailure> {
        self.with_replayer((run_id, factory), |replayer| replayer.query(name, input))
    }

    /// Asks the program whether it would accept an update, bringing it into memory if it is not.
    pub(super) fn check_update(
        &mut self,
        (run_id, factory): (RunId, &ProgramFactory),
        request: &update::Request,
    ) -> Result<Result<(), Failure>, WorkflowTaskFailure> {
        self.with_replayer((run_id, factory), |replayer| replayer.check_update(request))?
    }

    /// Tells a program its history that is not in memory and has one; says whether that was so. One
    /// that cannot be rebuilt is evicted.
    pub(super) fn bring_back(
        &mut self,
        program: (RunId, &ProgramFactory),
    ) -> Result<bool, WorkflowTaskFailure> {
        let has_history = matches!(self, Self::Recorded(history) if !history.is_empty());
        if has_history {
            self.with_replayer(program, |_| ())?;
        }
        Ok(has_history)
    }

    /// Brings the program into memory if it is not; one that cannot be rebuilt is evicted.
    fn with_replayer<T>(
        &mut self,
        (run_id, factory): (RunId, &ProgramFactory),
        ask: impl FnOnce(&mut Replayer) -> T,
    ) -> Result<T, WorkflowTaskFailure> {
        let begin = || Box::new(Replayer::new(Unconstrained::of(factory.make())).of_run(run_id));
        let mut replayer = match std::mem::take(self) {
            Self::Loaded(replayer) => replayer,
            Self::Recorded(history) => {
                let mut replayer = begin();
                replayer.handle_history(&history)?;
                replayer
            }
            Self::Evicted => begin(),
        };
        let answer = ask(&mut replayer);
        *self = Self::Loaded(replayer);
        Ok(answer)
    }
}

/// Tells a program what it has not been told.
fn tell<'e>(
    replayer: &mut Replayer,
    events: impl Iterator<Item = &'e HistoryEvent> + Clone,
) -> Result<(), WorkflowTaskFailure> {
    let told = replayer.last_event_id();
    // The events of a workflow task past its first attempt are told before they are recorded.
    replayer.handle_history(events.filter(move |event| event.id > told))
}
