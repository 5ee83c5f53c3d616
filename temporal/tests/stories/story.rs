//! A story: where it is recorded, and what of it is held against what sempre does.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use sempre::{
    Engine, SearchAttribute, Timestamp, Workflow, WorkflowHandle,
    model::{EventAttributes, History, RunId},
    runtime::EngineBuilder,
    testing::{TestEnvironment, TestEnvironmentBuilder, run_test},
};
use sempre_temporal::TemporalHistory;
use serde_json::{Map, Value};

use crate::compare::comparable;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The histories that a story leaves, by the names of their files.
pub(crate) type Told = BTreeMap<String, History>;

/// Tells a story to sempre, and compares all histories that it leaves with those of the server.
#[track_caller]
pub(crate) fn check(name: &str, tell: impl AsyncFn(&TestEnvironment) -> Outcome<Told>) {
    check_on(name, TestEnvironment::builder(), tell);
}

/// The same from this environment on.
#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "a story is written where it is told"
)]
pub(crate) fn check_on(
    name: &str,
    host: TestEnvironmentBuilder,
    tell: impl AsyncFn(&TestEnvironment) -> Outcome<Told>,
) {
    let topic = match name.split('/').next().unwrap_or_default() {
        "activity" => "acts",
        "schedules" => "sched",
        topic => topic,
    };
    let host = host
        .task_queue(format!("tq-{topic}"))
        .engine(with_attributes);
    let told = run_test(host, async |env: TestEnvironment| tell(&env).await);
    compare(name, told);
}

/// Compares the histories that a story has left with those of the server.
#[track_caller]
#[expect(
    clippy::expect_used,
    reason = "the body of tests, which fail by panicking"
)]
pub(crate) fn compare(name: &str, told: Outcome<Told>) {
    let Some(folder) = folder(name) else { return };
    let ours = comparable(told.expect("a story that comes to its end"));
    let theirs = comparable(recorded(&folder).expect("histories that a server wrote"));
    assert!(
        ours.keys().eq(theirs.keys()),
        "{name}: there are {:?} and the server wrote {:?}",
        ours.keys(),
        theirs.keys()
    );
    for ((file, ours), theirs) in ours.iter().zip(theirs.values()) {
        same(&format!("{name}/{file}"), ours, theirs);
    }
}

/// The search attributes of the stories, named after their types.
pub(crate) const CB: SearchAttribute<bool> = SearchAttribute::bool("CB");
pub(crate) const CD: SearchAttribute<f64> = SearchAttribute::double("CD");
pub(crate) const CDT: SearchAttribute<Timestamp> = SearchAttribute::datetime("CDT");
pub(crate) const CI: SearchAttribute<i64> = SearchAttribute::int("CI");
pub(crate) const CK: SearchAttribute<String> = SearchAttribute::keyword("CK");
pub(crate) const CKL: SearchAttribute<Vec<String>> = SearchAttribute::keyword_list("CKL");
pub(crate) const CT: SearchAttribute<String> = SearchAttribute::text("CT");

fn with_attributes(engine: EngineBuilder) -> EngineBuilder {
    let engine = engine.search_attribute(CB).search_attribute(CD);
    let engine = engine.search_attribute(CDT).search_attribute(CI);
    let engine = engine.search_attribute(CK).search_attribute(CKL);
    engine.search_attribute(CT)
}

/// A history of a story as the server wrote it; `None` where there is no shared test data.
#[track_caller]
#[expect(
    clippy::expect_used,
    reason = "the body of tests, which fail by panicking"
)]
pub(crate) fn history_of(name: &str, file: &str) -> Option<History> {
    let mut histories = recorded(&folder(name)?).expect("histories that a server wrote");
    histories.remove(file)
}

/// Tells a story of which only what callers were told is compared, with that.
#[track_caller]
#[expect(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    reason = "the body of tests, which fail by panicking"
)]
pub(crate) fn outcome(
    name: &str,
    tell: impl AsyncFn(TestEnvironment, &Map<String, Value>) -> Outcome,
) {
    let Some(folder) = folder(name) else { return };
    let text = fs::read_to_string(folder.join("outcome.json")).expect("what callers were told");
    let outcome: Value = serde_json::from_str(&text).expect("JSON");
    let notes = outcome.get("notes").and_then(Value::as_object);
    let notes = notes.expect("notes of what callers were told");
    let host = TestEnvironment::builder();
    let told = run_test(host, async |env: TestEnvironment| tell(env, notes).await);
    told.expect("a story that comes to its end");
}

/// What a server says of what a story is about; `None` where there is no shared test data.
#[track_caller]
#[expect(
    clippy::expect_used,
    reason = "the body of tests, which fail by panicking"
)]
pub(crate) fn description(name: &str) -> Option<Value> {
    let text = fs::read_to_string(folder(name)?.join("describe.json"));
    let text = text.expect("what a server says of it");
    Some(serde_json::from_str(&text).expect("JSON"))
}

/// The id of the workflow that a story is about.
pub(crate) fn workflow_id(story: &str) -> String {
    format!("{}-w", story.replace('/', "-"))
}

/// The history of a story of one run.
pub(crate) async fn run<W: Workflow>(handle: &WorkflowHandle<W>) -> Outcome<Told> {
    Ok(Told::from([("run".to_owned(), handle.history().await?)]))
}

/// The histories of a chain, from this run to its last.
pub(crate) async fn chain<W: Workflow>(
    env: &TestEnvironment,
    workflow_id: &str,
    first: RunId,
) -> Outcome<Told> {
    chain_in::<W>(&env.engine().await, workflow_id, first).await
}

/// The same, in this process.
pub(crate) async fn chain_in<W: Workflow>(
    engine: &Engine,
    workflow_id: &str,
    first: RunId,
) -> Outcome<Told> {
    let mut runs = Told::new();
    let mut next = Some(first);
    while let Some(run_id) = next {
        let run = engine.workflow::<W>(workflow_id).at_run(run_id);
        let history = run.history().await?;
        let last = history.attributes().last();
        next = last.and_then(EventAttributes::new_execution_run_id);
        runs.insert(format!("run{}", runs.len() + 1), history);
    }
    Ok(runs)
}

/// The folder of a story; `None` where there is no shared test data, and none was promised.
fn folder(name: &str) -> Option<PathBuf> {
    let promised = env::var_os("SEMPRE_SHARED").map(PathBuf::from);
    let is_promised = promised.is_some();
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = promised.unwrap_or_else(beside).join("stories").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(!is_promised, "{} is missing", folder.display());
    #[expect(clippy::print_stderr, reason = "says why nothing is compared")]
    {
        eprintln!("skipped: there is no story {name} beside the project");
    }
    None
}

/// The histories of a story that the server wrote.
fn recorded(folder: &Path) -> Outcome<Told> {
    let mut runs = Told::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let is_json = path.extension().is_some_and(|it| it == "json");
        let Some(name) = stem.filter(|stem| is_json && !matches!(*stem, "outcome" | "describe"))
        else {
            continue;
        };
        let histories = TemporalHistory::from_json(&fs::read_to_string(&path)?)?;
        let [history] = &*histories else {
            return Err(format!("{} holds several histories", path.display()).into());
        };
        runs.insert(name.to_owned(), history.history().clone());
    }
    Ok(runs)
}

/// Shows the first line in which two histories differ, with all of both.
#[track_caller]
fn same(name: &str, ours: &str, theirs: &str) {
    let lines = ours.lines().zip(theirs.lines());
    let difference = lines.into_iter().find(|(our, their)| our != their);
    assert!(
        ours == theirs,
        "{name} differs, first at {difference:?}\nours:\n{ours}\ntheirs:\n{theirs}"
    );
}
