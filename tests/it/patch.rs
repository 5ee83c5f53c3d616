//! Patches: which way runs take when code changes under them, in whatever direction it is deployed.

use std::{convert::Infallible, time::Duration};

use sempre::{
    ActivityError, Canceled, Failure, Workflow, WorkflowContext, activity,
    client::PatchUse,
    definition::Signal,
    handlers,
    model::{Codecs, EventAttributes, EventType, History},
    runtime::EngineBuilder,
    testing::replay::{self, Comparison},
    workflow::{ProgramFactory, WorkflowHandlers},
};
use sempre_tests::{Outcome, Scenario, World, problems};

#[activity(start_to_close = "10s")]
async fn ship() -> String {
    "shipped".into()
}

#[activity(start_to_close = "10s")]
async fn ship_insured() -> String {
    "insured".into()
}

/// Why a parcel is not shipped.
#[derive(Debug, Failure, derive_more::Display, derive_more::Error)]
#[display("lost")]
struct Lost;

impl From<ActivityError<Infallible>> for Lost {
    fn from(_: ActivityError<Infallible>) -> Self {
        Self
    }
}

impl From<Canceled> for Lost {
    fn from(_: Canceled) -> Self {
        Self
    }
}

type Shipped = Result<String, Lost>;

/// Lets a parcel go out.
struct Go;

impl Signal for Go {
    type Workflow = Parcel;
    type Input = ();
    const NAME: &'static str = "go";
}

/// The code before the change.
#[derive(Workflow, Default)]
struct Parcel {
    goes: bool,
}

#[handlers]
impl Parcel {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Shipped {
        let shipped = ctx.activity(ship, ()).await?;
        ctx.wait_until(|parcel| parcel.goes).await?;
        Ok(shipped)
    }

    #[signal]
    fn go(&mut self) {
        self.goes = true;
    }
}

/// The code with the change, and a way for runs that began before it.
#[derive(Workflow, Default)]
#[workflow(name = "Parcel")]
struct Patched {
    goes: bool,
}

#[handlers]
impl Patched {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Shipped {
        let shipped = if ctx.patched("insured") {
            ctx.activity(ship_insured, ()).await?
        } else {
            ctx.activity(ship, ()).await?
        };
        ctx.wait_until(|parcel| parcel.goes).await?;
        Ok(shipped)
    }

    #[signal]
    fn go(&mut self) {
        self.goes = true;
    }
}

/// The code when no run needs the old way any more.
#[derive(Workflow, Default)]
#[workflow(name = "Parcel")]
struct Deprecated {
    goes: bool,
}

#[handlers]
impl Deprecated {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Shipped {
        ctx.deprecate_patch("insured");
        let shipped = ctx.activity(ship_insured, ()).await?;
        ctx.wait_until(|parcel| parcel.goes).await?;
        Ok(shipped)
    }

    #[signal]
    fn go(&mut self) {
        self.goes = true;
    }
}

/// The code when nothing is left of the patch.
#[derive(Workflow, Default)]
#[workflow(name = "Parcel")]
struct Removed {
    goes: bool,
}

#[handlers]
impl Removed {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Shipped {
        let shipped = ctx.activity(ship_insured, ()).await?;
        ctx.wait_until(|parcel| parcel.goes).await?;
        Ok(shipped)
    }

    #[signal]
    fn go(&mut self) {
        self.goes = true;
    }
}

/// The code with a change behind the point that a run has come to.
#[derive(Workflow, Default)]
#[workflow(name = "Parcel")]
struct PatchedLate {
    goes: bool,
}

#[handlers]
impl PatchedLate {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Shipped {
        let shipped = ctx.activity(ship, ()).await?;
        ctx.wait_until(|parcel| parcel.goes).await?;
        if ctx.patched("late") {
            return Ok(ctx.activity(ship_insured, ()).await?);
        }
        Ok(shipped)
    }

    #[signal]
    fn go(&mut self) {
        self.goes = true;
    }
}

/// A patch, and the open runs that have taken its new way and those that have not.
type Shown = (String, u64, u64);

/// A generation of the code.
struct Code {
    name: &'static str,
    deploy: fn(EngineBuilder) -> EngineBuilder,
    program: ProgramFactory,
}

fn code<W: WorkflowHandlers>(name: &'static str) -> Code {
    Code {
        name,
        deploy: EngineBuilder::workflow::<W>,
        program: ProgramFactory::of::<W>(Codecs::NONE),
    }
}

fn generations() -> [Code; 4] {
    [
        code::<Parcel>("before"),
        code::<Patched>("patched"),
        code::<Deprecated>("deprecated"),
        code::<Removed>("removed"),
    ]
}

fn parcels() -> Scenario {
    Scenario::default().with(|engine| engine.activities(ship).activities(ship_insured))
}

/// Starts a parcel and waits until it waits for its signal.
async fn packed(world: &World, id: &str) -> Outcome {
    let parcel = world.workflow::<Parcel>(id).start(()).await?;
    world
        .until(&parcel, |run| {
            run.activities.is_empty() && run.workflow_task.is_none()
        })
        .await?;
    Ok(())
}

fn count(history: &History, event_type: EventType) -> usize {
    let attributes = history.attributes();
    attributes
        .filter(|it| it.event_type() == event_type)
        .count()
}

/// What becomes of a run whose history the first code has begun and the second goes on with;
/// `None` if the second does not fit.
const TABLE: [(&str, &str, Option<&str>); 16] = [
    ("before", "before", Some("shipped")),
    ("before", "patched", Some("shipped")),
    ("before", "deprecated", None),
    ("before", "removed", None),
    ("patched", "before", None),
    ("patched", "patched", Some("insured")),
    ("patched", "deprecated", Some("insured")),
    ("patched", "removed", None),
    // The marker is passed over, and the activity is another.
    ("deprecated", "before", None),
    ("deprecated", "patched", Some("insured")),
    ("deprecated", "deprecated", Some("insured")),
    ("deprecated", "removed", Some("insured")),
    ("removed", "before", None),
    // Without a marker it is the old way that it would take.
    ("removed", "patched", None),
    ("removed", "deprecated", Some("insured")),
    ("removed", "removed", Some("insured")),
];

#[test]
fn every_row_of_the_decision_table_holds_in_both_directions_of_deployment() -> Outcome {
    let generations = generations();
    let code = |name: &str| generations.iter().find(|code| code.name == name);
    for (first, second, expected) in TABLE {
        let row = format!("{first}, then {second}");
        let (first, second) = (code(first).ok_or("a code")?, code(second).ok_or("a code")?);
        parcels().run_unchecked(async |world| {
            world.restart_with(first.deploy).await?;
            packed(world, "parcel").await?;
            world.restart_with(second.deploy).await?;
            let parcel = world.workflow::<Parcel>("parcel");
            parcel.signal::<Go>(()).await?;
            let Some(expected) = expected else {
                let run = world.until(&parcel, |run| !run.problems.is_empty()).await?;
                let told = problems(&run).join("\n");
                assert!(told.contains("NON_DETERMINISTIC_ERROR"), "{row}: {told}");
                return Ok(());
            };
            assert_eq!(parcel.result().await?, expected, "{row}");
            // What went well is a history that the code fits as one of the past.
            let history = parcel.history().await?;
            replay::check_recorded(&history, &second.program, Comparison::Values)
                .map_err(|error| format!("{row}: {error}"))?;
            let markers = count(&history, EventType::MarkerRecorded);
            let is_marked = matches!(first.name, "patched" | "deprecated");
            assert_eq!(markers, usize::from(is_marked), "{row}");
            let lists = count(&history, EventType::UpsertWorkflowSearchAttributes);
            assert_eq!(lists, markers, "{row}");
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_run_takes_the_new_way_of_a_patch_that_it_had_not_come_to() -> Outcome {
    parcels().run_unchecked(async |world| {
        world
            .restart_with(EngineBuilder::workflow::<Parcel>)
            .await?;
        packed(world, "parcel").await?;
        world
            .restart_with(EngineBuilder::workflow::<PatchedLate>)
            .await?;
        let parcel = world.workflow::<PatchedLate>("parcel");
        parcel.go().await?;
        assert_eq!(parcel.result().await?, "insured");
        assert_eq!(
            count(&parcel.history().await?, EventType::MarkerRecorded),
            1
        );
        Ok(())
    })
}

#[test]
fn a_patch_that_was_removed_too_early_is_reported_with_its_id_and_the_remedy() -> Outcome {
    parcels().run_unchecked(async |world| {
        world
            .restart_with(EngineBuilder::workflow::<Patched>)
            .await?;
        packed(world, "parcel").await?;
        world
            .restart_with(EngineBuilder::workflow::<Removed>)
            .await?;
        let parcel = world.workflow::<Removed>("parcel");
        parcel.go().await?;
        let run = world.until(&parcel, |run| !run.problems.is_empty()).await?;
        let told = problems(&run).join("\n");
        for part in [
            "- recorded:  event 5 MarkerRecorded marker_name=core_patch patch_id=insured",
            "ctx.deprecate_patch in its place",
        ] {
            assert!(told.contains(part), "{told}");
        }
        Ok(())
    })
}

#[test]
fn an_engine_says_how_many_open_runs_may_need_the_old_way() -> Outcome {
    parcels().run_unchecked(async |world| {
        let shown = async || -> Result<Vec<Shown>, Box<dyn std::error::Error>> {
            let patches = world.engine().patches().await?;
            let shown = patches.into_iter().map(|it: PatchUse| {
                assert_eq!(it.workflow_type.as_str(), "Parcel");
                (it.patch_id, it.new_way, it.old_way)
            });
            Ok(shown.collect())
        };
        world
            .restart_with(EngineBuilder::workflow::<Parcel>)
            .await?;
        packed(world, "one").await?;
        packed(world, "two").await?;
        assert_eq!(shown().await?, []);
        world
            .restart_with(EngineBuilder::workflow::<Patched>)
            .await?;
        packed(world, "three").await?;
        assert_eq!(shown().await?, [("insured".into(), 1, 2)]);
        for id in ["one", "three"] {
            let parcel = world.workflow::<Patched>(id);
            parcel.go().await?;
            parcel.result().await?;
        }
        assert_eq!(shown().await?, [("insured".into(), 0, 1)]);
        let two = world.workflow::<Patched>("two");
        two.go().await?;
        two.result().await?;
        assert_eq!(shown().await?, [("insured".into(), 0, 0)]);
        let marked = world
            .engine()
            .list("TemporalChangeVersion = 'insured'")
            .await?;
        assert_eq!(marked.runs.len(), 1);
        Ok(())
    })
}

/// Asks in a loop, and in the handlers of messages.
#[derive(Workflow, Default)]
struct Rounds {
    seen: Vec<String>,
}

#[handlers]
impl Rounds {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, rounds: u32) -> Result<Vec<String>, Canceled> {
        for _ in 0..rounds {
            let patched = ctx.patched("round");
            ctx.update(|it| it.seen.push(format!("round {patched}")));
            ctx.sleep(Duration::from_secs(1)).await?;
        }
        Ok(ctx.state(|it| it.seen.clone()))
    }

    #[signal]
    async fn hear(ctx: WorkflowContext<Self>) {
        let patched = ctx.patched("signal");
        ctx.update(|it| it.seen.push(format!("signal {patched}")));
    }

    #[update]
    async fn ask(ctx: WorkflowContext<Self>) -> bool {
        let patched = ctx.patched("update");
        ctx.update(|it| it.seen.push(format!("update {patched}")));
        patched
    }
}

/// The same before anybody thought of a patch.
#[derive(Workflow, Default)]
#[workflow(name = "Rounds")]
struct PlainRounds;

#[handlers]
impl PlainRounds {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, rounds: u32) -> Result<Vec<String>, Canceled> {
        for _ in 0..rounds {
            ctx.sleep(Duration::from_secs(1)).await?;
        }
        Ok(Vec::new())
    }
}

#[test]
fn a_patch_is_recorded_once_wherever_and_however_often_it_is_asked_for() -> Outcome {
    Scenario::of::<Rounds>().run(async |world| {
        let rounds = world.workflow::<Rounds>("rounds").start(2).await?;
        rounds.hear().await?;
        assert!(rounds.ask().await?);
        rounds.hear().await?;
        for _ in 0..2 {
            world.pass_seconds(1).await;
        }
        let seen = [
            "round true",
            "signal true",
            "update true",
            "signal true",
            "round true",
        ];
        assert_eq!(rounds.result().await?, seen);
        let history = rounds.history().await?;
        assert_eq!(count(&history, EventType::MarkerRecorded), 3);
        let listed = history.attributes().filter_map(|it| match it {
            EventAttributes::UpsertWorkflowSearchAttributes(it) => {
                let list = it.search_attributes.payload("TemporalChangeVersion")?;
                Some(String::from_utf8_lossy(&list.data).into_owned())
            }
            _ => None,
        });
        let listed: Vec<_> = listed.collect();
        let lists = [
            r#"["round"]"#,
            r#"["round","signal"]"#,
            r#"["round","signal","update"]"#,
        ];
        assert_eq!(listed, lists);
        Ok(())
    })
}

/// Asks for two patches in one workflow task, the later one of the alphabet first.
#[derive(Workflow, Default)]
struct Twice;

#[handlers]
impl Twice {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> bool {
        ctx.patched("since 2") && ctx.patched("since 1")
    }
}

#[test]
fn each_list_of_patches_has_those_that_stand_before_it() -> Outcome {
    Scenario::of::<Twice>().run(async |world| {
        let twice = world.workflow::<Twice>("twice").start(()).await?;
        assert!(twice.result().await?);
        let history = twice.history().await?;
        let program = code::<Twice>("twice").program;
        replay::check_recorded(&history, &program, Comparison::Values)?;
        Ok(())
    })
}

#[test]
fn the_first_answer_holds_for_the_whole_run_also_if_it_was_no() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world
            .restart_with(EngineBuilder::workflow::<PlainRounds>)
            .await?;
        world.workflow::<PlainRounds>("rounds").start(3).await?;
        world.pass_seconds(1).await;
        let plain = world.workflow::<PlainRounds>("rounds");
        world.until(&plain, |run| run.history_length == 10).await?;
        world
            .restart_with(EngineBuilder::workflow::<Rounds>)
            .await?;
        let rounds = world.workflow::<Rounds>("rounds");
        for _ in 0..2 {
            world.pass_seconds(1).await;
        }
        let seen = ["round false", "round false", "round false"];
        assert_eq!(rounds.result().await?, seen);
        assert_eq!(
            count(&rounds.history().await?, EventType::MarkerRecorded),
            0
        );
        Ok(())
    })
}

/// Asks for the patch that it is given.
#[derive(Workflow, Default)]
struct Asks;

#[handlers]
impl Asks {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, patch_id: String) -> Result<bool, Canceled> {
        let patched = ctx.patched(patch_id);
        if ctx.info().lineage.continued_execution_run_id.is_none() {
            match ctx.continue_as_new("next".into()).await {}
        }
        ctx.sleep(Duration::from_secs(1)).await?;
        Ok(patched)
    }
}

#[test]
fn a_patch_id_that_is_empty_or_too_long_fails_the_workflow_task() -> Outcome {
    Scenario::of::<Asks>().run_unchecked(async |world| {
        for id in [String::new(), "x".repeat(1_001)] {
            let asks = world.workflow::<Asks>(format!("asks {}", id.len()));
            let asks = asks.start(id).await?;
            let told = problems(&asks.describe().await?).join("\n");
            assert!(
                told.contains("patch id is empty or too large limit=1000"),
                "{told}"
            );
        }
        Ok(())
    })
}

#[test]
fn the_next_run_of_a_chain_begins_with_patches_of_its_own() -> Outcome {
    Scenario::of::<Asks>().run(async |world| {
        let asks = world.workflow::<Asks>("asks").start("first".into()).await?;
        world.pass_seconds(1).await;
        world.pass_seconds(1).await;
        assert!(asks.result().await?);
        let list = async |patch: &str| -> Result<usize, Box<dyn std::error::Error>> {
            let filter = format!("TemporalChangeVersion = '{patch}'");
            Ok(world.engine().list(filter).await?.runs.len())
        };
        assert_eq!((list("first").await?, list("next").await?), (1, 1));
        Ok(())
    })
}
