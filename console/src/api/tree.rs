//! A run with its children, and theirs.

use serde_json::{Value, json};

use super::json::{execution, time, time_or_null};
use crate::{
    problem::Problem,
    tree::{Node, Rest, Tree, grow},
    visit::Visit,
};

pub(super) async fn tell(visit: &Visit) -> Result<Value, Problem> {
    let tree = grow(visit).await?;
    let root = tree.nodes.first();
    Ok(root.map(|root| branch(&tree, root)).unwrap_or_default())
}

fn branch(tree: &Tree, node: &Node) -> Value {
    let children = node.children.iter().filter_map(|it| tree.nodes.get(*it));
    let children: Vec<Value> = children.map(|child| branch(tree, child)).collect();
    json!({
        "execution": execution(&node.execution),
        "workflow_type": node.workflow_type,
        "state": node.state.name(),
        "began": time(node.began),
        "ended": time_or_null(node.ended),
        "runs": node.runs,
        "children": children,
        "rest": rest(&node.rest),
    })
}

/// What is left out, and where it is to be had.
fn rest(rest: &Rest) -> Value {
    match rest {
        Rest::None => Value::Null,
        Rest::Children(count, run, event) => json!({
            "children": count,
            "of": execution(run),
            "after": event.get(),
        }),
        Rest::Unread => json!({ "unread": true }),
        Rest::Lost(cause) => json!({ "error": cause }),
    }
}
