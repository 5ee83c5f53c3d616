//! One story, told by three kinds of engine.

use std::{rc::Rc, sync::Arc};

use derive_more::Debug;
use sempre::{
    client::StoredRuns,
    model::{Codec, Codecs, History, HistoryEvent, system::is_system_id},
    runtime::EngineBuilder,
    workflow::{WorkflowHandlers, WorkflowRegistry},
};

use crate::{Mode, Outcome, World, block_on, history};

/// A part of an engine's configuration.
type Configure = Rc<dyn Fn(EngineBuilder) -> EngineBuilder>;

/// A story about some workflows.
#[derive(Debug, Default)]
#[must_use = "a scenario does nothing unless it is run"]
pub struct Scenario {
    #[debug(skip)]
    configure: Vec<Configure>,
    programs: WorkflowRegistry,
    /// What histories are read with before they are told to their programs.
    reads: Codecs,
}

impl Scenario {
    /// A story about this workflow.
    pub fn of<W: WorkflowHandlers>() -> Self {
        Self::default().and::<W>()
    }

    /// The same story, about this workflow too.
    pub fn and<W: WorkflowHandlers>(mut self) -> Self {
        self.programs.register::<W>();
        self.with(EngineBuilder::workflow::<W>)
    }

    /// The same story on an engine with these options.
    pub fn with(mut self, configure: impl Fn(EngineBuilder) -> EngineBuilder + 'static) -> Self {
        self.configure.push(Rc::new(configure));
        self
    }

    /// The same story with this codec.
    pub fn codec(mut self, codec: impl Codec + Clone) -> Self {
        let codecs = self.programs.codecs().clone().and(codec.clone());
        self.programs.encode_with(codecs);
        self.with(move |engine| engine.codec(codec.clone()))
    }

    /// The same story, whose histories are read with this codec when they are told to their programs.
    pub fn reads(mut self, codec: impl Codec) -> Self {
        self.reads = self.reads.and(codec);
        self
    }

    /// Tells the story in every mode.
    ///
    /// Afterwards each history obeys the grammar, is what its program says to it, and is the same
    /// in every mode. The story has to leave its executions at rest, and to let things happen in
    /// one order only.
    ///
    /// # Errors
    /// The first thing that was not as it should be.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a story is written where it is told"
    )]
    pub fn run(self, story: impl AsyncFn(&World) -> Outcome) -> Outcome {
        let mut first: Option<Vec<Vec<HistoryEvent>>> = None;
        for mode in Mode::ALL {
            let told = block_on(self.tell(mode, &story));
            let histories = told.map_err(|error| format!("mode={mode}: {error}"))?;
            let comparable = histories.into_iter().map(history::comparable).collect();
            match &first {
                None => first = Some(comparable),
                Some(first) => history::check_same(first, &comparable)
                    .map_err(|error| format!("mode={mode}: {error}"))?,
            }
        }
        Ok(())
    }

    /// Tells the story in every mode, where nothing is compared between the modes.
    ///
    /// For stories in which things may happen in different orders.
    ///
    /// # Errors
    /// The first thing that was not as it should be.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a story is written where it is told"
    )]
    pub fn run_in_any_order(self, story: impl AsyncFn(&World) -> Outcome) -> Outcome {
        for mode in Mode::ALL {
            let told = block_on(self.tell(mode, &story));
            told.map_err(|error| format!("mode={mode}: {error}"))?;
        }
        Ok(())
    }

    /// Tells the story in every mode, and does not look at its histories.
    ///
    /// For stories whose engine is not there any more at their end, or whose programs change.
    ///
    /// # Errors
    /// The story's.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a story is written where it is told"
    )]
    pub fn run_unchecked(self, story: impl AsyncFn(&World) -> Outcome) -> Outcome {
        for mode in Mode::ALL {
            let told = block_on(async {
                let world = World::begin(mode, self.configuration()).await?;
                story(&world).await?;
                world.engine().shutdown().await;
                Ok(())
            });
            told.map_err(|error| format!("mode={mode}: {error}"))?;
        }
        Ok(())
    }

    async fn tell(
        &self,
        mode: Mode,
        story: &impl AsyncFn(&World) -> Outcome,
    ) -> Result<Vec<History>, Box<dyn std::error::Error>> {
        let world = World::begin(mode, self.configuration()).await?;
        story(&world).await?;
        let mut histories = Vec::new();
        let started = world.started().into_iter();
        // Those of the engine's own have programs of the engine's own.
        for execution in started.filter(|it| !is_system_id(&it.workflow_id)) {
            let history = world.history(execution).await?;
            history::check(&*self.reads.decoded(&history)?, &self.programs)?;
            histories.push(history);
        }
        world.engine().shutdown().await;
        check_kept(&world)?;
        Ok(histories)
    }

    fn configuration(&self) -> Box<dyn Fn(EngineBuilder) -> EngineBuilder> {
        let configure = self.configure.clone();
        Box::new(move |engine| {
            let parts = configure.iter();
            parts.fold(engine, |engine, configure| configure(engine))
        })
    }
}

/// Everything that is kept of each run is what its records say.
fn check_kept(world: &World) -> Outcome {
    let runs = StoredRuns::new(Arc::new(world.store().inner().clone()));
    for run in runs.iter() {
        runs.check(run?.run_id)?;
    }
    Ok(())
}
