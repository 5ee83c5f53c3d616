//! What a run says to the schedule that has started it, and when.

use super::script::{Run, complete_run, payloads, secs, start};
use crate::{
    machine::execution::{
        Message, MessageContent, MessageOutcome, Rejection,
        decide::{self, Inheritance, Start},
    },
    model::{
        Command, ContinueAsNew, ExecutionStatus, Failure, Payloads, RequestId, RunId, StartOptions,
        schedule::{
            ACTION_ENDED, ActionEnded, SCHEDULER_PREFIX, SCHEDULER_TYPE, action_request_id,
            scheduler_id,
        },
    },
};

fn request_id() -> RequestId {
    action_request_id("night@home", crate::model::Timestamp::from_secs(7), "/1/2")
}

/// A run that the schedule `night@home` has started.
fn action() -> Run {
    let mut run = Run::absent();
    let start = Start {
        request_id: request_id(),
        inheritance: Some(Box::new(Inheritance {
            last_completion_result: payloads("last"),
            continued_failure: None,
        })),
        ..start(StartOptions::default())
    };
    run.decide(|draft| decide::start(draft, start))
        .expect("a start");
    run
}

fn word(run: &Run) -> Option<Message> {
    run.state.first_messages().next().cloned()
}

fn ended(message: &Message) -> ActionEnded {
    let MessageContent::Signal { name, input, .. } = &message.content else {
        panic!("a signal: {message:?}")
    };
    assert_eq!(name.as_str(), ACTION_ENDED);
    input.decode().expect("what is told")
}

#[test]
fn a_run_tells_the_schedule_that_has_started_it_how_it_has_ended() {
    let mut run = action();
    let lineage = &run.state.started().expect("it has started").lineage;
    assert_eq!(lineage.last_completion_result, payloads("last"));
    run.task(vec![complete_run()]);
    let message = word(&run).expect("a word at its end");
    assert_eq!(message.receiver.workflow_id, scheduler_id("night@home"));
    assert_eq!(message.receiver.run_id, RunId::default());
    assert!(message.is_of_close());
    let ended = ended(&message);
    assert_eq!(ended.request_id, request_id());
    assert_eq!(ended.execution, run.state.execution());
    assert_eq!(
        (ended.status, ended.failure),
        (ExecutionStatus::Completed, None)
    );

    // Once that is answered, nothing is left to say.
    run.decide(|draft| decide::settle_message(draft, message.id, MessageOutcome::NotFound));
    assert_eq!(word(&run), None);
    assert!(!run.state.has_messages());
}

#[test]
fn a_run_that_fails_says_why_as_far_as_it_is_short() {
    let mut run = action();
    run.task(vec![Command::FailWorkflowExecution {
        failure: Failure::application("ß".repeat(2_000), "Luck"),
    }]);
    let ended = ended(&word(&run).expect("a word at its end"));
    assert_eq!(ended.status, ExecutionStatus::Failed);
    assert_eq!(ended.failure, Some("ß".repeat(500)));
}

#[test]
fn a_run_that_is_terminated_tells_as_well_and_one_that_goes_on_does_not() {
    let mut run = action();
    run.terminate();
    let told = ended(&word(&run).expect("a word at its end"));
    assert_eq!(told.status, ExecutionStatus::Terminated);

    let mut run = action();
    run.wait(secs(60));
    run.task(vec![Command::ContinueAsNewWorkflowExecution(
        ContinueAsNew::default(),
    )]);
    assert_eq!(word(&run), None, "its chain goes on");
    let successor = run.successor.clone().expect("a run that follows");
    assert_eq!(successor.request_id, request_id(), "which tells of the end");
}

#[test]
fn a_run_that_no_schedule_has_started_tells_none() {
    let mut run = Run::started();
    run.task(vec![complete_run()]);
    assert_eq!(word(&run), None);
}

#[test]
fn nobody_but_a_schedule_takes_the_names_of_one() {
    let named = |workflow_id: String, workflow_type: &str| {
        let mut start = start(StartOptions::default());
        start.execution.workflow_id = workflow_id.as_str().into();
        start.workflow_type = workflow_type.into();
        start.input = Payloads::EMPTY;
        start.check()
    };
    let refused = |answer| matches!(answer, Err(Rejection::Contradiction { .. }));
    let own = format!("{SCHEDULER_PREFIX}nightly");
    assert!(refused(named(own.clone(), "Fulfilment")));
    assert!(refused(named("nightly".to_owned(), SCHEDULER_TYPE)));
    assert_eq!(named(own, SCHEDULER_TYPE), Ok(()));
}
