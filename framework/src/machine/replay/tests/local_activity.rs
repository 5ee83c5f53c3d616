//! Local activities as the program side sees them: told when they end, and told again by markers.

use super::{
    journal::HistoryBuilder,
    script::{Script, complete, schedule, start_timer},
};
use crate::{
    machine::{
        replay::{
            ActivationJob, ActivitySequence, LocalActivityEnd, LocalActivityOutcome,
            LocalActivityRequest, LocalActivityResolution, LocalActivityTask, LocalCancellation,
            ProgramCommand, Replayer,
        },
        task::WorkflowTask,
    },
    model::{
        ActivityId, ActivityType, Command, Failure, HistoryEvent, LocalActivityOptions, Payloads,
        Timestamp, event::workflow_task::FailedCause,
    },
};

fn local(number: u32, activity_type: &str) -> ProgramCommand {
    ProgramCommand::ScheduleLocalActivity(Box::new(LocalActivityTask {
        header: None,
        activity: ActivitySequence(number),
        activity_id: ActivityId::from(number.to_string()),
        activity_type: ActivityType::from(activity_type),
        input: Payloads::EMPTY,
        options: LocalActivityOptions::default(),
        attempt: 1,
        originally_scheduled_at: None,
        cancel_requested: false,
    }))
}

fn give_up(number: u32, cancellation: LocalCancellation) -> ProgramCommand {
    ProgramCommand::CancelLocalActivity {
        activity: ActivitySequence(number),
        cancellation,
    }
}

fn end(number: u32, outcome: LocalActivityOutcome) -> LocalActivityEnd {
    LocalActivityEnd {
        activity: ActivitySequence(number),
        attempt: 1,
        originally_scheduled_at: Timestamp::from_secs(1),
        completed_at: Timestamp::from_secs(2),
        outcome,
    }
}

fn completed(number: u32, result: &str) -> LocalActivityEnd {
    let result = Payloads::encode(result).unwrap();
    end(number, LocalActivityOutcome::Completed(result))
}

/// Commands in short.
fn commands(commands: &[Command]) -> Vec<String> {
    let words = commands.iter().map(|command| match command {
        Command::RecordMarker(marker) => {
            let data: serde_json::Value = marker.details["data"].decode().unwrap();
            format!("marker {} at {}", data["seq"], data["activation_index"])
        }
        other => other.name().to_owned(),
    });
    words.collect()
}

/// What the script was told, activation by activation: the numbers of local activities, and the number
/// of all other jobs.
fn told(script: &super::script::Told) -> Vec<String> {
    let told = script.borrow();
    let in_words = |job: &ActivationJob| match job {
        ActivationJob::ResolveLocalActivity {
            activity,
            resolution,
        } => match resolution {
            LocalActivityResolution::Completed(_) => format!("{activity} completed"),
            LocalActivityResolution::Failed(failure) => format!("{activity} {failure}"),
            LocalActivityResolution::BackOff(backoff) => {
                format!(
                    "{activity} waits {:?} for {}",
                    backoff.duration, backoff.attempt
                )
            }
        },
        _ => "other".to_owned(),
    };
    let activations = told.iter();
    activations
        .map(|activation| {
            let jobs: Vec<_> = activation.jobs.iter().map(in_words).collect();
            jobs.join(", ")
        })
        .collect()
}

/// A run whose first workflow task is in flight, and its program.
fn first_task(steps: Vec<Vec<ProgramCommand>>) -> (HistoryBuilder, Replayer, super::script::Told) {
    let script = Script::new(steps);
    let told = script.told();
    let mut events = HistoryBuilder::start(&());
    events.task();
    let mut replayer = Replayer::new(Box::new(script));
    let task = WorkflowTask::from(events.events.clone());
    replayer.begin_workflow_task(&task).unwrap();
    (events, replayer, told)
}

/// Writes the answer to the task in flight.
fn write(events: &mut HistoryBuilder, replayer: &mut Replayer) -> Vec<Command> {
    let answer = replayer.complete_workflow_task().unwrap();
    events.completed(answer.sdk_metadata);
    for command in &answer.commands {
        events.command(command);
    }
    answer.commands
}

/// What a new program is told by a history.
fn replayed(steps: Vec<Vec<ProgramCommand>>, events: &[HistoryEvent]) -> Vec<String> {
    let script = Script::new(steps);
    let jobs = script.told();
    let mut replayer = Replayer::new(Box::new(script));
    replayer.handle_history(events).unwrap();
    told(&jobs)
}

#[test]
fn a_replay_tells_in_the_order_of_the_markers_what_was_told_live() {
    let steps = || {
        vec![
            vec![local(1, "nap"), start_timer(1), local(2, "echo")],
            vec![local(3, "echo")],
            vec![],
            vec![complete()],
        ]
    };
    let (mut events, mut replayer, live) = first_task(steps());
    assert!(replayer.waits_for_local_activities());
    assert_eq!(replayer.take_local_requests().len(), 2);
    replayer
        .handle_local_activity_end(completed(2, "e"))
        .unwrap();
    assert_eq!(replayer.take_local_requests().len(), 1);
    replayer
        .handle_local_activity_end(completed(3, "e"))
        .unwrap();
    replayer
        .handle_local_activity_end(completed(1, "n"))
        .unwrap();
    assert!(!replayer.waits_for_local_activities());
    let written = write(&mut events, &mut replayer);
    assert_eq!(
        commands(&written),
        [
            "StartTimer",
            "marker 2 at 1",
            "marker 3 at 2",
            "marker 1 at 3",
            "CompleteWorkflowExecution"
        ]
    );
    assert_eq!(
        told(&live),
        ["other", "2 completed", "3 completed", "1 completed"]
    );
    assert_eq!(replayed(steps(), &events.events), told(&live));
}

#[test]
fn markers_of_one_activation_are_told_together() {
    let steps = || vec![vec![local(1, "nap"), local(2, "echo")], vec![complete()]];
    let (mut events, mut replayer, _) = first_task(steps());
    let markers = [1, 2].map(|number| {
        let mut other = first_task(steps()).1;
        other
            .handle_local_activity_end(completed(number, "x"))
            .unwrap();
        other.complete_workflow_task().unwrap().commands.remove(0)
    });
    let answer = replayer.complete_workflow_task().unwrap();
    events.completed(answer.sdk_metadata);
    for marker in &markers {
        events.command(marker);
    }
    assert_eq!(
        replayed(steps(), &events.events),
        ["other", "1 completed, 2 completed"]
    );
}

#[test]
fn a_heartbeat_says_what_there_is_and_the_task_after_it_the_rest() {
    let steps = || vec![vec![local(1, "nap"), start_timer(1)], vec![complete()]];
    let (mut events, mut replayer, live) = first_task(steps());
    assert_eq!(commands(&write(&mut events, &mut replayer)), ["StartTimer"]);
    events.task();
    let seen = usize::try_from(replayer.last_event_id().get()).unwrap();
    let task = WorkflowTask::from(events.events[seen..].to_vec());
    replayer.begin_workflow_task(&task).unwrap();
    // It wakes nobody, and what runs goes on.
    assert_eq!(told(&live), ["other"]);
    assert_eq!(replayer.take_local_requests().len(), 1);
    replayer
        .handle_local_activity_end(completed(1, "n"))
        .unwrap();
    let written = write(&mut events, &mut replayer);
    assert_eq!(
        commands(&written),
        ["marker 1 at 0", "CompleteWorkflowExecution"]
    );
    assert_eq!(replayed(steps(), &events.events), told(&live));
}

#[test]
fn what_has_no_marker_is_to_be_run_again() {
    let steps = || vec![vec![local(1, "nap"), local(2, "echo")], vec![]];
    let (mut events, mut replayer, _) = first_task(steps());
    replayer
        .handle_local_activity_end(completed(2, "e"))
        .unwrap();
    write(&mut events, &mut replayer);
    events.task();
    let mut next = Replayer::new(Box::new(Script::new(steps())));
    next.begin_workflow_task(&WorkflowTask::from(events.events))
        .unwrap();
    let requests = next.take_local_requests();
    assert!(
        matches!(&requests[..], [LocalActivityRequest::Run(task)] if task.activity.0 == 1),
        "{requests:?}"
    );
}

#[test]
fn a_wait_that_is_too_long_is_told_with_the_attempt_that_follows() {
    let steps = || vec![vec![local(1, "flaky")], vec![start_timer(1)]];
    let (mut events, mut replayer, live) = first_task(steps());
    let outcome = LocalActivityOutcome::BackOff {
        failure: Box::new(Failure::server("no")),
        duration: std::time::Duration::from_secs(90),
    };
    replayer.handle_local_activity_end(end(1, outcome)).unwrap();
    write(&mut events, &mut replayer);
    assert_eq!(told(&live), ["other", "1 waits 90s for 2"]);
    assert_eq!(replayed(steps(), &events.events), told(&live));
}

#[test]
fn what_is_given_up_is_recorded_where_the_program_says_so() {
    for (cancellation, request) in [
        (
            LocalCancellation::Stop,
            LocalActivityRequest::Stop(ActivitySequence(1)),
        ),
        (
            LocalCancellation::Abandon,
            LocalActivityRequest::Abandon(ActivitySequence(1)),
        ),
    ] {
        let steps = || {
            vec![
                vec![local(1, "nap"), local(2, "echo")],
                vec![give_up(1, cancellation), complete()],
            ]
        };
        let (mut events, mut replayer, live) = first_task(steps());
        replayer.take_local_requests();
        replayer
            .handle_local_activity_end(completed(2, "e"))
            .unwrap();
        assert_eq!(replayer.take_local_requests(), [request]);
        // Its end is no news any more.
        replayer
            .handle_local_activity_end(completed(1, "n"))
            .unwrap();
        let written = write(&mut events, &mut replayer);
        assert_eq!(
            commands(&written),
            [
                "marker 2 at 1",
                "marker 1 at 2",
                "CompleteWorkflowExecution"
            ]
        );
        assert_eq!(replayed(steps(), &events.events), told(&live));
    }
}

#[test]
fn one_that_is_asked_to_stop_ends_by_itself() {
    let steps = vec![
        vec![local(1, "nap"), local(2, "echo")],
        vec![give_up(1, LocalCancellation::Wait)],
    ];
    let (_, mut replayer, live) = first_task(steps);
    replayer.take_local_requests();
    replayer
        .handle_local_activity_end(completed(2, "e"))
        .unwrap();
    let asked = LocalActivityRequest::Cancel(ActivitySequence(1));
    assert_eq!(replayer.take_local_requests(), [asked]);
    assert!(replayer.waits_for_local_activities());
    let canceled = Failure::canceled("stopped", Payloads::EMPTY);
    let outcome = LocalActivityOutcome::Failed(Box::new(canceled));
    replayer.handle_local_activity_end(end(1, outcome)).unwrap();
    assert_eq!(told(&live).last().map(String::as_str), Some("1 stopped"));
}

/// What code says to a history that other code has written.
fn divergence(recorded: Vec<ProgramCommand>, attempted: Vec<ProgramCommand>) -> String {
    let (mut events, mut replayer, _) = first_task(vec![recorded]);
    if replayer.waits_for_local_activities() {
        replayer
            .handle_local_activity_end(completed(1, "x"))
            .unwrap();
    }
    write(&mut events, &mut replayer);
    let script = Script::new(vec![attempted]);
    let failure = Replayer::new(Box::new(script))
        .handle_history(&events.events)
        .unwrap_err();
    assert_eq!(failure.cause, FailedCause::NonDeterministicError);
    failure.failure.message
}

#[test]
fn a_marker_is_of_the_type_and_the_id_that_the_program_asks_for() {
    let report = divergence(vec![local(1, "nap")], vec![local(1, "echo")]);
    assert!(report.contains("activity_type nap -> echo"), "{report}");

    let mut named = local(1, "nap");
    if let ProgramCommand::ScheduleLocalActivity(task) = &mut named {
        task.activity_id = "siesta".into();
    }
    let report = divergence(vec![local(1, "nap")], vec![named]);
    assert!(report.contains("activity_id 1 -> siesta"), "{report}");
}

#[test]
fn a_marker_that_no_call_stands_for_does_not_fit() {
    let report = divergence(vec![local(1, "nap")], vec![]);
    assert!(report.contains("attempted: nothing more"), "{report}");
    let report = divergence(vec![local(1, "nap")], vec![schedule(1, "nap")]);
    assert!(report.contains("ScheduleActivityTask"), "{report}");
    let report = divergence(vec![schedule(1, "nap")], vec![local(1, "nap")]);
    assert!(report.contains("attempted: nothing more"), "{report}");
}
