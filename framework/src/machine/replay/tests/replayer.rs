//! The replayer as its callers use it: answers, resolutions, queries and what makes it unusable.

use expect_test::expect;

use super::{
    journal::{HistoryBuilder, Journal},
    script::{Script, cancel_activity, cancel_timer, complete, schedule, start_timer},
};
use crate::{
    machine::{
        replay::{
            ActivationJob, ActivityResolution, Program, ProgramCommand, QueryFailure, Replayer,
        },
        task::WorkflowTask,
    },
    model::{
        ContinueAsNewInitiator, EventId, Failure, FailureInfo, Lineage, Payloads, QueryName,
        RetryState, RunId, TaskQueue, TimeoutType,
        event::{
            foreign::Foreign,
            workflow_task::{self, FailedCause},
        },
    },
};

fn journal(steps: impl Fn() -> Vec<Vec<ProgramCommand>> + 'static) -> Journal {
    Journal::new(
        move || Box::new(Script::new(steps())) as Box<dyn Program>,
        &(),
    )
}

#[test]
fn live_replayed_and_evicted_programs_give_the_same_commands() {
    let mut run = journal(|| {
        vec![
            vec![schedule(1, "charge"), start_timer(1)],
            vec![cancel_timer(1), schedule(2, "ship"), schedule(3, "notify")],
            vec![cancel_activity(3)],
            vec![complete()],
        ]
    });
    assert_eq!(
        run.task(),
        ["ScheduleActivityTask 1 charge", "StartTimer 1 60s"]
    );
    run.history.complete_activity("1", &"paid");
    assert_eq!(
        run.task(),
        [
            "CancelTimer 1",
            "ScheduleActivityTask 2 ship",
            "ScheduleActivityTask 3 notify"
        ]
    );
    run.history.complete_activity("2", &"shipped");
    assert_eq!(run.task(), ["RequestCancelActivityTask 14"]);
    run.history.cancel_activity("3");
    assert_eq!(run.task(), ["CompleteWorkflowExecution"]);

    let script = Script::new(vec![
        vec![schedule(1, "charge"), start_timer(1)],
        vec![cancel_timer(1), schedule(2, "ship"), schedule(3, "notify")],
        vec![cancel_activity(3)],
        vec![complete()],
    ]);
    let mut replayer = Replayer::new(Box::new(script));
    assert_eq!(replayer.handle_history(&run.history.events), Ok(()));
    let last = run.history.events.len() as u64;
    assert_eq!(replayer.last_event_id(), EventId::new(last));
}

#[test]
fn a_replay_that_is_interrupted_anywhere_gives_the_same_commands() {
    let steps = || {
        vec![
            vec![schedule(1, "charge"), start_timer(1)],
            vec![cancel_timer(1)],
            vec![schedule(2, "ship")],
        ]
    };
    let mut run = journal(steps);
    run.task();
    run.history.complete_activity("1", &());
    run.task();
    run.history.signal("go", &());
    run.history.task();
    let events = run.history.events;
    let answer = |cut: usize| {
        let mut replayer = Replayer::new(Box::new(Script::new(steps())));
        replayer.handle_history(&events[..cut]).unwrap();
        replayer.handle_workflow_task(&WorkflowTask::from(events[cut..].to_vec()))
    };
    let whole = answer(0);
    assert_eq!(whole.as_ref().map(|answer| answer.commands.len()), Ok(1));
    for cut in 1..events.len() {
        assert_eq!(answer(cut), whole, "cut after event {cut}");
    }
}

#[test]
fn jobs_come_as_messages_and_then_resolutions() {
    let script = Script::new(vec![vec![schedule(1, "charge"), start_timer(1)]]);
    let told = script.told();
    let mut replayer = Replayer::new(Box::new(script));
    let mut run = journal(|| vec![vec![schedule(1, "charge"), start_timer(1)]]);
    run.task();
    run.history.fire_timer("1");
    run.history.signal("a", &());
    run.history.complete_activity("1", &());
    run.history.request_cancel();
    run.history.signal("b", &());
    run.task();
    replayer.handle_history(&run.history.events).unwrap();

    let told = told.borrow();
    let jobs: Vec<&str> = told[1]
        .jobs
        .iter()
        .map(|job| match job {
            ActivationJob::Signal { name, .. } => name.as_str(),
            ActivationJob::Cancel { .. } => "cancel",
            ActivationJob::FireTimer { .. } => "timer",
            ActivationJob::ResolveLocalActivity { .. } => "local activity",
            ActivationJob::ReportProgress { .. } => "progress",
            ActivationJob::ResolveActivity { .. } => "activity",
            ActivationJob::ResolveChildStart { .. } => "child start",
            ActivationJob::ResolveChild { .. } => "child",
            ActivationJob::ResolveExternal { .. } => "external",
            ActivationJob::Update { request, .. } => request.name.as_str(),
            ActivationJob::Initialize { .. } => "initialize",
            ActivationJob::NotifyPatch { .. } => "patch",
            ActivationJob::Reset { .. } => "reset",
        })
        .collect();
    assert_eq!(jobs, ["a", "cancel", "b", "timer", "activity"]);
    let started = usize::try_from(told[1].started_event_id.get()).unwrap();
    assert_eq!(told[1].now, run.history.events[started - 1].time);
    assert!(told[1].replaying);
}

#[test]
fn a_program_is_told_its_own_run_and_where_that_comes_from() {
    let told_of = |own: Option<RunId>| {
        let lineage = Lineage {
            continued_execution_run_id: Some(RunId::from_u128(7)),
            initiator: ContinueAsNewInitiator::Workflow,
            last_completion_result: Payloads::encode(&"before").unwrap(),
            ..Lineage::first_run(RunId::from_u128(42))
        };
        let mut events = HistoryBuilder::start_after(lineage);
        events.task();
        let script = Script::new(vec![vec![complete()]]);
        let told = script.told();
        let mut replayer = Replayer::new(Box::new(script));
        if let Some(own) = own {
            replayer = replayer.of_run(own);
        }
        let task = WorkflowTask::from(events.events);
        replayer.handle_workflow_task(&task).unwrap();
        let told = told.borrow();
        let ActivationJob::Initialize {
            info, random_seed, ..
        } = &told[0].jobs[0]
        else {
            panic!("it begins");
        };
        assert_eq!(
            info.lineage.continued_execution_run_id,
            Some(RunId::from_u128(7))
        );
        (info.execution.run_id, *random_seed)
    };
    let (original, seed) = told_of(None);
    assert_eq!(original, RunId::from_u128(42));
    // The seed is that of the run which this one was reset from.
    assert_eq!(
        told_of(Some(RunId::from_u128(43))),
        (RunId::from_u128(43), seed)
    );
}

#[test]
fn an_activity_without_options_runs_on_the_queue_of_its_workflow() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    let mut replayer = Replayer::new(Box::new(Script::new(vec![vec![schedule(1, "charge")]])));
    let answer = replayer.handle_workflow_task(&WorkflowTask::from(events.events));
    let Some(crate::model::Command::ScheduleActivityTask(asked)) = answer.unwrap().commands.pop()
    else {
        panic!("an activity is scheduled");
    };
    assert_eq!(asked.task_queue, TaskQueue::from("orders"));
    assert_eq!(asked.activity_id.as_str(), "1");
}

#[test]
fn every_end_of_an_activity_says_which_activity_it_was() {
    let script = Script::new(vec![(1..=4).map(|n| schedule(n, "charge")).collect()]);
    let told = script.told();
    let mut replayer = Replayer::new(Box::new(script));
    let mut run = journal(|| vec![(1..=4).map(|n| schedule(n, "charge")).collect()]);
    run.task();
    run.history.complete_activity("1", &"paid");
    run.history
        .fail_activity("2", Failure::application("declined", "Declined"));
    run.history
        .time_out_activity("3", Failure::timeout("too slow", TimeoutType::Heartbeat));
    run.history.cancel_activity("4");
    run.task();
    replayer.handle_history(&run.history.events).unwrap();

    let told = told.borrow();
    let ends: Vec<String> = told[1]
        .jobs
        .iter()
        .filter_map(|job| match job {
            ActivationJob::ResolveActivity { resolution, .. } => Some(resolution),
            _ => None,
        })
        .map(|resolution| match resolution {
            ActivityResolution::Completed(result) => {
                format!("completed {}", result.decode::<String>().unwrap())
            }
            ActivityResolution::Failed(failure) => {
                let FailureInfo::Activity(info) = &failure.info else {
                    panic!("the failure is of the kind Activity");
                };
                assert_ne!(info.retry_state, RetryState::Unspecified);
                format!(
                    "{failure} id={} type={} by={} {}",
                    info.activity_id, info.activity_type, info.identity, info.retry_state
                )
            }
        })
        .collect();
    expect![[r#"
        completed paid
        activity failed: declined id=2 type=charge by=worker MAXIMUM_ATTEMPTS_REACHED
        activity timed out: too slow id=3 type=charge by=worker TIMEOUT
        activity canceled: canceled id=4 type=charge by= CANCEL_REQUESTED"#]]
    .assert_eq(&ends.join("\n"));
}

#[test]
fn a_cancellation_that_comes_too_late_asks_for_nothing() {
    let mut run = journal(|| {
        vec![
            vec![schedule(1, "charge"), start_timer(1)],
            vec![cancel_activity(1), cancel_timer(1)],
        ]
    });
    run.task();
    run.history.complete_activity("1", &());
    run.history.fire_timer("1");
    assert!(run.task().is_empty());
}

#[test]
fn an_activity_taken_back_after_its_activation_is_resolved_as_canceled() {
    let steps = || {
        vec![
            vec![schedule(1, "charge")],
            vec![cancel_activity(1)],
            vec![complete()],
        ]
    };
    let script = Script::new(steps());
    let told = script.told();
    let mut events = HistoryBuilder::start(&());
    events.task();
    // The code that answered this task asked for nothing.
    events.completed_now();
    events.signal("stop", &());
    events.task();
    let mut replayer = Replayer::new(Box::new(script));
    let answer = replayer.handle_workflow_task(&WorkflowTask::from(events.events));
    assert_eq!(answer.unwrap().commands.len(), 1);
    let told = told.borrow();
    assert!(matches!(
        &told[2].jobs[..],
        [ActivationJob::ResolveActivity { resolution: ActivityResolution::Failed(failure), .. }]
            if failure.is_canceled()
    ));
}

#[test]
fn a_command_that_history_never_had_is_new() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.completed_now();
    events.signal("go", &());
    events.task();
    let steps = vec![vec![schedule(1, "charge")], vec![start_timer(1)]];
    let mut replayer = Replayer::new(Box::new(Script::new(steps)));
    let answer = replayer.handle_workflow_task(&WorkflowTask::from(events.events));
    assert_eq!(answer.unwrap().commands.len(), 2);
}

#[track_caller]
fn check_illegal(steps: Vec<Vec<ProgramCommand>>) {
    let mut events = HistoryBuilder::start(&());
    events.task();
    let mut replayer = Replayer::new(Box::new(Script::new(steps)));
    let task = WorkflowTask::from(events.events);
    let failure = replayer.handle_workflow_task(&task).unwrap_err();
    assert_eq!(failure.cause, FailedCause::WorkflowWorkerUnhandledFailure);
}

#[test]
fn a_program_that_breaks_its_contract_fails_the_workflow_task() {
    check_illegal(vec![vec![complete(), start_timer(1)]]);
    check_illegal(vec![vec![complete(), complete()]]);
    check_illegal(vec![vec![start_timer(1), start_timer(1)]]);
    check_illegal(vec![vec![schedule(2, "a"), schedule(1, "b")]]);
    check_illegal(vec![vec![cancel_timer(1)]]);
    check_illegal(vec![vec![cancel_activity(1)]]);
}

#[test]
fn a_task_without_started_event_is_refused_and_so_is_everything_after_it() {
    let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
    let mut events = HistoryBuilder::start(&());
    let task = WorkflowTask::from(events.events.clone());
    let failure = replayer.handle_workflow_task(&task).unwrap_err();
    expect!["history is corrupt: the workflow task does not end with WorkflowTaskStarted event=1"]
        .assert_eq(&failure.failure.to_string());

    events.task();
    let task = WorkflowTask::from(events.events[1..].to_vec());
    assert_eq!(replayer.handle_workflow_task(&task), Err(failure));
    let query = replayer.query(&QueryName::from("state"), &Payloads::EMPTY);
    assert!(matches!(query, Err(QueryFailure::HandlerFailed { .. })));
}

#[test]
fn a_program_whose_answer_failed_has_to_be_rebuilt() {
    let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
    let mut events = HistoryBuilder::start(&());
    let started_event_id = events.task();
    let task = WorkflowTask::from(events.events.clone());
    replayer.handle_workflow_task(&task).unwrap();
    events.push(workflow_task::Failed {
        started_event_id,
        ..Default::default()
    });
    let failure = replayer.handle_history(&events.events[3..]).unwrap_err();
    assert!(
        failure
            .failure
            .message
            .contains("replay from the first event")
    );
    let mut rebuilt = Replayer::new(Box::new(Script::new(vec![])));
    assert_eq!(rebuilt.handle_history(&events.events), Ok(()));
}

#[test]
fn a_query_reaches_the_program() {
    let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
    let answer = replayer.query(&QueryName::from("state"), &Payloads::EMPTY);
    assert_eq!(answer.unwrap().decode::<String>().unwrap(), "state");
}

#[test]
fn an_event_without_a_model_is_passed_over_only_where_the_history_allows_it() {
    let told = |worker_may_ignore| {
        let mut events = HistoryBuilder::start(&());
        events.push(Foreign {
            event_type: 99,
            worker_may_ignore,
            ..Foreign::default()
        });
        let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
        replayer.handle_history(&events.events)
    };
    assert_eq!(told(true), Ok(()));
    let failure = told(false).unwrap_err().failure;
    expect!["history is corrupt: it needs a later release, event_type=99 event=2"]
        .assert_eq(&failure.to_string());
}
