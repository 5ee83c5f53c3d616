//! What can be seen between two steps of an engine: nothing before its time, and no endless steps.

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use sempre::{
    Engine, TaskQueueOptions,
    client::{Answer, StartRequest, Target},
    machine::execution::decide::Terminate,
    model::{Identity, Payloads, RequestId, StartOptions, WorkflowId, WorkflowType},
    runtime::EngineBuilder,
    storage::MemoryStore,
    testing::{ManualClock, RunCounter, SteppedEngine},
};
use sempre_tests::{
    Attempt, Outcome, Stage,
    workflow::{Call, Caller},
};

/// An engine that goes on when it is told to, and what belongs to it.
struct Steps {
    engine: SteppedEngine,
    clock: ManualClock,
    stage: Stage,
}

impl Steps {
    fn begin(
        configure: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let (clock, stage) = (ManualClock::new(), Stage::default());
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .clock(clock.clone())
            .threads(1)
            .workflow::<Caller>()
            .activities(stage.actors());
        let engine = configure(engine).start_stepped(&RunCounter::default())?;
        Ok(Self {
            engine,
            clock,
            stage,
        })
    }

    /// Starts a workflow with one activity, whose attempt has begun if there was a slot for it.
    fn start(
        &mut self,
        workflow_id: &'static str,
    ) -> Result<Option<Attempt>, sempre::model::PayloadError> {
        let request = StartRequest {
            workflow_id: WorkflowId::new(workflow_id),
            workflow_type: WorkflowType::new("Caller"),
            input: Payloads::encode(&Call::of(workflow_id))?,
            options: StartOptions::default(),
            request_id: RequestId::new(workflow_id),
            identity: Identity::new("test"),
            signal: None,
            update: None,
        };
        let started = self.engine.service().start(request);
        self.settle();
        assert!(
            started
                .now_or_never()
                .is_some_and(|started| started.is_ok())
        );
        Ok(self.stage.started_attempt())
    }

    fn terminate(&self, workflow_id: &'static str) -> Answer<()> {
        let target = Target::latest(WorkflowId::new(workflow_id));
        let terminate = Terminate {
            reason: "enough".to_owned(),
            details: Payloads::default(),
            identity: Identity::new("test"),
        };
        self.engine.service().terminate(target, terminate)
    }

    fn go_on(&mut self) {
        assert!(self.engine.go_on(100), "the engine does not come to rest");
    }

    fn settle(&mut self) {
        self.go_on();
        while !self.engine.gather(usize::MAX).is_empty() {
            self.engine.write();
            self.go_on();
        }
    }
}

#[test]
fn an_attempt_does_not_learn_of_an_end_that_is_not_on_disk() -> Outcome {
    let mut steps = Steps::begin(|engine| engine)?;
    let attempt = steps.start("a")?.ok_or("no attempt")?;
    let mut terminated = steps.terminate("a");
    steps.go_on();
    // The run is over, and that is on its way to the disk.
    attempt.ctx.heartbeat(&1)?;
    steps.go_on();
    assert!((&mut terminated).now_or_never().is_none());
    assert!(!attempt.ctx.is_canceled() && !attempt.is_gone());
    steps.settle();
    assert_eq!(terminated.now_or_never(), Some(Ok(())));
    assert!(attempt.is_gone());
    Ok(())
}

#[test]
fn a_run_that_waits_for_a_slot_lets_its_shard_come_to_rest() -> Outcome {
    let one = TaskQueueOptions::default().max_concurrent_attempts(1);
    let mut steps =
        Steps::begin(|engine| engine.max_resident_executions(0).task_queue("default", one))?;
    let first = steps.start("a")?.ok_or("no attempt")?;
    first.fail("not now");
    steps.settle();
    let second = steps.start("b")?.ok_or("no attempt")?;
    // Its backoff is over, and the slot is taken.
    steps.clock.advance(Duration::from_secs(5));
    steps.settle();
    assert!(steps.stage.started_attempt().is_none());
    second.complete("done");
    steps.settle();
    assert_eq!(steps.stage.started_attempt().map(|it| it.number()), Some(2));
    Ok(())
}
