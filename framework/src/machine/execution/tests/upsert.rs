//! Search attributes, memo and markers (2.9, 2.10).

use crate::{
    machine::execution::{
        decide::{self, WorkflowTaskOutcome},
        tests::script::{Run, bulky, completion, secs, task_start},
    },
    model::{
        CHANGE_VERSION, Command, ContinueAsNew, EventAttributes, EventType, Memo, MemoUpdate,
        RecordMarker, SearchAttribute, SearchAttributeSchema, SearchAttributeUpdate,
        SearchAttributeValue, SearchAttributes, StartOptions, event::workflow_task::FailedCause,
    },
};

const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");

fn schema() -> SearchAttributeSchema {
    let mut schema = SearchAttributeSchema::default();
    schema.declare(CUSTOMER.name(), CUSTOMER.value_type());
    schema
}

fn upsert(changes: impl IntoIterator<Item = SearchAttributeUpdate>) -> Command {
    Command::UpsertWorkflowSearchAttributes {
        search_attributes: changes.into_iter().collect(),
    }
}

fn memo(changes: impl IntoIterator<Item = MemoUpdate>) -> Memo {
    let changes = changes.into_iter().map(MemoUpdate::into_parts);
    changes.collect::<Result<_, _>>().expect("values of a memo")
}

/// A workflow task of an engine that knows one attribute.
#[track_caller]
fn task(run: &mut Run, commands: Vec<Command>) -> WorkflowTaskOutcome {
    run.decide(|draft| {
        decide::start_workflow_task(draft, task_start())?;
        let mut answer = completion(commands);
        answer.schema = schema();
        decide::complete_workflow_task(draft, answer)
    })
    .expect("a workflow task that can be run")
}

fn patches(ids: &[&str]) -> SearchAttributeUpdate {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    SearchAttributeUpdate::new(CHANGE_VERSION, &SearchAttributeValue::KeywordList(ids))
}

#[test]
fn changes_are_events_and_the_state_is_what_they_come_to() {
    let mut run = Run::started_with(StartOptions {
        memo: memo([MemoUpdate::set("m", 1)]),
        ..StartOptions::default()
    });
    let mark = run.mark();
    let commands = vec![
        Command::ModifyWorkflowProperties {
            upserted_memo: memo([MemoUpdate::set("n", 2), MemoUpdate::unset("m")]),
        },
        upsert([CUSTOMER.set("ada")]),
        upsert([CUSTOMER.set("grace")]),
    ];
    assert_eq!(task(&mut run, commands), WorkflowTaskOutcome::Completed);
    assert_eq!(
        run.since(mark)[2..],
        [
            EventType::WorkflowPropertiesModified,
            EventType::UpsertWorkflowSearchAttributes,
            EventType::UpsertWorkflowSearchAttributes,
        ]
    );
    assert_eq!(run.state.memo(), &memo([MemoUpdate::set("n", 2)]));
    let attributes = run.state.search_attributes();
    assert_eq!(attributes.get(CUSTOMER), Some("grace".to_owned()));
}

#[test]
fn an_attribute_that_does_not_fit_fails_the_workflow_task_with_its_name() {
    let number = SearchAttributeValue::Int(1);
    for (change, message) in [
        (
            SearchAttributeUpdate::new("Custmer", &number),
            "UpsertWorkflowSearchAttributes: search attribute Custmer: this engine does not know \
             it: declare it with EngineBuilder::search_attribute command_index=0",
        ),
        (
            SearchAttributeUpdate::new("Customer", &number),
            "UpsertWorkflowSearchAttributes: search attribute Customer: it is of type Keyword, \
             and was given as Int command_index=0",
        ),
    ] {
        let mut run = Run::started();
        let outcome = task(&mut run, vec![upsert([change])]);
        let cause = FailedCause::BadSearchAttributes;
        assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
        let failure = run.find(|it| match it {
            EventAttributes::WorkflowTaskFailed(it) => it.failure.clone(),
            _ => None,
        });
        assert_eq!(failure.message, message);
        assert_eq!(run.state.search_attributes(), &SearchAttributes::EMPTY);
    }
}

#[test]
fn the_next_run_of_a_chain_has_what_this_one_came_to_in_the_same_task_but_no_patches() {
    let mut run = Run::started();
    let commands = vec![
        upsert([patches(&["p1"])]),
        upsert([CUSTOMER.set("ada")]),
        Command::ModifyWorkflowProperties {
            upserted_memo: memo([MemoUpdate::set("m", "v")]),
        },
        Command::ContinueAsNewWorkflowExecution(ContinueAsNew::default()),
    ];
    assert_eq!(task(&mut run, commands), WorkflowTaskOutcome::Completed);
    let next = run.successor.clone().expect("a run that follows");
    assert_eq!(next.memo, memo([MemoUpdate::set("m", "v")]));
    let inherited: SearchAttributes = [CUSTOMER.set("ada")].into_iter().collect();
    assert_eq!(next.search_attributes, inherited);
}

#[test]
fn a_run_that_continues_with_attributes_of_its_own_has_no_others() {
    let mut run = Run::started();
    let own = ContinueAsNew {
        memo: Some(Memo::EMPTY),
        search_attributes: Some([CUSTOMER.set("grace")].into_iter().collect()),
        ..ContinueAsNew::default()
    };
    let commands = vec![
        upsert([CUSTOMER.set("ada")]),
        Command::ModifyWorkflowProperties {
            upserted_memo: memo([MemoUpdate::set("m", "v")]),
        },
        Command::ContinueAsNewWorkflowExecution(own),
    ];
    assert_eq!(task(&mut run, commands), WorkflowTaskOutcome::Completed);
    let next = run.successor.clone().expect("a run that follows");
    assert_eq!(next.memo, Memo::EMPTY);
    assert_eq!(next.search_attributes.get(CUSTOMER), Some("grace".into()));
}

#[test]
fn a_marker_is_an_event_and_changes_nothing_else() {
    let mut run = Run::started();
    let before = run.state.memo().clone();
    let marker = RecordMarker {
        user_metadata: None,
        marker_name: "noted".into(),
        details: [("data".to_owned(), bulky(10))].into(),
        failure: None,
    };
    let outcome = task(&mut run, vec![Command::RecordMarker(marker.clone())]);
    assert_eq!(outcome, WorkflowTaskOutcome::Completed);
    let EventAttributes::MarkerRecorded(recorded) = run.last() else {
        panic!("the marker is the last event");
    };
    assert_eq!(recorded.details, marker.details);
    assert_eq!(run.state.memo(), &before);
    // The run waits, and nothing is to be done about it.
    assert!(!run.state.workflow_task_is_startable(run.now));
    run.pass(secs(3_600));
    assert!(run.state.status().is_open());
}

#[test]
fn a_memo_or_a_marker_that_is_too_large_fails_the_workflow_task() {
    let mut large = Memo::default();
    large.insert("m", bulky(2 * 1024 * 1024).0.remove(0));
    let marker = RecordMarker {
        user_metadata: None,
        marker_name: "noted".into(),
        details: [("data".to_owned(), bulky(2 * 1024 * 1024))].into(),
        failure: None,
    };
    for (command, cause) in [
        (
            Command::ModifyWorkflowProperties {
                upserted_memo: large,
            },
            FailedCause::BadModifyWorkflowPropertiesAttributes,
        ),
        (
            Command::RecordMarker(marker),
            FailedCause::BadRecordMarkerAttributes,
        ),
        (
            Command::RecordMarker(RecordMarker::default()),
            FailedCause::BadRecordMarkerAttributes,
        ),
    ] {
        let mut run = Run::started();
        let outcome = task(&mut run, vec![command]);
        assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
    }
}
