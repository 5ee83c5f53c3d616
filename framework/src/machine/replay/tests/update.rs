//! Updates: told in the activation of the task that brought them, also when that is replayed.

use expect_test::expect;

use super::{
    journal::{HistoryBuilder, Journal},
    script::{Script, complete, start_timer},
};
use crate::{
    machine::replay::{ActivationJob, Program, ProgramCommand, Replayer},
    model::{
        EventAttributes, Failure, Header, Payloads,
        event::update::{self, Outcome, Request},
    },
};

fn request(update_id: &str) -> Request {
    Request {
        header: Header::EMPTY,
        update_id: update_id.into(),
        identity: "client".into(),
        name: "change".into(),
        input: Payloads::encode(&update_id).unwrap(),
    }
}

fn accept(update_id: &str) -> ProgramCommand {
    ProgramCommand::AcceptUpdate {
        request: Box::new(request(update_id)),
    }
}

fn answer(update_id: &str) -> ProgramCommand {
    ProgramCommand::CompleteUpdate {
        update_id: update_id.into(),
        outcome: Outcome::default(),
    }
}

fn reject(update_id: &str) -> ProgramCommand {
    ProgramCommand::RejectUpdate {
        update_id: update_id.into(),
        failure: Failure::application("no", "No"),
    }
}

fn journal(steps: impl Fn() -> Vec<Vec<ProgramCommand>> + 'static) -> Journal {
    Journal::new(
        move || Box::new(Script::new(steps())) as Box<dyn Program>,
        &(),
    )
}

/// Two updates in one task, the second of which is answered in a later one.
fn story() -> Vec<Vec<ProgramCommand>> {
    vec![
        vec![start_timer(1)],
        vec![accept("u1"), answer("u1"), accept("u2"), start_timer(2)],
        vec![answer("u2")],
        vec![complete()],
    ]
}

fn told(steps: fn() -> Vec<Vec<ProgramCommand>>) -> Journal {
    let mut run = journal(steps);
    run.task();
    run.history.signal("note", &());
    run.updates = vec![request("u1"), request("u2")];
    assert_eq!(
        run.task(),
        [
            "ProtocolMessage accept u1 change",
            "ProtocolMessage complete u1 ",
            "ProtocolMessage accept u2 change",
            "StartTimer 2 60s",
        ]
    );
    run.history.fire_timer("2");
    assert_eq!(run.task(), ["ProtocolMessage complete u2 "]);
    run
}

#[test]
fn live_replayed_and_evicted_programs_are_told_of_the_same_updates() {
    let mut run = told(story);
    run.history.fire_timer("1");
    assert_eq!(run.task(), ["CompleteWorkflowExecution"]);

    let script = Script::new(story());
    let activations = script.told();
    let mut replayer = Replayer::new(Box::new(script));
    replayer.handle_history(&run.history.events).unwrap();
    let jobs: Vec<Vec<String>> = activations
        .borrow()
        .iter()
        .map(|activation| activation.jobs.iter().map(name).collect())
        .collect();
    assert_eq!(jobs[1], ["signal", "u1 again", "u2 again"]);
    assert_eq!(jobs.len(), 4);
}

fn name(job: &ActivationJob) -> String {
    match job {
        ActivationJob::Signal { .. } => "signal".into(),
        ActivationJob::Update { request, validate } => {
            let which = if *validate { "anew" } else { "again" };
            format!("{} {which}", request.update_id)
        }
        _ => "other".into(),
    }
}

#[test]
fn a_rejected_update_is_no_command_and_no_part_of_the_history() {
    let mut run = journal(|| vec![vec![], vec![reject("u1"), accept("u2")]]);
    run.task();
    run.updates = vec![request("u1"), request("u2")];
    assert_eq!(run.task(), ["ProtocolMessage accept u2 change"]);
    let rejected: Vec<_> = run
        .rejected
        .iter()
        .map(|it| it.update_id.as_str())
        .collect();
    assert_eq!(rejected, ["u1"]);
}

/// What is said of code that answers a history of `story` otherwise.
#[track_caller]
fn refused(steps: Vec<Vec<ProgramCommand>>) -> String {
    let run = told(story);
    let mut replayer = Replayer::new(Box::new(Script::new(steps)));
    let failure = replayer.handle_history(&run.history.events).unwrap_err();
    let lines: Vec<_> = failure.failure.message.lines().take(4).collect();
    lines.join("\n")
}

#[test]
fn code_that_takes_an_update_no_more_does_not_match() {
    let steps = vec![vec![start_timer(1)], vec![]];
    expect![[r"
        [TMPRL1100] workflow code does not match its history
        - recorded:  event 10 WorkflowExecutionUpdateAccepted message=acceptance update_id=u1
        + attempted: nothing more
          likely cause: a call was removed from the code, or moved behind a wait, or the code depends on something that replay cannot repeat"]]
    .assert_eq(&refused(steps));
}

#[test]
fn code_that_answers_another_update_does_not_match() {
    let steps = vec![vec![start_timer(1)], vec![accept("u1"), answer("u2")]];
    expect![[r"
        [TMPRL1100] workflow code does not match its history
        - recorded:  event 11 WorkflowExecutionUpdateCompleted message=outcome update_id=u1
        + attempted: command 2 ProtocolMessage message=outcome update_id=u2
          differs:   update_id u1 -> u2"]]
    .assert_eq(&refused(steps));
}

#[test]
fn an_update_that_a_reset_asks_for_again_is_found_where_it_was_admitted() {
    let mut history = HistoryBuilder::start(&());
    history.push(update::Admitted {
        request: Some(request("u1")),
    });
    history.task();
    history.completed_now();
    history.push(update::Accepted {
        protocol_instance_id: "u1".into(),
        ..Default::default()
    });
    let script = Script::new(vec![vec![accept("u1")]]);
    let activations = script.told();
    let mut replayer = Replayer::new(Box::new(script));
    replayer.handle_history(&history.events).unwrap();
    let activations = activations.borrow();
    let Some(ActivationJob::Update { request: asked, .. }) = activations[0].jobs.last() else {
        panic!("{activations:?}");
    };
    assert_eq!(**asked, request("u1"));

    // Without it nobody knows what was accepted.
    history.events.remove(1);
    for (event, id) in history.events.iter_mut().zip(1..) {
        event.id = crate::model::EventId::new(id);
        if let EventAttributes::WorkflowTaskCompleted(completed) = &mut event.attributes {
            completed.started_event_id = crate::model::EventId::new(id - 1);
        }
    }
    let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
    let failure = replayer.handle_history(&history.events).unwrap_err();
    let message = failure.failure.message;
    assert!(
        message.contains("nothing says what was accepted"),
        "{message}"
    );
}
