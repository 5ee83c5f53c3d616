//! Large payloads: their content is kept apart, comes back wherever the value does, and goes with the
//! last run that names it.

use sempre::{
    ActivityContext, ApplicationFailure, Canceled, Engine, OrFailure as _, Workflow,
    WorkflowContext, WorkflowHandle, activity,
    client::{
        DeleteWorkflowError, RequestError, RequestOutcome, StartRequest, StartWorkflowError,
        WorkflowDescription,
    },
    codec::{Encryption, Key, StaticKeys},
    handlers,
    model::{
        CodecError, ContentKey, EventAttributes, Failure, History, MemoUpdate, Payload,
        StartOptions, UserData as _, UserDataVisitor, limits,
    },
    runtime::EngineBuilder,
    storage::{FileStorage, PayloadStorage as _, StoredPayloads},
};
use sempre_tests::{Outcome, Scenario, Shelf, World, block_on, problems};

/// From here on payloads are put away in these tests.
const THRESHOLD: usize = 2 * 1024;

/// A value that is put away, and that no other one is equal to.
fn large(name: &str) -> String {
    format!("{name} {}", "x".repeat(2 * THRESHOLD))
}

fn with_shelf(shelf: &Shelf) -> impl Fn(EngineBuilder) -> EngineBuilder + 'static {
    let shelf = shelf.clone();
    move |engine| {
        let engine = engine.payload_storage(shelf.taken_over());
        engine.payload_threshold_bytes(THRESHOLD)
    }
}

/// Gives back what an attempt before has said in a heartbeat, or else what it is given.
#[activity(start_to_close = "10s", heartbeat = "5s", retry(max_attempts = 2))]
async fn copy(ctx: ActivityContext, value: String) -> Result<String, ApplicationFailure> {
    if ctx.info().attempt == 1 && !ctx.info().is_local {
        ctx.heartbeat(&value).or_failure("Heartbeat")?;
        return Err(ApplicationFailure::new(value, "Again"));
    }
    let before: Option<String> = ctx.heartbeat_details().or_failure("Heartbeat")?;
    Ok(before.unwrap_or(value))
}

/// Gives back what it is given.
#[derive(Workflow, Default)]
struct Echo;

#[handlers]
impl Echo {
    #[run]
    async fn run(_: WorkflowContext<Self>, value: String) -> Result<String, Canceled> {
        Ok(value)
    }
}

/// Has a large value in whatever it says and is told, and gives back all of them.
#[derive(Workflow, Default)]
struct Parcel {
    values: Vec<String>,
    closed: bool,
}

#[handlers]
impl Parcel {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        value: String,
    ) -> Result<Vec<String>, ApplicationFailure> {
        let copied = ctx.activity(copy, value.clone()).await;
        let copied = copied.or_failure("Activity")?;
        let local = ctx.local_activity(copy, format!("local {value}")).await;
        let local = local.or_failure("Local")?;
        ctx.upsert_memo([MemoUpdate::set("local", local.clone())]);
        let echoed = ctx.child::<Echo>(..).run(format!("child {value}")).await;
        let echoed = echoed.or_failure("Child")?;
        ctx.update(|it| it.values.extend([copied, local, echoed]));
        let closed = ctx.wait_until(|it| it.closed).await;
        closed.or_failure("Canceled")?;
        Ok(ctx.state(|it| it.values.clone()))
    }

    #[signal]
    fn note(&mut self, value: String) {
        self.values.push(value);
    }

    #[signal]
    fn close(&mut self) {
        self.closed = true;
    }

    #[update]
    fn add(&mut self, value: String) -> String {
        self.values.push(value.clone());
        value
    }

    #[query]
    fn first(&self, value: String) -> String {
        let first = self.values.first().map(String::as_str);
        format!("{value} {}", first.unwrap_or_default())
    }
}

/// The payloads of a history.
#[derive(Default)]
struct Seen {
    /// How many stand for large ones.
    stored: usize,
    /// The bytes of the largest one.
    largest: usize,
}

impl Seen {
    fn of(mut history: History) -> Result<Self, CodecError> {
        let mut seen = Self::default();
        history.visit(&mut seen)?;
        Ok(seen)
    }
}

impl UserDataVisitor for Seen {
    fn payload(&mut self, payload: &mut Payload) -> Result<(), CodecError> {
        self.stored += usize::from(payload.stored().is_some());
        self.largest = self.largest.max(payload.size());
        Ok(())
    }

    fn failure(&mut self, failure: &mut Failure) -> Result<(), CodecError> {
        self.largest = self.largest.max(failure.message.len());
        failure.encoded_attributes.visit(self)
    }
}

/// A story about parcels whose large values are put on this shelf.
fn parcels(shelf: &Shelf) -> Scenario {
    let parcels = Scenario::of::<Parcel>().and::<Echo>();
    let parcels = parcels.with(|engine| engine.activities(copy));
    parcels.with(with_shelf(shelf))
}

/// Starts a parcel, which has heard from its child then.
async fn echoing(
    world: &World,
    value: String,
) -> Result<WorkflowHandle<Parcel>, Box<dyn std::error::Error>> {
    let parcel = world.workflow::<Parcel>("parcel").start(value).await?;
    // Its activity is tried a second time.
    world.pass_seconds(1).await;
    echoed(world, &parcel).await?;
    Ok(parcel)
}

/// Waits until a parcel has heard from its child.
async fn echoed(world: &World, parcel: &WorkflowHandle<Parcel>) -> Outcome {
    let echoed = |it: &WorkflowDescription| it.memo.len() == 1 && it.children.is_empty();
    world.until(parcel, echoed).await?;
    Ok(())
}

/// Has a run try again until it stands as wanted.
async fn try_until(
    parcel: &WorkflowHandle<Parcel>,
    wanted: impl Fn(&WorkflowDescription) -> bool,
) -> Outcome {
    loop {
        // Its task may be on its way already.
        let _tried = parcel.retry_now().await;
        if wanted(&parcel.describe().await?) {
            return Ok(());
        }
        tokio::task::yield_now().await;
    }
}

/// Ends all runs of a world and deletes them; the shelf is empty then.
async fn leaves_nothing(world: &World, shelf: &Shelf) -> Outcome {
    for execution in world.started() {
        let run = world.engine().execution(execution.workflow_id);
        let run = run.at_run(execution.run_id);
        loop {
            match run.delete().await {
                // It has something to say yet.
                Err(DeleteWorkflowError::StillOpen { .. }) => tokio::task::yield_now().await,
                // The test has deleted it.
                Err(DeleteWorkflowError::Request(RequestError::NotFound { .. })) => break,
                deleted => break deleted?,
            }
        }
    }
    shelf.until(<[_]>::is_empty).await;
    Ok(())
}

#[test]
fn large_values_are_kept_apart_and_come_back_wherever_they_go() -> Outcome {
    let shelf = Shelf::default();
    let scenario = parcels(&shelf).reads(StoredPayloads::new(shelf.clone()));
    scenario.run_in_any_order(async |world| {
        let parcel = world.workflow::<Parcel>("parcel");
        let parcel = parcel
            .start(large("input"))
            .memo("first", large("memo"))
            .await?;
        // The second attempt is a second later.
        world.pass_seconds(1).await;
        world.until(&parcel, |it| it.memo.len() == 2).await?;
        parcel.note(large("note")).await?;
        assert_eq!(parcel.add(large("add")).await?, large("add"));
        let first = parcel.first(large("query")).await?;
        assert!(first.starts_with(&large("query")), "{first}");
        let described = parcel.describe().await?;
        assert_eq!(described.memo.get::<String>("first")?, Some(large("memo")));
        parcel.close().await?;
        let mut values = parcel.result().await?;
        values.sort_unstable();
        let input = large("input");
        let local = [format!("child {input}"), format!("local {input}")];
        let mut expected = vec![input, large("note"), large("add")];
        expected.extend(local);
        expected.sort_unstable();
        assert_eq!(values, expected);

        let mut found = 0;
        for execution in world.started() {
            let seen = Seen::of(world.history(execution).await?)?;
            assert!(seen.largest <= THRESHOLD, "{}", seen.largest);
            found += seen.stored;
        }
        // Input, memo twice, what the activity was given, said, and gave back, the marker, the child's
        // input twice and its result twice, the note, the update and its outcome, the result.
        assert!(found >= 14, "{found}");
        let readable = Seen::of(parcel.readable_history().await?)?;
        assert_eq!(readable.stored, 0);
        assert!(readable.largest > THRESHOLD);
        Ok(())
    })
}

#[test]
fn content_goes_with_the_last_run_that_names_it() -> Outcome {
    let shelf = Shelf::default();
    parcels(&shelf).run_unchecked(async |world| {
        for id in ["one", "two"] {
            world.workflow::<Echo>(id).start(large("shared")).await?;
        }
        let (one, two) = (world.workflow::<Echo>("one"), world.workflow::<Echo>("two"));
        assert_eq!(one.result().await?, large("shared"));
        assert_eq!(two.result().await?, large("shared"));
        shelf.until(|keys| keys.len() == 1).await;
        one.delete().await?;
        // What has been let go is done with when the engine has stopped.
        world.engine().shutdown().await;
        assert_eq!(shelf.keys().len(), 1);
        world.crash_and_restart().await?;
        let two = world.workflow::<Echo>("two");
        assert_eq!(two.result().await?, large("shared"));
        two.delete().await?;
        shelf.until(<[_]>::is_empty).await;

        let parcel = echoing(world, large("input")).await?;
        parcel.close().await?;
        parcel.result().await?;
        leaves_nothing(world, &shelf).await
    })
}

#[test]
fn what_is_recorded_nowhere_is_not_kept() -> Outcome {
    let shelf = Shelf::default();
    parcels(&shelf).run_unchecked(async |world| {
        let parcel = echoing(world, "small".into()).await?;
        let before = shelf.puts();
        let first = parcel.first(large("query")).await?;
        assert!(first.len() > large("query").len(), "{first}");
        assert_eq!(shelf.puts(), before, "a query is handed on, and not kept");
        // Somebody else has started it.
        let again = world
            .workflow::<Parcel>("parcel")
            .start(large("again"))
            .await;
        assert!(
            matches!(again, Err(StartWorkflowError::AlreadyStarted { .. })),
            "{again:?}"
        );
        shelf.until(<[_]>::is_empty).await;
        parcel.close().await?;
        parcel.result().await?;
        leaves_nothing(world, &shelf).await
    })
}

#[test]
fn content_that_is_missing_stops_a_run_until_it_is_back() -> Outcome {
    let shelf = Shelf::default();
    parcels(&shelf).run_unchecked(async |world| {
        echoing(world, large("input")).await?;
        world.engine().shutdown().await;
        let taken = shelf.take_all();
        world.crash_and_restart().await?;
        let parcel = world.workflow::<Parcel>("parcel");
        parcel.close().await?;
        let stuck = world.until(&parcel, |it| !it.problems.is_empty()).await?;
        let said = problems(&stuck).join("; ");
        let expected = "a payload cannot be decoded: its content is missing in the payload storage";
        assert!(said.contains(expected), "{said}");
        let attention = world.engine().needs_attention();
        let attention: Vec<_> = attention.iter().map(|it| it.problem.to_string()).collect();
        assert!(attention.join("; ").contains(expected), "{attention:?}");

        // Something else in its place is seen.
        let wrong = |(key, _): (&ContentKey, _)| (*key, "something else".into());
        shelf.put_back(taken.iter().map(wrong).collect());
        let wrong = |it: &str| it.contains("is not that of its key");
        try_until(&parcel, |it| wrong(&problems(it).join("; "))).await?;

        shelf.put_back(taken);
        try_until(&parcel, |it| !it.status.is_open()).await?;
        assert_eq!(parcel.result().await?.len(), 3);
        shelf.take_all();
        let missing = parcel.result().await.expect_err("it is gone").to_string();
        assert!(
            missing.contains("its content is missing in the payload storage"),
            "{missing}"
        );
        Ok(())
    })
}

#[test]
fn a_storage_that_takes_nothing_loses_nothing() -> Outcome {
    let shelf = Shelf::default();
    parcels(&shelf).run_unchecked(async |world| {
        let parcel = echoing(world, "small".into()).await?;
        parcel.note(large("note")).await?;
        shelf.set_full(true);
        let refused = world.workflow::<Echo>("echo").start(large("input")).await;
        let refused = refused.expect_err("there is no room");
        assert_eq!(refused.outcome(), RequestOutcome::NotDone);
        assert!(
            refused.to_string().contains("the shelf is full"),
            "{refused}"
        );
        assert!(world.workflow::<Echo>("echo").describe().await.is_err());
        parcel.close().await?;
        let stuck = world.until(&parcel, |it| !it.problems.is_empty()).await?;
        let said = problems(&stuck).join("; ");
        assert!(
            said.contains("a payload cannot be encoded: the shelf is full"),
            "{said}"
        );
        shelf.set_full(false);
        try_until(&parcel, |it| !it.status.is_open()).await?;
        assert!(parcel.result().await?.contains(&large("note")));
        leaves_nothing(world, &shelf).await
    })
}

#[test]
fn what_a_crash_has_left_is_swept_and_nothing_else_is() -> Outcome {
    let shelf = Shelf::default();
    Scenario::of::<Echo>()
        .with(with_shelf(&shelf))
        .run_unchecked(async |world| {
            world.workflow::<Echo>("echo").start(large("kept")).await?;
            world.workflow::<Echo>("echo").result().await?;
            shelf.until(|keys| keys.len() == 1).await;
            let kept = shelf.keys();
            world.engine().shutdown().await;
            // More than are looked at in a turn.
            let left = |number: u32| {
                let content = number.to_be_bytes();
                (ContentKey::of(&content), content.to_vec().into())
            };
            shelf.put_back((0..1_000).map(left).collect());
            world.crash_and_restart().await?;
            shelf.until(|keys| keys == kept).await;
            let echo = world.workflow::<Echo>("echo");
            assert_eq!(echo.result().await?, large("kept"));
            leaves_nothing(world, &shelf).await
        })
}

#[test]
fn a_reference_that_is_handed_on_is_kept() -> Outcome {
    let shelf = Shelf::default();
    Scenario::of::<Echo>()
        .with(with_shelf(&shelf))
        .run_unchecked(async |world| {
            let first = world
                .workflow::<Echo>("first")
                .start(large("value"))
                .await?;
            first.result().await?;
            let history = first.history().await?;
            let Some(EventAttributes::WorkflowExecutionStarted(started)) =
                history.attributes().next()
            else {
                return Err("it begins with its start".into());
            };
            let raw = started.input.clone();
            assert!(
                raw.0.iter().all(|payload| payload.stored().is_some()),
                "{raw:?}"
            );
            let engine = world.engine();
            let second = engine.service().start(StartRequest {
                workflow_id: "second".into(),
                workflow_type: "Echo".into(),
                input: raw,
                options: StartOptions::default(),
                request_id: "second".into(),
                identity: "a test".into(),
                signal: None,
                update: None,
                inheritance: None,
            });
            second.await?;
            let second = world.workflow::<Echo>("second");
            assert_eq!(second.result().await?, large("value"));
            first.delete().await?;
            assert_eq!(second.result().await?, large("value"));
            leaves_nothing(world, &shelf).await
        })
}

#[test]
fn a_value_may_be_larger_than_a_record_and_has_a_bound_of_its_own() -> Outcome {
    let folder = tempfile::tempdir()?;
    let value = "x".repeat(limits::PAYLOAD_BYTES_MAX + 1);
    block_on(async {
        let path = folder.path().join("store");
        let refused = Engine::open(&path).workflow::<Echo>().start().await?;
        let error = refused.workflow::<Echo>("echo").start(value.clone()).await;
        let error = error.expect_err("it is too large for a record");
        assert!(
            matches!(
                &error,
                StartWorkflowError::Request(RequestError::Rejected(_))
            ),
            "{error:?}"
        );
        refused.shutdown().await;
        let encryption = Encryption::new(StaticKeys::new("k1", Key::from_bytes([7; Key::BYTES])));
        let storage = FileStorage::open(folder.path().join("payloads"))?;
        let engine = Engine::open(&path)
            .workflow::<Echo>()
            .codec(encryption)
            .payload_storage(storage)
            .max_payload_bytes(limits::PAYLOAD_BYTES_MAX + 1_000);
        let engine = engine.start().await?;
        let echo = engine.workflow::<Echo>("echo").start(value.clone()).await?;
        assert_eq!(echo.result().await?, value);
        let larger = "x".repeat(value.len() + 1_000);
        let error = engine.workflow::<Echo>("larger").start(larger).await;
        let error = error.expect_err("it is too large for this engine");
        assert!(
            error.to_string().contains("it is too large limit="),
            "{error}"
        );
        engine.shutdown().await;
        // It lets its folder go, and what is in it belongs to the run.
        let storage = FileStorage::open(folder.path().join("payloads"))?;
        assert_eq!(storage.list(None, 10)?.len(), 2);
        Ok(())
    })
}
