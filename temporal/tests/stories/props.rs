//! Stories of memo and search attributes.

use std::time::Duration;

use crate::{
    program::properties,
    story::{CB, CD, CDT, CI, CK, CKL, CT, check, run, workflow_id},
};
use sempre::{
    Canceled, SearchAttribute, Timestamp, Workflow, WorkflowContext, client::StartWorkflow,
    handlers, model::MemoUpdate,
};

/// Says what it carries and one thing that it can be found by, as Python says it.
#[derive(Workflow, Default)]
struct Props;

#[handlers]
impl Props {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: String) -> Result<String, Canceled> {
        let pause = Duration::from_millis(100);
        match how.as_str() {
            "memo" => {
                ctx.upsert_memo([MemoUpdate::set("a", 1), MemoUpdate::set("b", "two")]);
                ctx.sleep(pause).await?;
                ctx.upsert_memo([MemoUpdate::unset("a"), MemoUpdate::set("c", [3])]);
            }
            "sa" => {
                ctx.upsert_search_attributes([CK.set("two"), CI.set(2)]);
                ctx.sleep(pause).await?;
                ctx.upsert_search_attributes([CK.unset()]);
            }
            "both" => {
                ctx.upsert_memo([MemoUpdate::set("a", 1)]);
                ctx.upsert_search_attributes([CI.set(5)]);
                ctx.upsert_memo([MemoUpdate::set("a", 2)]);
            }
            "sa_unknown" => {
                let unknown = SearchAttribute::<String>::keyword("Unknown1");
                ctx.upsert_search_attributes([unknown.set("x")]);
            }
            _ => {}
        }
        Ok(properties(&ctx.info()))
    }
}

#[track_caller]
fn told(name: &str, how: &str, options: impl Fn(StartWorkflow<Props>) -> StartWorkflow<Props>) {
    let name = format!("props/{name}");
    check(&name, async |env| {
        let props = env.workflow::<Props>(workflow_id(&name));
        let props = props.start(how.to_owned()).task_queue("tq-props");
        let props = options(props).await?;
        props.result().await?;
        run(&props).await
    });
}

#[test]
fn a_start_brings_a_memo_and_an_attribute_of_each_type() {
    told("start_with", "show", |start| {
        let attributes = [
            CB.set(true),
            CD.set(1.5),
            CDT.set(Timestamp::from_secs(1_767_323_045)),
            CI.set(1),
            CK.set("k"),
            CKL.set(["a", "b"].map(String::from)),
            CT.set("some text"),
        ];
        start
            .search_attributes(attributes)
            .memo("m", "v")
            .memo("n", 1)
    });
}

#[test]
fn a_program_sets_attributes_and_takes_one_away() {
    told("upsert_sa", "sa", |start| {
        start.search_attributes([CK.set("one")])
    });
}

#[test]
fn a_program_changes_its_memo() {
    told("upsert_memo", "memo", |start| start.memo("m", "v"));
}

#[test]
fn a_program_changes_both_in_one_task() {
    told("both", "both", |start| start);
}

#[test]
fn a_start_says_what_it_is_about() {
    told("start_metadata", "memo", |start| {
        start.summary("a summary").details("some details")
    });
}

#[test]
fn an_attribute_that_nobody_has_declared_fails_the_task() {
    let story = "props/upsert_unknown";
    check(story, async |env| {
        let props = env.workflow::<Props>(workflow_id(story));
        let props = props.start("sa_unknown".into()).task_queue("tq-props");
        run(&props.await?).await
    });
}
