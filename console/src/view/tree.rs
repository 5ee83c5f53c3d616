//! A run with its children, and theirs, as a tree.

use maud::{Markup, html};

use super::{
    Content, history,
    patience::{before_long, not_yet, patience},
    run, text,
};
use crate::{
    fields::link,
    problem::Problem,
    route::Page,
    tree::{self, Node, Rest, Tree},
    visit::Visit,
};

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let described = visit.target()?.describe().await?;
    let tree = before_long(patience(visit), tree::grow(visit)).await;
    let tree = tree.transpose()?;
    let main = html! {
        (run::heading(visit, &described, Page::Tree, ""))
        section data-live="tree" {
            @match &tree {
                None => { (not_yet(visit, Page::Tree)) }
                Some(tree) => { (drawn(visit, tree)) }
            }
        }
    };
    let title = format!("Tree of {}", described.execution.workflow_id);
    Ok(Content::new(title, main))
}

fn drawn(visit: &Visit, tree: &Tree) -> Markup {
    let is_alone = tree.nodes.len() == 1;
    html! {
        @if visit.fields.text("after").is_some() { p.muted { "Later children alone." } }
        @if is_alone { p.muted { "This run has no children." } }
        @if let Some(root) = tree.nodes.first() { ul.tree { (branch(visit, tree, root)) } }
    }
}

fn branch(visit: &Visit, tree: &Tree, node: &Node) -> Markup {
    let children: Vec<&Node> = node
        .children
        .iter()
        .filter_map(|it| tree.nodes.get(*it))
        .collect();
    html! {
        li {
            div.node {
                (history::state(node.state))
                span { (text::run(visit, &node.execution)) }
                span.muted { (node.workflow_type) }
                @if node.runs > 1 { span.tag { (text::count(node.runs, "run", "runs")) } }
                span.muted { (text::at(visit, node.began)) }
                @if node.ended.is_some() { span.muted { "took " (text::took(node.began, node.ended)) } }
            }
            @if !children.is_empty() { ul { @for child in children { (branch(visit, tree, child)) } } }
            (rest(node))
        }
    }
}

/// What there is more, and the way to it.
fn rest(node: &Node) -> Markup {
    let id = node.execution.workflow_id.as_str();
    let at = |id: &str, run: String, after: String| {
        link("tree", &[("id", id), ("run", &run), ("after", &after)])
    };
    html! {
        @match &node.rest {
            Rest::None => {}
            Rest::Children(count, run, event) => {
                p { a href=(at(run.workflow_id.as_str(), run.run_id.to_string(), event.to_string())) {
                    (text::count(*count, "more child", "more children"))
                } }
            }
            Rest::Unread => {
                p { a href=(at(id, node.execution.run_id.to_string(), String::new())) { "Go on from here" } }
            }
            Rest::Lost(cause) => { p.cause { (super::layout::capitalized(cause)) } }
        }
    }
}
