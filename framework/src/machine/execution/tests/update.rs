//! Updates (2.6).

use crate::{
    machine::execution::{
        Effect, Rejection, UpdateProgress,
        decide::{self, Admission, WorkflowTaskOutcome},
        tests::script::{Run, bulky},
    },
    model::{
        Command, EventId, EventType, ExecutionStatus, Header, Payloads,
        event::{
            update::{Outcome, Request},
            workflow_task::FailedCause,
        },
        limits,
    },
};

fn request(update_id: &str) -> Request {
    Request {
        header: Header::EMPTY,
        update_id: update_id.into(),
        identity: "client".into(),
        name: "change".into(),
        input: Payloads::EMPTY,
    }
}

fn accept(update_id: &str) -> Command {
    Command::AcceptUpdate {
        request: Box::new(request(update_id)),
    }
}

fn complete(update_id: &str) -> Command {
    Command::CompleteUpdate {
        update_id: update_id.into(),
        outcome: Outcome::default(),
    }
}

/// A run that waits, and has no workflow task to come.
fn waiting() -> Run {
    let mut run = Run::started();
    run.task(vec![]);
    run
}

/// Hands an update to the program, which answers with these commands.
#[track_caller]
fn offer(run: &mut Run, commands: Vec<Command>) -> WorkflowTaskOutcome {
    run.decide(decide::schedule_update).expect("an open run");
    run.task(commands)
}

#[test]
fn an_update_is_accepted_and_completed_behind_its_workflow_task() {
    let mut run = waiting();
    let mark = run.mark();
    offer(&mut run, vec![accept("u1"), complete("u1")]);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskScheduled,
            EventType::WorkflowTaskStarted,
            EventType::WorkflowTaskCompleted,
            EventType::WorkflowExecutionUpdateAccepted,
            EventType::WorkflowExecutionUpdateCompleted,
        ]
    );
    let event_id = EventId::new(9);
    let known = UpdateProgress::Completed { event_id };
    assert_eq!(run.state.update(&"u1".into()), Some(&known));
    let answered = Effect::CompleteUpdate {
        update_id: "u1".into(),
        outcome: Outcome::default(),
    };
    assert_eq!(run.effects, [answered]);
}

#[test]
fn an_update_that_was_accepted_is_known_also_when_the_run_has_closed() {
    let mut run = waiting();
    offer(&mut run, vec![accept("u1")]);
    let admitted = decide::admit_update(&run.state, &request("u1"));
    let Ok(Admission::Known(UpdateProgress::Accepted { identity, .. })) = admitted else {
        panic!("{admitted:?}");
    };
    assert_eq!(identity.as_str(), "client");
    run.terminate();
    assert!(matches!(
        decide::admit_update(&run.state, &request("u1")),
        Ok(Admission::Known(_))
    ));
    let status = ExecutionStatus::Terminated;
    assert_eq!(
        decide::admit_update(&run.state, &request("u2")),
        Err(Rejection::AlreadyClosed { status })
    );
}

#[test]
fn an_update_that_is_too_large_or_has_no_name_is_refused() {
    let run = waiting();
    let admit = |request: Request| decide::admit_update(&run.state, &request);
    assert!(matches!(
        admit(Request {
            input: bulky(limits::PAYLOAD_BYTES_MAX + 1),
            ..request("u1")
        }),
        Err(Rejection::TooLarge {
            what: "update input",
            ..
        })
    ));
    assert_eq!(
        admit(request("")),
        Err(Rejection::Missing { what: "update id" })
    );
    let nameless = Request {
        name: "".into(),
        ..request("u1")
    };
    let what = "update name";
    assert_eq!(admit(nameless), Err(Rejection::Missing { what }));
    assert_eq!(admit(request("u1")), Ok(Admission::New));
}

#[test]
fn as_many_updates_are_in_flight_as_may_be_and_no_more() {
    let mut run = waiting();
    for number in 0..limits::UPDATES_IN_FLIGHT_MAX {
        offer(&mut run, vec![accept(&number.to_string())]);
    }
    let limit = limits::UPDATES_IN_FLIGHT_MAX;
    assert_eq!(
        decide::admit_update(&run.state, &request("more")),
        Err(Rejection::TooManyUpdatesInFlight { limit })
    );
    offer(&mut run, vec![complete("3")]);
    assert_eq!(
        decide::admit_update(&run.state, &request("more")),
        Ok(Admission::New)
    );
}

#[test]
fn a_run_accepts_so_many_updates_and_advises_to_continue_before() {
    let mut run = waiting();
    let pairs = |from: usize, to: usize| {
        let ids = (from..to).map(|number| number.to_string());
        ids.flat_map(|id| [accept(&id), complete(&id)]).collect()
    };
    offer(
        &mut run,
        pairs(0, limits::SUGGEST_CONTINUE_AS_NEW_UPDATES - 1),
    );
    assert!(!run.state.suggest_continue_as_new());
    let rest = limits::SUGGEST_CONTINUE_AS_NEW_UPDATES - 1;
    offer(&mut run, pairs(rest, limits::UPDATES_MAX));
    assert!(run.state.suggest_continue_as_new());
    let limit = limits::UPDATES_MAX;
    assert_eq!(
        decide::admit_update(&run.state, &request("more")),
        Err(Rejection::TooManyUpdates { limit })
    );
}

#[test]
fn a_program_that_answers_what_nobody_asked_fails_its_workflow_task() {
    let cause = FailedCause::BadUpdateWorkflowExecutionMessage;
    for commands in [
        vec![complete("u1")],
        vec![accept("u1"), accept("u1")],
        vec![accept("u1"), complete("u1"), complete("u1")],
        vec![accept("")],
    ] {
        let mut run = waiting();
        let outcome = offer(&mut run, commands.clone());
        assert_eq!(
            outcome,
            WorkflowTaskOutcome::Failed { cause },
            "{commands:?}"
        );
        assert_eq!(run.state.update_count(), 0);
    }
    let mut run = waiting();
    offer(&mut run, vec![accept("u1")]);
    let outcome = offer(&mut run, vec![accept("u1")]);
    assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
}
