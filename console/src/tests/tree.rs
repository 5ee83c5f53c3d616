//! A run with its children, and theirs.

use std::{sync::Arc, time::Duration};

use sempre::{
    ApplicationFailure, Engine, Workflow, WorkflowContext, client::DeleteWorkflowError, handlers,
    model::RetryPolicy, storage::MemoryStore,
};
use serde_json::json;

use super::world::{Outcome, World};

/// Has so many children, which have as many as is said next; the last ones take two runs.
#[derive(Workflow, Default)]
struct Family;

#[handlers]
impl Family {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, sizes: Vec<u32>) -> Result<u32, ApplicationFailure> {
        let id = ctx.info().execution.workflow_id.to_string();
        let Some((size, rest)) = sizes.split_first() else {
            return match ctx.info().attempt {
                1 => Err(ApplicationFailure::new("once more", "Again")),
                _ => Ok(0),
            };
        };
        for number in 0..*size {
            let child = ctx.child::<Self>(&*format!("{id}.{number}"));
            // However it ends, it was a child.
            let again = RetryPolicy::default().initial_interval(Duration::from_millis(1));
            let _end = child.retry(again).run(rest.to_vec()).await;
        }
        Ok(*size)
    }
}

async fn families(sizes: &[u32]) -> Outcome<World> {
    let engine = Engine::on_store(Arc::new(MemoryStore::new())).workflow::<Family>();
    let world = World::over(engine).await?;
    let start = world.engine.execution("ada").start("Family", &json!(sizes));
    start.await?.result::<u32>().await?;
    Ok(world)
}

#[actix::test]
async fn a_run_is_shown_with_all_that_has_come_of_it() -> Outcome {
    let world = families(&[2, 2]).await?;
    let page = world.get("tree?id=ada").await?.expect(200);
    assert_eq!(
        page.text.matches("class=\"node\"").count(),
        7,
        "{}",
        page.text
    );
    let page = page.says("ada.1.0").says("2 runs");
    // A node leads to its run.
    world
        .get(page.link("run?id=ada.1.0").replace("&amp;", "&").as_str())
        .await?
        .expect(200);
    let tree = world.get("api/tree?id=ada").await?.expect(200).json();
    assert_eq!(tree["state"], "Done");
    assert_eq!(tree["children"].as_array().map(Vec::len), Some(2));
    let leaf = &tree["children"][1]["children"][1];
    assert_eq!(leaf["execution"]["workflow_id"], "ada.1.1");
    assert_eq!((&leaf["state"], &leaf["runs"]), (&json!("Done"), &json!(2)));
    assert!(
        leaf["rest"].is_null() && leaf["ended"].is_string(),
        "{leaf}"
    );
    // A part of it is a tree, too.
    let part = world.get("api/tree?id=ada.1").await?.json();
    assert_eq!(part["children"].as_array().map(Vec::len), Some(2));
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn of_many_children_the_first_are_shown_and_the_way_to_the_others() -> Outcome {
    let world = families(&[60, 1, 1, 1]).await?;
    let tree = world.get("api/tree?id=ada").await?.json();
    assert_eq!(tree["children"].as_array().map(Vec::len), Some(50));
    assert_eq!(tree["rest"]["children"], 10);
    // Runs that are read are bounded as well: the rest is known by the parents.
    let deep = |tree: &serde_json::Value| tree.to_string().matches("\"unread\":true").count();
    assert!(deep(&tree) > 0);
    let page = world.get("tree?id=ada").await?.says("10 more children");
    let page = page.says("Go on from here");
    let more = page
        .text
        .split("href=\"tree?")
        .find(|it| it.contains("after="))
        .unwrap_or_default();
    let more = more
        .split('"')
        .next()
        .unwrap_or_default()
        .replace("&amp;", "&");
    let rest = world.get(&format!("tree?{more}")).await?.expect(200);
    let rest = rest.says("Later children alone").says("ada.59");
    assert!(!rest.text.contains("ada.49<"), "{}", rest.text);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn children_that_go_on_or_are_gone_are_shown_as_far_as_they_are_known() -> Outcome {
    let world = World::new().await?;
    let parent = world
        .engine
        .execution("parent")
        .start("Parent", &())
        .await?;
    let tree = world.until("api/tree?id=parent", "the-child").await?.json();
    let child = &tree["children"][0];
    assert_eq!(
        (&child["state"], &child["workflow_type"]),
        (&json!("Open"), &json!("Nap"))
    );
    parent.terminate("a test").await?;
    world
        .until("api/tree?id=the-child", "\"state\":\"Terminated\"")
        .await?;
    // It has to tell its parent of its end first.
    let child = world.engine.execution("the-child");
    while let Err(error) = child.delete().await {
        assert!(
            matches!(error, DeleteWorkflowError::StillOpen { .. }),
            "{error}"
        );
        tokio::task::yield_now().await;
    }
    let tree = world.until("api/tree?id=parent", "not found").await?.json();
    assert!(tree["children"][0]["rest"]["error"].is_string(), "{tree}");
    world
        .get("tree?id=parent")
        .await?
        .expect(200)
        .says("not found");
    world.get("tree?id=nobody").await?.expect(404);
    world.get("api/tree?id=parent&after=x").await?.expect(400);
    let alone = world.order("alone", "4242").await?;
    world.get("tree?id=alone").await?.says("has no children");
    alone.terminate("a test").await?;
    world.engine.shutdown().await;
    Ok(())
}
