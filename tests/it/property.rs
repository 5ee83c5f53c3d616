//! Search attributes, memo and words for people: given at a start, changed by the program, kept over
//! a chain, shown, and found.

use std::time::Duration;

use sempre::{
    Canceled, SearchAttribute, Timestamp, Workflow, WorkflowContext,
    client::{ListRunsError, StartWorkflowError},
    handlers,
    model::{
        EventAttributes, EventType, History, MemoUpdate, RetryPolicy, SearchAttributeUpdate,
        SearchAttributeValue, SearchAttributes,
    },
    runtime::{EngineBuilder, StartEngineError},
    storage::MemoryStore,
};
use sempre_tests::{Outcome, Scenario, World, block_on, problems, workflow::Echo};

const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");
const NOTE: SearchAttribute<String> = SearchAttribute::text("Note");
const AMOUNT: SearchAttribute<i64> = SearchAttribute::int("Amount");
const RATE: SearchAttribute<f64> = SearchAttribute::double("Rate");
const PAID: SearchAttribute<bool> = SearchAttribute::bool("Paid");
const DUE: SearchAttribute<Timestamp> = SearchAttribute::datetime("Due");
const TAGS: SearchAttribute<Vec<String>> = SearchAttribute::keyword_list("Tags");

fn with_attributes(engine: EngineBuilder) -> EngineBuilder {
    engine
        .search_attribute(CUSTOMER)
        .search_attribute(NOTE)
        .search_attribute(AMOUNT)
        .search_attribute(RATE)
        .search_attribute(PAID)
        .search_attribute(DUE)
        .search_attribute(TAGS)
}

fn all_seven() -> [SearchAttributeUpdate; 7] {
    [
        CUSTOMER.set("ada"),
        NOTE.set("The quick brown fox"),
        AMOUNT.set(12),
        RATE.set(1.5),
        PAID.set(true),
        DUE.set(Timestamp::from_secs(1_767_323_045)),
        TAGS.set(["x", "y"].map(String::from)),
    ]
}

/// What a folder is told to do next.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
enum Step {
    /// Give a customer.
    Customer(String),
    /// Take the customer away.
    NoCustomer,
    /// Give an amount.
    Amount(i64),
    /// Give so many tags.
    Tags(usize, String),
    /// Give a value to an attribute that no engine knows.
    Unknown,
    /// Write into the memo.
    Memo(String, Option<String>),
    /// Continue as new with these steps, and with memo and attributes of its own if it says so.
    Continue(Vec<Step>, bool),
    /// Sleep for a second.
    Pause,
    /// Fail the first attempt.
    FailOnce,
}

/// Does what it is told, and returns what it can be found by and what it carries.
#[derive(Workflow, Default)]
struct Folder;

#[derive(Debug, sempre::Failure, derive_more::Display, derive_more::Error)]
enum FolderError {
    #[display("the first attempt")]
    First,
    #[display("canceled")]
    Canceled,
}

impl From<Canceled> for FolderError {
    fn from(_: Canceled) -> Self {
        Self::Canceled
    }
}

#[handlers]
impl Folder {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, steps: Vec<Step>) -> Result<String, FolderError> {
        for step in steps {
            match step {
                Step::Customer(name) => ctx.upsert_search_attributes([CUSTOMER.set(name)]),
                Step::NoCustomer => ctx.upsert_search_attributes([CUSTOMER.unset()]),
                Step::Amount(amount) => ctx.upsert_search_attributes([AMOUNT.set(amount)]),
                Step::Tags(count, tag) => {
                    ctx.upsert_search_attributes([TAGS.set(vec![tag; count])]);
                }
                Step::Unknown => {
                    ctx.upsert_search_attributes([SearchAttribute::<i64>::int("Nobody").set(1)]);
                }
                Step::Memo(name, value) => ctx.upsert_memo([MemoUpdate::set(name, value)]),
                Step::Pause => ctx.sleep(Duration::from_secs(1)).await?,
                Step::FailOnce if ctx.info().attempt == 1 => return Err(FolderError::First),
                Step::FailOnce => {}
                Step::Continue(steps, false) => match ctx.continue_as_new(steps).await {},
                Step::Continue(steps, true) => {
                    let next = ctx.continue_as_new(steps);
                    let next = next.memo([MemoUpdate::set("own", "yes")]);
                    match next.search_attributes([CUSTOMER.set("grace")]).await {}
                }
            }
        }
        let info = ctx.info();
        let memo: Vec<_> = info.memo.iter().map(|(name, _)| name.to_owned()).collect();
        let customer = info.search_attributes.get(CUSTOMER);
        let amount = info.search_attributes.get(AMOUNT);
        Ok(format!("{customer:?} {amount:?} {memo:?}"))
    }
}

fn folders() -> Scenario {
    Scenario::of::<Folder>().with(with_attributes)
}

fn types(history: &History) -> Vec<EventType> {
    let attributes = history.attributes();
    attributes.map(EventAttributes::event_type).collect()
}

async fn found(world: &World, filter: &str) -> Result<Vec<String>, ListRunsError> {
    let page = world.engine().list(filter).await?;
    let ids = page.runs.iter().map(|run| run.workflow_id.to_string());
    let mut ids: Vec<_> = ids.collect();
    // Several threads number their runs in their order to the millisecond.
    ids.sort();
    Ok(ids)
}

#[test]
fn a_start_brings_attributes_of_all_seven_types_a_memo_and_words_for_people() -> Outcome {
    folders().run(async |world| {
        let folder = world.workflow::<Folder>("folder").start(vec![]);
        let folder = folder
            .search_attributes(all_seven())
            .memo("desk", "north")
            .memo("drawer", 3)
            .summary("a folder")
            .details("of *some* use");
        let folder = folder.await?;
        let result = folder.result().await?;
        assert_eq!(result, r#"Some("ada") Some(12) ["desk", "drawer"]"#);

        let description = folder.describe().await?;
        let attributes = &description.search_attributes;
        let given: SearchAttributes = all_seven().into_iter().collect();
        assert_eq!(*attributes, given);
        assert_eq!(attributes.get(TAGS), Some(vec!["x".into(), "y".into()]));
        assert_eq!(
            attributes.get(DUE),
            Some(Timestamp::from_secs(1_767_323_045))
        );
        assert_eq!(description.memo.get::<u32>("drawer")?, Some(3));
        assert_eq!(description.memo.get::<u32>("shelf")?, None);
        assert!(description.memo.get::<u32>("desk").is_err());
        assert_eq!(description.user_metadata.summary, "a folder");
        assert_eq!(description.user_metadata.details, "of *some* use");

        let listed = world
            .engine()
            .list("Customer = 'ada'")
            .await?
            .runs
            .remove(0);
        assert_eq!(listed.search_attribute(RATE), Some(1.5));
        assert_eq!(listed.search_attribute(PAID), Some(true));
        assert_eq!(listed.search_attributes.len(), 7);
        Ok(())
    })
}

#[test]
fn runs_are_found_by_attributes_of_all_seven_types() -> Outcome {
    folders().run(async |world| {
        let full = world.workflow::<Folder>("full").start(vec![]);
        full.search_attributes(all_seven()).await?.result().await?;
        let half = world.workflow::<Folder>("half").start(vec![]);
        let half = half.search_attributes([CUSTOMER.set("bob"), AMOUNT.set(-5)]);
        half.await?.result().await?;
        world
            .workflow::<Folder>("bare")
            .start(vec![])
            .await?
            .result()
            .await?;

        for (filter, expected) in [
            ("Customer = 'ada' AND Amount > 10", &["full"][..]),
            ("Customer != 'ada'", &["half"]),
            ("Customer STARTS_WITH 'b'", &["half"]),
            ("Customer IN ('ada', 'bob')", &["full", "half"]),
            ("Customer IS NULL", &["bare"]),
            ("Note = 'fox'", &["full"]),
            ("Note = 'hound'", &[]),
            ("Amount BETWEEN -10 AND 0", &["half"]),
            ("Rate >= 1.5 AND Rate < 2", &["full"]),
            ("Paid = true", &["full"]),
            ("Paid IS NOT NULL", &["full"]),
            ("Due = '2026-01-02T03:04:05Z'", &["full"]),
            ("Due < '2026-01-02T00:00:00Z'", &[]),
            ("Tags = 'y' AND Tags = 'x'", &["full"]),
            ("Tags != 'x'", &["bare", "half"]),
            (
                "TemporalReportedProblems IS NULL AND Amount = 12",
                &["full"],
            ),
        ] {
            assert_eq!(found(world, filter).await?, expected, "{filter}");
            let count = world.engine().count(filter).await?;
            assert_eq!(count.total, expected.len() as u64, "{filter}");
        }
        for (filter, refusal) in [
            ("Amount = '12'", "expected a whole number without quotes"),
            (
                "Note STARTS_WITH 'The'",
                "Note is of type Text, which has no STARTS_WITH",
            ),
            ("Tags > 'x'", "Tags is of type KeywordList, which has no >"),
            ("Custmer = 'ada'", "did you mean Customer?"),
        ] {
            let refused = found(world, filter).await.expect_err(filter).to_string();
            assert!(refused.contains(refusal), "{filter}: {refused}");
        }
        Ok(())
    })
}

#[test]
fn a_program_changes_what_its_run_can_be_found_by() -> Outcome {
    folders().run(async |world| {
        let steps = vec![
            Step::Customer("two".into()),
            Step::Amount(2),
            Step::Pause,
            Step::NoCustomer,
        ];
        let folder = world.workflow::<Folder>("folder").start(steps);
        let folder = folder.search_attributes([CUSTOMER.set("one")]).await?;
        assert_eq!(found(world, "Customer = 'one'").await?, [""; 0]);
        assert_eq!(
            found(world, "Customer = 'two' AND Amount = 2").await?,
            ["folder"]
        );
        world.pass_seconds(1).await;
        assert_eq!(folder.result().await?, "None Some(2) []");
        assert_eq!(
            found(world, "Customer IS NULL AND Amount = 2").await?,
            ["folder"]
        );
        let upserts = types(&folder.history().await?);
        let upserts = upserts
            .iter()
            .filter(|it| **it == EventType::UpsertWorkflowSearchAttributes);
        assert_eq!(upserts.count(), 3);
        Ok(())
    })
}

#[test]
fn a_program_changes_its_memo() -> Outcome {
    folders().run(async |world| {
        let text = |text: &str| Some(text.to_owned());
        let steps = vec![
            Step::Memo("a".into(), text("1")),
            Step::Memo("b".into(), text("two")),
            Step::Pause,
            Step::Memo("a".into(), None),
            Step::Memo("c".into(), text("3")),
        ];
        let folder = world
            .workflow::<Folder>("folder")
            .start(steps)
            .memo("m", "v");
        let folder = folder.await?;
        let memo = folder.describe().await?.memo;
        assert_eq!(memo.get::<String>("a")?, text("1"));
        world.pass_seconds(1).await;
        assert_eq!(folder.result().await?, r#"None None ["b", "c", "m"]"#);
        let memo = folder.describe().await?.memo;
        let names: Vec<_> = memo.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["b", "c", "m"]);
        Ok(())
    })
}

#[test]
fn a_run_that_continues_as_new_hands_on_what_it_has_unless_it_says_otherwise() -> Outcome {
    folders().run(async |world| {
        let own = Step::Continue(vec![], true);
        let steps = vec![
            Step::Customer("two".into()),
            Step::Memo("b".into(), Some("two".into())),
            Step::Pause,
            Step::Continue(vec![Step::Pause, own], false),
        ];
        let folder = world.workflow::<Folder>("folder").start(steps);
        let folder = folder.search_attributes([AMOUNT.set(1)]).memo("m", "v");
        let folder = folder.await?;
        world.pass_seconds(1).await;
        assert_eq!(
            found(
                world,
                "Customer = 'two' AND Amount = 1 AND ExecutionStatus = 'Running'"
            )
            .await?,
            ["folder"]
        );
        let memo = folder.describe().await?.memo;
        assert_eq!(memo.len(), 2);
        world.pass_seconds(1).await;
        assert_eq!(folder.result().await?, r#"Some("grace") None ["own"]"#);
        Ok(())
    })
}

#[test]
fn a_run_that_is_tried_again_begins_with_what_the_first_was_started_with() -> Outcome {
    folders().run(async |world| {
        let steps = vec![Step::Customer("two".into()), Step::FailOnce];
        let folder = world.workflow::<Folder>("folder").start(steps);
        let folder = folder
            .search_attributes([AMOUNT.set(1)])
            .memo("m", "v")
            .retry(RetryPolicy::default().max_attempts(2));
        let folder = folder.await?;
        world.pass_seconds(1).await;
        assert_eq!(folder.result().await?, r#"Some("two") Some(1) ["m"]"#);
        let second = world.started().pop().ok_or("a second run")?;
        let history = world.history(second).await?;
        let Some(EventAttributes::WorkflowExecutionStarted(started)) = history.attributes().next()
        else {
            return Err("a history begins with its start".into());
        };
        assert_eq!(started.search_attributes.get(CUSTOMER), None);
        assert_eq!(started.search_attributes.get(AMOUNT), Some(1));
        Ok(())
    })
}

#[test]
fn a_start_with_an_attribute_that_does_not_fit_is_refused_with_its_name() -> Outcome {
    folders().run(async |world| {
        let text = |text: &str| SearchAttributeValue::Keyword(text.to_owned());
        let long = "x".repeat(2 * 1024);
        let many = (0..101).map(|number| format!("Amount{number}"));
        let many = many.map(|name| SearchAttributeUpdate::new(name, &text("x")));
        for (attributes, name, problem) in [
            (
                vec![SearchAttributeUpdate::new("Custmer", &text("ada"))],
                "Custmer",
                "this engine does not know it",
            ),
            (
                vec![SearchAttributeUpdate::new("Amount", &text("12"))],
                "Amount",
                "it is of type Int, and was given as Keyword",
            ),
            (
                vec![RATE.set(f64::NAN)],
                "Rate",
                "its value is none of type Double",
            ),
            (
                vec![CUSTOMER.set(long)],
                "Customer",
                "its value is too large limit=2048 actual=2050",
            ),
            (many.collect(), "Amount0", "this engine does not know it"),
        ] {
            let start = world.workflow::<Folder>("folder").start(vec![]);
            let refused = start.search_attributes(attributes).await;
            let Err(StartWorkflowError::SearchAttribute {
                name: found,
                problem: said,
            }) = refused
            else {
                return Err(format!("{name}: {refused:?}").into());
            };
            assert_eq!(found, name);
            assert!(said.contains(problem), "{said}");
        }
        assert_eq!(found(world, "").await?, [""; 0]);
        Ok(())
    })
}

#[test]
fn a_run_has_so_many_attributes_and_no_more() -> Outcome {
    let names: &'static [String] = Box::leak(
        (0..101)
            .map(|number| format!("Attribute{number:03}"))
            .collect(),
    );
    let declared = move |engine: EngineBuilder| {
        let names = names.iter();
        names.fold(engine, |engine, name| {
            engine.search_attribute(SearchAttribute::keyword(name))
        })
    };
    Scenario::of::<Folder>().with(declared).run(async |world| {
        let attributes = |count: usize, value: &str| {
            let value = SearchAttributeValue::Keyword(value.to_owned());
            let names = names.iter().take(count);
            names
                .map(|name| SearchAttributeUpdate::new(name.as_str(), &value))
                .collect::<Vec<_>>()
        };
        let start = |attributes: Vec<SearchAttributeUpdate>| {
            let start = world.workflow::<Folder>("folder").start(vec![]);
            start.search_attributes(attributes)
        };
        let refused = start(attributes(101, "x")).await.expect_err("too many");
        assert_eq!(
            refused.to_string(),
            "search attribute Attribute100: the run would have too many search attributes \
             limit=100 actual=101"
        );
        let refused = start(attributes(25, &"x".repeat(2_000))).await;
        let refused = refused.expect_err("too large").to_string();
        assert!(
            refused.contains("would be too large limit=40960"),
            "{refused}"
        );
        start(attributes(100, "x")).await?.result().await?;
        Ok(())
    })
}

#[test]
fn a_program_that_names_an_attribute_nobody_knows_waits_until_it_is_declared() -> Outcome {
    folders().run_unchecked(async |world| {
        let steps = vec![Step::Unknown, Step::Pause];
        let folder = world.workflow::<Folder>("folder").start(steps).await?;
        let told = problems(&folder.describe().await?);
        let [told] = told.as_slice() else {
            return Err(format!("{told:?}").into());
        };
        assert!(told.contains("BAD_SEARCH_ATTRIBUTES"), "{told}");
        assert!(told.contains("search attribute Nobody: "), "{told}");
        world
            .restart_with(|engine| engine.search_attribute(SearchAttribute::int("Nobody")))
            .await?;
        world
            .until(&world.workflow::<Folder>("folder"), |it| {
                it.problems.is_empty()
            })
            .await?;
        assert_eq!(found(world, "Nobody = 1").await?, ["folder"]);
        Ok(())
    })
}

#[test]
fn a_program_that_gives_too_large_a_value_fails_its_task_with_the_name() -> Outcome {
    folders().run_unchecked(async |world| {
        let steps = vec![Step::Tags(300, "0123456789".into())];
        let folder = world.workflow::<Folder>("folder").start(steps).await?;
        let told = problems(&folder.describe().await?).join("\n");
        assert!(
            told.contains("search attribute Tags: its value is too large"),
            "{told}"
        );
        Ok(())
    })
}

#[test]
fn a_tool_starts_any_workflow_with_attributes_it_knows_by_name() -> Outcome {
    let scenario = Scenario::of::<Echo>().with(with_attributes);
    scenario.run(async |world| {
        let value = SearchAttributeValue::Int(7);
        let start = world
            .engine()
            .execution("echo")
            .start("Echo", &"x".to_owned());
        let start = start.search_attributes([SearchAttributeUpdate::new("Amount", &value)]);
        let echo = start.memo("m", "v").summary("from a tool").await?;
        assert_eq!(echo.result::<String>().await?, "x");
        assert_eq!(found(world, "Amount = 7").await?, ["echo"]);
        Ok(())
    })
}

#[test]
fn what_a_run_can_be_found_by_is_on_disk_with_what_changed_it() -> Outcome {
    folders().run_unchecked(async |world| {
        let steps = vec![Step::Customer("two".into()), Step::Pause];
        world.workflow::<Folder>("folder").start(steps).await?;
        assert_eq!(found(world, "Customer = 'two'").await?, ["folder"]);
        world.crash_and_restart().await?;
        assert_eq!(found(world, "Customer = 'two'").await?, ["folder"]);
        world.pass_seconds(1).await;
        let folder = world.workflow::<Folder>("folder");
        assert_eq!(folder.result().await?, r#"Some("two") None []"#);
        assert_eq!(found(world, "Customer = 'two'").await?, ["folder"]);
        Ok(())
    })
}

#[test]
fn an_engine_refuses_attributes_that_cannot_be_asked_for() -> Outcome {
    block_on(async {
        let engine = || sempre::Engine::on_store(std::sync::Arc::new(MemoryStore::new()));
        for (builder, problem) in [
            (
                engine().search_attribute(SearchAttribute::keyword("WorkflowId")),
                "every run has a field of this name",
            ),
            (
                engine().search_attribute(SearchAttribute::int("BuildIds")),
                "it is known with another type",
            ),
            (
                engine()
                    .search_attribute(CUSTOMER)
                    .search_attribute(SearchAttribute::int("Customer")),
                "it is known with another type",
            ),
            (
                engine().search_attribute(SearchAttribute::int("")),
                "its name is empty or too long",
            ),
        ] {
            let refused = builder.start().await;
            let Err(StartEngineError::SearchAttribute { problem: said, .. }) = refused else {
                return Err(format!("{problem}: {refused:?}").into());
            };
            assert_eq!(said, problem);
        }
        let twice = engine()
            .search_attribute(CUSTOMER)
            .search_attribute(CUSTOMER);
        twice.start().await?.shutdown().await;
        Ok(())
    })
}
