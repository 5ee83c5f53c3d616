//! What can be seen between two steps of an engine: nothing before its time, and no endless steps.

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use sempre::{
    Engine, TaskQueueOptions,
    client::{Answer, EngineClient, StartRequest, Started, Target},
    machine::execution::decide::Terminate,
    model::{
        EventType, Identity, Payloads, RequestId, RunId, StartOptions, WorkflowId, WorkflowType,
    },
    runtime::EngineBuilder,
    storage::{MemoryDisk, MemoryStore},
    testing::{ManualClock, RunCounter, SteppedEngine},
};
use sempre_tests::{
    Attempt, Outcome, Stage,
    family::{Care, Deed, Household, Kid},
    workflow::{Call, Caller, Till, TillHandle as _},
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
            .workflow::<Household>()
            .workflow::<Kid>()
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
        let input = Payloads::encode(&Call::of(workflow_id))?;
        let started = self.ask_to_start(workflow_id, "Caller", input);
        self.settle();
        assert!(
            started
                .now_or_never()
                .is_some_and(|started| started.is_ok())
        );
        Ok(self.stage.started_attempt())
    }

    fn ask_to_start(
        &self,
        workflow_id: &'static str,
        workflow_type: &'static str,
        input: Payloads,
    ) -> Answer<Started> {
        self.engine.service().start(StartRequest {
            workflow_id: WorkflowId::new(workflow_id),
            workflow_type: WorkflowType::new(workflow_type),
            input,
            options: StartOptions::default(),
            request_id: RequestId::new(workflow_id),
            identity: Identity::new("test"),
            signal: None,
            update: None,
            inheritance: None,
        })
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

    /// What comes of a request, once the engine has come to rest.
    fn answer<T>(&mut self, request: impl IntoFuture<Output = T>) -> Option<T> {
        let mut request = Box::pin(request.into_future());
        let answer = request.as_mut().now_or_never();
        self.settle();
        answer.or_else(|| request.now_or_never())
    }

    fn client(&self) -> EngineClient {
        EngineClient::new(self.engine.service(), "test".into())
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

#[test]
fn runs_speak_to_each_other_while_their_records_are_on_the_way_to_the_disk_in_order() -> Outcome {
    let mut steps = Steps::begin(|engine| engine)?;
    let plan = vec![Care::Raise("kid".into(), Deed::Return("hello".into()))];
    let mut started = steps.ask_to_start("parent", "Household", Payloads::encode(&plan)?);
    let mut closed = steps
        .engine
        .service()
        .await_close(Target::latest(WorkflowId::new("parent")));
    steps.go_on();
    let commits = steps.engine.gather(usize::MAX);
    let runs: Vec<RunId> = commits
        .iter()
        .map(|commit| commit.parts().next().map(|part| part.run_id))
        .collect::<Option<_>>()
        .ok_or("a commit without parts")?;
    let (parent, kid) = (runs[0], runs[1]);
    // The start of the kid follows what asks for it, and its end what it was started by.
    assert_ne!(parent, kid);
    let of_parent = runs.iter().filter(|run| **run == parent).count();
    assert_eq!(
        of_parent, 3,
        "asked for a kid, heard of its start and of its end"
    );
    // Nobody outside has learned anything.
    assert!((&mut started).now_or_never().is_none());
    assert!((&mut closed).now_or_never().is_none());
    // One write is enough for all of it.
    steps.engine.write();
    steps.go_on();
    assert!(
        started
            .now_or_never()
            .is_some_and(|started| started.is_ok())
    );
    let close = closed.now_or_never().ok_or("not closed")??;
    assert_eq!(close.event_type(), EventType::WorkflowExecutionCompleted);
    assert!(steps.engine.gather(usize::MAX).is_empty());
    Ok(())
}

#[test]
fn an_update_that_brings_a_run_into_memory_goes_along_with_the_task_that_waits_there() -> Outcome {
    let (disk, clock) = (MemoryDisk::new(), ManualClock::new());
    let begin =
        |code: fn(EngineBuilder) -> EngineBuilder| -> Result<Steps, Box<dyn std::error::Error>> {
            let store = Arc::new(MemoryStore::open(&disk)?);
            let engine = Engine::on_store(store).clock(clock.clone()).threads(1);
            Ok(Steps {
                engine: code(engine).start_stepped(&RunCounter::default())?,
                clock: clock.clone(),
                stage: Stage::default(),
            })
        };
    let mut without = begin(|engine| engine)?;
    // Runs that are older are woken before it.
    for till in 0..128 {
        let till = without.client().workflow::<Till>(till.to_string());
        assert!(without.answer(till.start(())).is_some_and(|it| it.is_ok()));
    }
    clock.advance(Duration::from_secs(1));
    let till = without.client().workflow::<Till>("till");
    assert!(without.answer(till.start(())).is_some_and(|it| it.is_ok()));
    drop(without);

    let mut with_code = begin(EngineBuilder::workflow::<Till>)?;
    let till = with_code.client().workflow::<Till>("till");
    assert_eq!(with_code.answer(till.add(3)), Some(Ok(3)));
    let history = with_code.answer(till.history()).ok_or("an answer")??;
    let types: Vec<_> = history.events.iter().map(|it| it.event_type()).collect();
    assert_eq!(
        types[2..],
        [
            EventType::WorkflowTaskStarted,
            EventType::WorkflowTaskCompleted,
            EventType::WorkflowExecutionUpdateAccepted,
            EventType::WorkflowExecutionUpdateCompleted
        ]
    );
    Ok(())
}
