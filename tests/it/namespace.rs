//! Namespaces: several applications in one store, which do not meet.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use futures::FutureExt as _;
use sempre::{
    Engine, SearchAttribute, Workflow, WorkflowContext,
    client::{ListRunsError, RequestError, RequestOutcome, StartWorkflowError, StoredRuns},
    handlers,
    model::{
        Codec, CodecError, EventAttributes, ExecutionStatus, Namespace, ParentClosePolicy, Payload,
        PayloadContext, WorkflowId,
    },
    runtime::{NamespaceOptions, StartEngineError},
    storage::{MemoryDisk, MemoryStore},
    testing::FaultStore,
};
use sempre_tests::{
    Outcome, Scenario, World, block_on,
    courier::{Courier, Errand},
    family::{Care, Deed, Household, Kid, KidHandle as _, Way},
    workflow::{Board, BoardHandle as _, BoardSignals as _, Call, Caller, Echo},
};

const INVOICE: SearchAttribute<i64> = SearchAttribute::int("Invoice");
const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");

/// The engine as another namespace than that of the story sees it.
fn billing(world: &World) -> Result<Engine, Box<dyn std::error::Error>> {
    Ok(world.engine().namespace("billing")?)
}

fn scenario() -> Scenario {
    let scenario = Scenario::of::<Board>().and::<Household>().and::<Kid>();
    let scenario = scenario.and::<Caller>().and::<Courier>();
    scenario.with(|engine| engine.namespace("billing", NamespaceOptions::default()))
}

#[test]
fn an_id_names_one_execution_in_each_namespace() -> Outcome {
    let scenario = Scenario::of::<Board>();
    let scenario = scenario.with(|engine| engine.namespace("billing", NamespaceOptions::default()));
    scenario.run_in_any_order(async |world| {
        let here = world.workflow::<Board>("board").start(()).await?;
        let there = billing(world)?.workflow::<Board>("board").start(()).await?;
        assert_ne!(here.run_id(), there.run_id());
        here.post("here".into()).await?;
        there.post("there".into()).await?;
        assert_eq!(here.notes().await?, ["here"]);
        assert_eq!(there.notes().await?, ["there"]);

        world.crash_and_restart().await?;
        let there = billing(world)?.workflow::<Board>("board");
        assert_eq!(there.notes().await?, ["there"]);
        there.close().await?;
        assert_eq!(there.result().await?, ["there"]);
        let here = world.workflow::<Board>("board");
        assert!(here.describe().await?.status.is_open());
        here.terminate("done").await?;
        Ok(())
    })
}

#[test]
fn lists_counts_and_handles_reach_no_other_namespace() -> Outcome {
    scenario().run_in_any_order(async |world| {
        let (here, there) = (world.engine(), billing(world)?);
        here.workflow::<Board>("board-1").start(()).await?;
        there.workflow::<Board>("board-2").start(()).await?;
        there.workflow::<Board>("board-3").start(()).await?;
        let ids = async |engine: &Engine| -> Result<Vec<String>, ListRunsError> {
            let page = engine.list("WorkflowType = 'Board'").await?;
            let mut ids: Vec<_> = page
                .runs
                .iter()
                .map(|it| it.workflow_id.to_string())
                .collect();
            ids.sort();
            Ok(ids)
        };
        assert_eq!(ids(&here).await?, ["board-1"]);
        assert_eq!(ids(&there).await?, ["board-2", "board-3"]);
        assert_eq!(there.count("").await?.total, 2);
        let missing = there.execution("board-1").describe().await;
        assert!(
            matches!(missing, Err(RequestError::NotFound { .. })),
            "{missing:?}"
        );

        // What comes from a list knows where it is, whoever is asked.
        let listed = there.list("WorkflowId = 'board-2'").await?.runs.remove(0);
        assert_eq!(listed.workflow_id.namespace().as_str(), "billing");
        here.execution(listed.workflow_id)
            .terminate("from outside")
            .await?;
        assert_eq!(ids(&there).await?, ["board-2", "board-3"]);
        let open = there.count("ExecutionStatus = 'Running'").await?;
        assert_eq!(open.total, 1);
        there.execution("board-3").terminate("done").await?;
        here.execution("board-1").terminate("done").await?;
        Ok(())
    })
}

#[test]
fn children_and_those_who_are_spoken_to_are_in_the_namespace_of_the_run() -> Outcome {
    scenario().run_in_any_order(async |world| {
        let there = billing(world)?;
        // The same ids are taken here.
        let kid = world.workflow::<Kid>("kid").start(Deed::Listen).await?;
        let board = world.workflow::<Board>("board").start(()).await?;

        let plan = vec![
            Care::Start(
                "kid".into(),
                Deed::Listen,
                ParentClosePolicy::Terminate,
                Way::Wait,
            ),
            Care::Tell("kid".into(), "hello".into()),
            Care::Collect("kid".into()),
            Care::RaiseNameless(Deed::Return("again".into())),
        ];
        let home = there.workflow::<Household>("home").start(plan).await?;
        assert_eq!(home.result().await?, ["started", "told", "hello", "again"]);
        let kids = there.list("ParentWorkflowId = 'home'").await?.runs;
        assert_eq!(kids.len(), 2);
        for kid in kids {
            assert_eq!(kid.workflow_id.namespace().as_str(), "billing");
            assert_eq!(kid.status, ExecutionStatus::Completed);
        }

        let other = there.workflow::<Board>("board").start(()).await?;
        let errands = vec![
            Errand::Post("board".into(), "from next door".into()),
            Errand::Close("board".into()),
            Errand::Post("nobody".into(), "hello?".into()),
        ];
        let courier = there.workflow::<Courier>("courier").start(errands).await?;
        let done = courier.result().await?;
        assert_eq!(done[..2], ["done", "done"]);
        assert_ne!(done[2], "done");
        assert_eq!(other.result().await?, ["from next door"]);

        assert!(board.notes().await?.is_empty(), "nobody has spoken to it");
        board.close().await?;
        kid.tell("good night".into()).await?;
        kid.result().await?;
        Ok(())
    })
}

#[test]
fn an_attempt_speaks_to_those_of_its_own_namespace() -> Outcome {
    scenario().run_in_any_order(async |world| {
        let there = billing(world)?;
        let caller = there.workflow::<Caller>("caller").start(Call::of("tea"));
        let caller = caller.await?;
        let attempt = world.stage.attempt().await;
        let id = &attempt.ctx.info().execution.workflow_id;
        assert_eq!(
            (id.as_str(), id.namespace().as_str()),
            ("caller", "billing")
        );
        let board = attempt
            .ctx
            .engine()
            .workflow::<Board>("board")
            .start(())
            .await?;
        assert_eq!(board.workflow_id().namespace().as_str(), "billing");
        assert!(world.workflow::<Board>("board").describe().await.is_err());
        there.workflow::<Board>("board").close().await?;
        board.result().await?;

        attempt.complete("tea".to_owned());
        assert_eq!(caller.result().await?, "tea");
        Ok(())
    })
}

/// Notes the namespaces of the executions whose values it is given.
#[derive(Clone, Default)]
struct Witness(Arc<Mutex<Vec<Namespace>>>);

impl Codec for Witness {
    fn encode(&self, payload: Payload, context: PayloadContext<'_>) -> Result<Payload, CodecError> {
        let seen = context.workflow_id.namespace();
        self.0
            .lock()
            .map_err(|_| CodecError::failed("poisoned"))?
            .push(seen);
        Ok(payload)
    }

    fn decode(&self, payload: Payload, _: PayloadContext<'_>) -> Result<Payload, CodecError> {
        Ok(payload)
    }
}

#[test]
fn a_codec_is_told_the_namespace_so_that_each_may_have_keys_of_its_own() -> Outcome {
    block_on(async {
        let witness = Witness::default();
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .workflow::<Echo>()
            .codec(witness.clone())
            .namespace("billing", NamespaceOptions::default())
            .start()
            .await?;
        let there = engine.namespace("billing")?;
        let echo = there.workflow::<Echo>("echo").start("x".into()).await?;
        assert_eq!(echo.result().await?, "x");
        let seen = witness.0.lock().map_err(|_| "poisoned")?.clone();
        assert!(!seen.is_empty());
        assert!(seen.iter().all(|it| it.as_str() == "billing"), "{seen:?}");
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn search_attributes_are_those_of_the_engine_and_of_the_namespace() -> Outcome {
    block_on(async {
        let options = NamespaceOptions::default().search_attribute(INVOICE);
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .workflow::<Board>()
            .search_attribute(CUSTOMER)
            .namespace("billing", options)
            .start()
            .await?;
        let there = engine.namespace("billing")?;
        let board = there.workflow::<Board>("board").start(());
        board
            .search_attributes([INVOICE.set(42), CUSTOMER.set("ada")])
            .await?;
        let found = there.list("Invoice = 42 AND Customer = 'ada'").await?;
        assert_eq!(found.runs.len(), 1);

        let refused = engine.list("Invoice = 42").await.unwrap_err();
        assert!(refused.to_string().contains("Invoice"), "{refused}");
        let refused = engine.workflow::<Board>("board").start(());
        let refused = refused
            .search_attributes([INVOICE.set(42)])
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("Invoice"), "{refused}");
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_namespace_that_is_busy_keeps_nobody_else_waiting() -> Outcome {
    block_on(async {
        let store = FaultStore::new(MemoryStore::new());
        let options = NamespaceOptions::default().max_requests(2);
        let engine = Engine::on_store(Arc::new(store.clone()))
            .workflow::<Board>()
            .namespace("billing", options)
            .start()
            .await?;
        let there = engine.namespace("billing")?;
        let start = |engine: &Engine, id: &str| {
            let start = engine.workflow::<Board>(id).start(());
            start.into_future().boxed_local()
        };
        store.hold();
        // Requests are on their way as soon as they are asked for the first time.
        let (mut one, mut two) = (start(&there, "one"), start(&there, "two"));
        assert!((&mut one).now_or_never().is_none() && (&mut two).now_or_never().is_none());
        let refused = start(&there, "three").now_or_never();
        let refused = refused.ok_or("a third one is refused at once")?;
        assert!(
            matches!(
                refused,
                Err(StartWorkflowError::Request(RequestError::Busy { .. }))
            ),
            "{refused:?}"
        );
        let mut other = start(&engine, "three");
        assert!((&mut other).now_or_never().is_none(), "it is admitted");
        store.release();
        let (one, two, other) = futures::join!(one, two, other);
        let _all = [one?, two?, other?];
        start(&there, "three").await?;
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_namespace_that_does_not_exist_or_cannot_be_is_refused() -> Outcome {
    block_on(async {
        let builder = || Engine::on_store(Arc::new(MemoryStore::new()));
        let plain = NamespaceOptions::default;
        let engine = builder().namespace("billing", plain()).start().await?;
        let refused = engine.namespace("biling").unwrap_err();
        let said = "there is no namespace biling; did you mean billing?";
        assert_eq!(refused.to_string(), said);
        let refused = engine.namespace("shipping").unwrap_err();
        assert_eq!(refused.nearest, None);
        assert!(refused.to_string().contains("EngineBuilder::namespace"));
        assert_eq!(
            engine.namespace("default")?.namespace_name(),
            &Namespace::default()
        );
        let names: Vec<_> = engine
            .namespaces()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(names, ["default", "billing"]);
        engine.shutdown().await;

        let short = std::time::Duration::from_secs(1);
        let other_type: SearchAttribute<String> = SearchAttribute::keyword("Invoice");
        let cases = [
            (builder().namespace("a b", plain()), "a b"),
            (
                builder().namespace("default", plain()),
                "every engine has it",
            ),
            (
                builder().namespace("a", plain()).namespace("a", plain()),
                "declared twice",
            ),
            (
                builder().namespace("a", plain().retention(short)),
                "retention",
            ),
            (
                builder()
                    .search_attribute(INVOICE)
                    .namespace("a", plain().search_attribute(other_type)),
                "Invoice",
            ),
        ];
        for (builder, said) in cases {
            let error: StartEngineError = builder.start().await.unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        Ok(())
    })
}

/// Has to do with those of a namespace that nobody has declared, and says how that went.
#[derive(Workflow, Default, Debug)]
struct Abroad;

#[handlers]
impl Abroad {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Infallible> {
        let abroad = |id: &str| WorkflowId::from(id).within(&"nowhere".into());
        let kid = ctx.child::<Kid>(abroad("kid")).run(Deed::Listen).await;
        let kid = kid.map_or_else(|error| format!("{error:?}"), |_| "raised".to_owned());
        let board = ctx.external::<Board>(abroad("board"));
        let (posted, canceled) = (
            board.post("hello?".into()).await,
            board.cancel("enough").await,
        );
        let heard = |it: Result<(), _>| format!("{it:?}");
        Ok(vec![kid, heard(posted), heard(canceled)])
    }
}

#[test]
fn whoever_names_a_namespace_that_nobody_has_declared_is_told_so() -> Outcome {
    let scenario = Scenario::of::<Board>().and::<Kid>().and::<Abroad>();
    scenario.run_in_any_order(async |world| {
        let nowhere: [Namespace; 2] = ["nowhere".into(), "no where".into()];
        for namespace in nowhere {
            let board = WorkflowId::from("board").within(&namespace);
            let refused = world.workflow::<Board>(board).start(()).await.unwrap_err();
            assert_eq!(refused.outcome(), RequestOutcome::NotDone);
            let said = format!("there is no namespace {namespace}; declare it");
            assert!(refused.to_string().contains(&said), "{refused}");
        }
        let abroad = world.workflow::<Abroad>("abroad").start(()).await?;
        let [kid, posted, canceled] = &abroad.result().await?[..] else {
            return Err("three things were asked for".into());
        };
        assert!(kid.contains("NAMESPACE_NOT_FOUND"), "{kid}");
        assert_eq!([posted, canceled], ["Err(NotFound)"; 2]);
        let history = world.engine().execution("abroad").history().await?;
        let causes: Vec<_> = history.attributes().filter_map(cause).collect();
        assert_eq!(causes, ["NAMESPACE_NOT_FOUND"; 3]);
        Ok(())
    })
}

/// Why something that was asked of others was not done.
fn cause(event: &EventAttributes) -> Option<String> {
    match event {
        EventAttributes::StartChildWorkflowExecutionFailed(it) => Some(it.cause.to_string()),
        EventAttributes::SignalExternalWorkflowExecutionFailed(it) => Some(it.cause.to_string()),
        EventAttributes::RequestCancelExternalWorkflowExecutionFailed(it) => {
            Some(it.cause.to_string())
        }
        _ => None,
    }
}

#[test]
fn a_namespace_that_is_not_declared_any_more_keeps_its_runs_which_go_on() -> Outcome {
    block_on(async {
        let disk = MemoryDisk::new();
        let builder = |disk: &MemoryDisk| -> Result<_, Box<dyn std::error::Error>> {
            let engine = Engine::on_store(Arc::new(MemoryStore::open(disk)?));
            Ok(engine.workflow::<Board>())
        };
        let engine = builder(&disk)?.namespace("billing", NamespaceOptions::default());
        let engine = engine.start().await?;
        let board = engine.namespace("billing")?.workflow::<Board>("board");
        board.start(()).await?.post("kept".into()).await?;
        engine.shutdown().await;

        let refused = builder(&disk)?.require_code_for_open_runs().start().await;
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.contains("namespace is not declared namespace=billing"),
            "{refused}"
        );

        let engine = builder(&disk)?.start().await?;
        assert!(engine.namespace("billing").is_err());
        assert_eq!(engine.count("").await?.total, 0);
        engine.shutdown().await;

        let store = Arc::new(MemoryStore::open(&disk)?);
        let runs = StoredRuns::new(store).within("billing");
        assert_eq!(runs.count("").await?.total, 1);
        assert!(runs.history("board", None)?.events.len() > 3);
        drop(runs);

        let engine = builder(&disk)?.namespace("billing", NamespaceOptions::default());
        let engine = engine.start().await?;
        let board = engine.namespace("billing")?.workflow::<Board>("board");
        assert_eq!(board.notes().await?, ["kept"]);
        engine.shutdown().await;
        Ok(())
    })
}
