//! What the runs of an environment have recorded, each by itself and held against the others.

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    time::Duration,
};

use sempre::{
    model::{
        EventAttributes as E, EventId, EventType, History, Lineage, RequestId, RunId, WorkflowId,
    },
    testing::TestEnvironment,
    workflow::{WorkflowHandlers, WorkflowRegistry},
};

/// How often each run of each execution has recorded each type of event, in the order of the
/// numbers.
///
/// Two kinds of event are left out. Those of workflow tasks, because a crash may divide into two
/// tasks what was one; and that another execution was asked to stop, because that may become known
/// when whoever asked has closed, where a crash delays the answer.
pub(crate) type Account = BTreeMap<WorkflowId, Vec<BTreeMap<EventType, usize>>>;

/// Histories by their runs.
type Histories = BTreeMap<RunId, History>;

/// Takes the account of all runs, once everything has arrived.
///
/// `W` is any of the workflows that `programs` knows.
///
/// # Errors
/// If a history breaks the grammar or is not what its program says to it, if two of them contradict
/// one another, or if a request is recorded twice.
pub(crate) async fn account<W: WorkflowHandlers>(
    env: &TestEnvironment,
    programs: &WorkflowRegistry,
) -> Result<Account, Box<dyn Error>> {
    env.skip(Duration::ZERO).await;
    let runs = env.engine().await.list("").await?.runs;
    let mut histories = Histories::new();
    for run in runs {
        let handle = env.workflow::<W>(run.workflow_id).at_run(run.run_id);
        let history = handle.history().await?;
        sempre_tests::check_history(&history, programs)?;
        histories.insert(run.run_id, history);
    }
    for (run_id, history) in &histories {
        check_chain(*run_id, history, &histories)?;
        check_family(*run_id, history, &histories)?;
        check_messages(*run_id, history, &histories)?;
        check_updates(history)?;
    }
    check_requests(&histories)?;
    let mut account = Account::new();
    for history in histories.into_values() {
        let counts = count(&history);
        let runs = account.entry(history.execution.workflow_id).or_default();
        runs.push(counts);
        runs.sort();
    }
    Ok(account)
}

fn count(history: &History) -> BTreeMap<EventType, usize> {
    let mut counts = BTreeMap::new();
    for event in history.attributes() {
        match event.event_type() {
            EventType::WorkflowTaskScheduled
            | EventType::WorkflowTaskStarted
            | EventType::WorkflowTaskCompleted
            | EventType::WorkflowTaskTimedOut
            | EventType::WorkflowTaskFailed
            | EventType::ExternalWorkflowExecutionCancelRequested => {}
            event_type => *counts.entry(event_type).or_default() += 1,
        }
    }
    counts
}

/// A run and the one that follows it name one another.
fn check_chain(run_id: RunId, history: &History, histories: &Histories) -> Result<(), String> {
    if let Some(next) = successor(history) {
        let follows = histories.get(&next).and_then(lineage);
        let before = follows.and_then(|it| it.continued_execution_run_id);
        if before != Some(run_id) {
            return Err(format!(
                "run {run_id} names run {next}, which follows {before:?}"
            ));
        }
    }
    let Some(before) = lineage(history).and_then(|it| it.continued_execution_run_id) else {
        return Ok(());
    };
    match histories.get(&before).and_then(successor) {
        Some(next) if next == run_id => Ok(()),
        next => Err(format!(
            "run {run_id} follows run {before}, which names {next:?}"
        )),
    }
}

/// A child is there once if its parent has recorded that it was started, has ended as its parent
/// says, and is not there without having been asked for.
fn check_family(run_id: RunId, history: &History, histories: &Histories) -> Result<(), String> {
    let children = |asked: EventId| {
        let first_runs = histories.iter().filter(move |(_, child)| {
            lineage(child).is_some_and(|it| {
                let parent = it.parent_workflow_execution.as_deref();
                it.continued_execution_run_id.is_none()
                    && parent.is_some_and(|parent| parent.run_id == run_id)
                    && it.parent_initiated_event_id == asked
            })
        });
        first_runs.map(|(child, _)| *child).collect::<Vec<_>>()
    };
    for event in &history.events {
        match &event.attributes {
            E::StartChildWorkflowExecutionInitiated(_) if children(event.id).len() > 1 => {
                return Err(format!("run {run_id} has child {} twice", event.id));
            }
            E::StartChildWorkflowExecutionFailed(it) => {
                let found = children(it.initiated_event_id);
                if !found.is_empty() {
                    return Err(format!("run {run_id} knows nothing of child {found:?}"));
                }
            }
            E::ChildWorkflowExecutionStarted(it) => {
                let (said, found) = (
                    it.workflow_execution.run_id,
                    children(it.initiated_event_id),
                );
                if found != [said] {
                    return Err(format!("run {run_id} has child {said}, which is {found:?}"));
                }
            }
            said => check_end(run_id, said, &children, histories)?,
        }
    }
    check_is_asked_for(run_id, history, histories)
}

/// A child ends, for its parent, as the last run of its chain.
fn check_end(
    run_id: RunId,
    said: &E,
    children: &impl Fn(EventId) -> Vec<RunId>,
    histories: &Histories,
) -> Result<(), String> {
    let Some(asked) = said.ended_child() else {
        return Ok(());
    };
    let first = children(asked).first().and_then(|it| histories.get(it));
    let runs = std::iter::successors(first, |run| histories.get(&successor(run)?));
    let closed_as = runs.last().and_then(close).map(E::event_type);
    let expected = match said.event_type() {
        EventType::ChildWorkflowExecutionCompleted => EventType::WorkflowExecutionCompleted,
        EventType::ChildWorkflowExecutionFailed => EventType::WorkflowExecutionFailed,
        EventType::ChildWorkflowExecutionCanceled => EventType::WorkflowExecutionCanceled,
        EventType::ChildWorkflowExecutionTimedOut => EventType::WorkflowExecutionTimedOut,
        _ => EventType::WorkflowExecutionTerminated,
    };
    if closed_as == Some(expected) {
        return Ok(());
    }
    let said = said.event_type();
    Err(format!(
        "run {run_id} says {said} of child {asked}, which is {closed_as:?}"
    ))
}

fn check_is_asked_for(
    run_id: RunId,
    history: &History,
    histories: &Histories,
) -> Result<(), String> {
    let Some(parent) = lineage(history).and_then(|it| it.parent()) else {
        return Ok(());
    };
    let asked = histories.get(&parent.execution.run_id).and_then(|it| {
        it.events
            .iter()
            .find(|it| it.id == parent.initiated_event_id)
    });
    match asked.map(|event| event.event_type()) {
        Some(EventType::StartChildWorkflowExecutionInitiated) => Ok(()),
        other => Err(format!("run {run_id} is the child of {other:?}")),
    }
}

/// A signal to another execution is recorded there once if its sender says that it was delivered,
/// and not at all if it says that it was not.
fn check_messages(run_id: RunId, history: &History, histories: &Histories) -> Result<(), String> {
    let taken = |initiated: EventId| {
        let name = RequestId::from(format!("{run_id}/{initiated}/SIGNAL"));
        let events = histories.values().flat_map(History::attributes);
        let taken = events.filter(|event| match event {
            E::WorkflowExecutionSignaled(it) => it.request_id == name,
            _ => false,
        });
        taken.count()
    };
    for event in history.attributes() {
        let (initiated, expected) = match event {
            E::ExternalWorkflowExecutionSignaled(it) => (it.initiated_event_id, 1),
            E::SignalExternalWorkflowExecutionFailed(it) => (it.initiated_event_id, 0),
            _ => continue,
        };
        let taken = taken(initiated);
        if taken != expected {
            let said = event.event_type();
            return Err(format!(
                "run {run_id} says {said} of {initiated}, taken={taken}"
            ));
        }
    }
    Ok(())
}

/// An update is accepted once and completed once, in this order.
fn check_updates(history: &History) -> Result<(), String> {
    let (mut accepted, mut completed) = (BTreeMap::new(), BTreeSet::new());
    for event in &history.events {
        match &event.attributes {
            E::WorkflowExecutionUpdateAccepted(it) => {
                let before = accepted.insert(&it.protocol_instance_id, event.id);
                if before.is_some() {
                    return Err(format!(
                        "update {} is accepted twice",
                        it.protocol_instance_id
                    ));
                }
            }
            E::WorkflowExecutionUpdateCompleted(it) => {
                let is_first = completed.insert(&it.update_id);
                if !is_first || accepted.get(&it.update_id) != Some(&it.accepted_event_id) {
                    return Err(format!(
                        "update {} is completed twice, or early",
                        it.update_id
                    ));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// No request is recorded twice, neither in one run nor in two of an execution.
fn check_requests(histories: &Histories) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for history in histories.values() {
        for event in history.attributes() {
            let request_id = match event {
                // The runs of a chain have one request in common.
                E::WorkflowExecutionStarted(it)
                    if it.lineage.continued_execution_run_id.is_none() =>
                {
                    &it.request_id
                }
                E::WorkflowExecutionSignaled(it) => &it.request_id,
                E::WorkflowExecutionCancelRequested(it) => &it.request_id,
                _ => continue,
            };
            let workflow_id = &history.execution.workflow_id;
            let event_type = event.event_type();
            if !seen.insert((workflow_id, event_type, request_id)) {
                return Err(format!(
                    "{workflow_id}: {event_type} {request_id} is there twice"
                ));
            }
        }
    }
    Ok(())
}

fn lineage(history: &History) -> Option<&Lineage> {
    match history.attributes().next() {
        Some(E::WorkflowExecutionStarted(started)) => Some(&started.lineage),
        _ => None,
    }
}

fn close(history: &History) -> Option<&E> {
    history.attributes().last().filter(|it| it.closes_the_run())
}

fn successor(history: &History) -> Option<RunId> {
    close(history).and_then(E::new_execution_run_id)
}
