//! A run with its children, their children, and so on down: read off histories, level by level.
//!
//! A child goes on as the runs that follow it, so a node is a chain of runs, and has the children of all
//! of them. How a child stands is known to its parent, too: where no more is read, that is shown.

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use sempre::{
    Timestamp,
    client::{RequestError, UntypedHandle},
    model::{EventAttributes, EventId, RunId, WorkflowExecution},
};

use crate::{
    history::{RowKind, RowState, compact},
    problem::Problem,
    visit::Visit,
};

/// Bound: runs whose histories are read, and events of them after which no further level is.
const RUNS_MAX: usize = 200;
const EVENTS_MAX: usize = 200_000;
/// Bound: children of a node that are shown; of more, the way to the others.
const CHILDREN_MAX: usize = 50;
/// Bound: runs of a chain that are followed.
const CHAIN_MAX: usize = 20;
/// Bound: runs that are asked at the same time.
const ASKED_MAX: usize = 16;

/// A run, and all that has come of it. The first node is the run itself.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
}

/// A run with those that follow it.
#[derive(Debug)]
pub(crate) struct Node {
    /// The first of them, or the one that was asked for.
    pub(crate) execution: WorkflowExecution,
    pub(crate) workflow_type: String,
    /// How the last of them stands.
    pub(crate) state: RowState,
    pub(crate) began: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    /// How many runs were followed.
    pub(crate) runs: usize,
    /// Where its children are among the nodes.
    pub(crate) children: Vec<usize>,
    pub(crate) rest: Rest,
}

/// What of a node is not in the tree.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Rest {
    /// Nothing: all children are there.
    None,
    /// So many children, those of this run after this event first.
    Children(usize, WorkflowExecution, EventId),
    /// It was not read, because there is enough.
    Unread,
    /// It was read as far as its parent knows it, for this reason.
    Lost(String),
}

/// A child, as the history of its parent tells of it.
struct Child {
    /// The run of its parent, and the event that asked for it.
    asked_by: (WorkflowExecution, EventId),
    node: Node,
}

/// What the history of a run says.
struct Told {
    workflow_type: String,
    state: RowState,
    began: Timestamp,
    ended: Option<Timestamp>,
    children: Vec<Child>,
    next: Option<RunId>,
    events: usize,
}

/// The same of a chain of runs.
struct Chain {
    told: Told,
    runs: usize,
}

/// The run that is asked for, with all that has come of it: of its own children those after the event
/// `after`.
pub(crate) async fn grow(visit: &Visit) -> Result<Tree, Problem> {
    let after = visit.fields.text("after").map(str::parse).transpose();
    let after = after.map_err(|_| Problem::bad_request("after is not the number of an event"))?;
    let root = visit.target()?.describe().await?.execution;
    let chain = follow(
        visit.at(&root),
        root.clone(),
        EventId::new(after.unwrap_or(0)),
    )
    .await?;
    let mut tree = Tree { nodes: Vec::new() };
    tree.nodes.push(Node::of(root, &chain.told));
    let mut read = (chain.runs, chain.told.events);
    let mut level = tree.branch(0, chain);
    // Bound: each turn reads runs, of which there are so many at most.
    while !level.is_empty() {
        let room = if read.1 < EVENTS_MAX {
            RUNS_MAX.saturating_sub(read.0)
        } else {
            0
        };
        let unread = level.split_off(level.len().min(room));
        for index in unread {
            tree.set(index, Rest::Unread);
        }
        let chains = tree.read(visit, &level).await;
        let mut next = Vec::new();
        for (index, chain) in chains {
            match chain {
                Ok(chain) => {
                    read = (read.0 + chain.runs, read.1 + chain.told.events);
                    next.extend(tree.branch(index, chain));
                }
                Err(error) => tree.set(index, Rest::Lost(error.to_string())),
            }
        }
        level = next;
    }
    Ok(tree)
}

impl Tree {
    fn set(&mut self, index: usize, rest: Rest) {
        if let Some(node) = self.nodes.get_mut(index) {
            node.rest = rest;
        }
    }

    /// Reads the runs of these nodes.
    async fn read(
        &self,
        visit: &Visit,
        level: &[usize],
    ) -> Vec<(usize, Result<Chain, RequestError>)> {
        let nodes = level
            .iter()
            .filter_map(|index| Some((*index, self.nodes.get(*index)?)));
        // Which run a child is, is not known before it has started.
        let nodes = nodes.filter(|(_, node)| node.execution.run_id != RunId::default());
        let reads: Vec<BoxFuture<'static, _>> = nodes
            .map(|(index, node)| {
                let (handle, run) = (visit.at(&node.execution), node.execution.clone());
                async move { (index, follow(handle, run, EventId::default()).await) }.boxed()
            })
            .collect();
        stream::iter(reads).buffered(ASKED_MAX).collect().await
    }

    /// Puts what was read of a node into it; says where its children are.
    fn branch(&mut self, index: usize, chain: Chain) -> Vec<usize> {
        let first = self.nodes.len();
        let told = chain.told;
        let left_out = told.children.len().saturating_sub(CHILDREN_MAX);
        let mut rest = Rest::None;
        let mut children = Vec::new();
        for (child, place) in told.children.into_iter().take(CHILDREN_MAX).zip(first..) {
            let (run, event) = child.asked_by;
            if left_out > 0 {
                rest = Rest::Children(left_out, run, event);
            }
            self.nodes.push(child.node);
            children.push(place);
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.workflow_type = told.workflow_type;
            node.state = told.state;
            node.ended = told.ended;
            node.runs = chain.runs;
            node.children.clone_from(&children);
            node.rest = rest;
        }
        children
    }
}

impl Node {
    fn of(execution: WorkflowExecution, told: &Told) -> Self {
        Self {
            execution,
            workflow_type: told.workflow_type.clone(),
            state: told.state,
            began: told.began,
            ended: told.ended,
            runs: 1,
            children: Vec::new(),
            rest: Rest::None,
        }
    }
}

/// Reads a run and those that follow it.
async fn follow(
    handle: UntypedHandle,
    first: WorkflowExecution,
    after: EventId,
) -> Result<Chain, RequestError> {
    let mut chain = Chain {
        told: tell(&handle, &first, after).await?,
        runs: 1,
    };
    // Bound: each turn goes on by a run.
    while let Some(run_id) = chain.told.next.take()
        && chain.runs < CHAIN_MAX
    {
        let run = WorkflowExecution {
            workflow_id: first.workflow_id.clone(),
            run_id,
        };
        // One that was deleted, or that cannot be read, ends what is known.
        let Ok(later) = tell(&handle.clone().at_run(run_id), &run, EventId::default()).await else {
            break;
        };
        let told = &mut chain.told;
        told.state = later.state;
        told.ended = later.ended;
        told.next = later.next;
        told.events += later.events;
        told.children.extend(later.children);
        chain.runs += 1;
    }
    Ok(chain)
}

/// Reads a run.
async fn tell(
    handle: &UntypedHandle,
    run: &WorkflowExecution,
    after: EventId,
) -> Result<Told, RequestError> {
    let history = handle.history().await?;
    let rows = compact(&history);
    let itself = rows.first();
    let children = rows.iter().filter(|row| row.kind == RowKind::Child);
    let children = children.filter(|row| row.events.0 > after);
    let children = children.map(|row| Child {
        asked_by: (run.clone(), row.events.0),
        node: Node {
            execution: row.run.cloned().unwrap_or_else(|| WorkflowExecution {
                workflow_id: row.id.as_str().into(),
                run_id: RunId::default(),
            }),
            workflow_type: row.name.clone(),
            state: row.state,
            began: row.began,
            ended: row.ended,
            runs: 1,
            children: Vec::new(),
            rest: Rest::None,
        },
    });
    let last = history.events.last().map(|event| &event.attributes);
    Ok(Told {
        workflow_type: itself.map(|row| row.name.clone()).unwrap_or_default(),
        state: itself.map_or(RowState::Open, |row| row.state),
        began: itself.map(|row| row.began).unwrap_or_default(),
        ended: itself.and_then(|row| row.ended),
        children: children.collect(),
        next: last.and_then(EventAttributes::new_execution_run_id),
        events: history.events.len(),
    })
}
