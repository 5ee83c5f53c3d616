//! Reset: where a history can be cut, and what the run that goes on is like (2.8); what becomes of what
//! was under way is in `reset_pending`.

use crate::{
    machine::execution::{
        Rejection, SERVICE,
        decide::{self, Admission, Fork, ResetRun},
        tests::script::{
            RUN, Run, activity, complete_run, completion, declined, payloads, schedule, secs,
            task_start,
        },
    },
    model::{
        Command, EventAttributes as E, EventId, EventType, ExecutionStatus, FailureInfo, Header,
        Reapplied, ResetPoint, RetryPolicy, RunId, StartOptions,
        event::{update, workflow_task::FailedCause},
        transition::Reset,
    },
};

pub(super) const NEW: RunId = RunId::from_u128(43);

pub(super) fn id(id: u64) -> EventId {
    EventId::new(id)
}

/// Where a run is cut that is reset to this point: the first event that is not kept.
fn point(run: &Run, point: &ResetPoint) -> Result<u64, String> {
    let kept = decide::reset_point(&run.history().events, point);
    kept.map(|kept| kept.get() + 1)
        .map_err(|rejection| rejection.to_string())
}

/// Resets a run as its actor does: both halves.
#[track_caller]
pub(super) fn reset_under(run: &mut Run, new: RunId, to: &ResetPoint, reapplied: Reapplied) -> Run {
    let mut kept = run.history().events.clone();
    let last = decide::reset_point(&kept, to).expect("a legal point");
    let cut = kept.partition_point(|event| event.id <= last);
    let later = kept.split_off(cut).into_iter().map(|it| it.attributes);
    let buffered = run.state.buffered_events().cloned();
    let fork = Fork {
        base_run_id: run.state.run_id(),
        origins: run.state.origins_up_to(last),
        later: later.chain(buffered).collect(),
        kept,
        reapplied,
        reason: "mended".into(),
        request_id: "reset".into(),
    };
    let mut next = Run::absent_under(new);
    next.now = run.now;
    next.decide(|draft| decide::fork(draft, fork)).unwrap();
    let change = Reset {
        new_run_id: new,
        last_event_id: last,
    };
    run.decide(|draft| decide::reset(draft, change, "mended".into()));
    next
}

pub(super) fn reset(run: &mut Run, to: &ResetPoint) -> Run {
    reset_under(run, NEW, to, Reapplied::default())
}

/// A run that has done two activities, and waits.
fn two_steps() -> Run {
    let mut run = Run::started();
    for name in ["1", "2"] {
        let scheduled = run.schedule(activity(name));
        let attempt = run.start_activity(scheduled);
        run.wait(secs(10));
        run.complete_activity(scheduled, attempt).unwrap();
    }
    run.task(vec![]);
    run
}

#[test]
fn a_history_can_be_cut_where_a_workflow_task_is_pending() {
    let run = two_steps();
    let legal: Vec<u64> = (0..20)
        .filter(|event| point(&run, &ResetPoint::Event(id(*event))).is_ok())
        .collect();
    assert_eq!(legal, [3, 4, 9, 10, 15, 16]);
    let range = "run cannot be reset to this point: it is not above 1 and at most 16, event_id=17; \
                 it can be reset to the events 3, 4, 9, 10, 15, 16";
    assert_eq!(
        point(&run, &ResetPoint::Event(id(17))),
        Err(range.to_owned())
    );
    let between = point(&run, &ResetPoint::Event(id(6))).unwrap_err();
    assert!(between.contains("no workflow task is pending before this event event_id=6"));
}

#[test]
fn a_history_is_not_cut_between_the_start_and_the_end_of_an_activity() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("1"));
    let attempt = run.start_activity(scheduled);
    run.signal("go");
    run.complete_activity(scheduled, attempt).unwrap();
    run.task(vec![]);
    assert_eq!(
        run.since(5)[..4],
        [
            EventType::WorkflowExecutionSignaled,
            EventType::WorkflowTaskScheduled,
            EventType::ActivityTaskStarted,
            EventType::ActivityTaskCompleted,
        ]
    );
    let is_legal = |event| point(&run, &ResetPoint::Event(id(event))).is_ok();
    assert!(is_legal(8), "directly behind the scheduling");
    assert!(!is_legal(9), "behind the start of the activity");
    assert!(is_legal(10), "behind its end");
}

#[test]
fn points_are_found_by_what_happened() {
    let run = two_steps();
    let times: Vec<_> = run.history().events.iter().map(|it| it.time).collect();
    let cases = [
        (ResetPoint::FirstTask, Ok(4)),
        (ResetPoint::LastTask, Ok(16)),
        (ResetPoint::Activity("1".into()), Ok(4)),
        (ResetPoint::Activity("2".into()), Ok(10)),
        (ResetPoint::Time(times[9]), Ok(10)),
        (ResetPoint::Time(times[3]), Ok(4)),
        (
            ResetPoint::Time(times[15].after(secs(1))),
            Err("no workflow task was completed at this time or later"),
        ),
        (
            ResetPoint::LastFailedActivity,
            Err("no activity has failed for good"),
        ),
        (
            ResetPoint::Activity("3".into()),
            Err("no activity of this id was asked for activity_id=3"),
        ),
        (
            ResetPoint::Build("orders-2".into()),
            Err("this build has completed no workflow task build_id=orders-2"),
        ),
    ];
    for (to, expected) in cases {
        match (point(&run, &to), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{to:?}"),
            (Err(text), Err(expected)) => assert!(text.contains(expected), "{to:?}: {text}"),
            (found, expected) => panic!("{to:?}: {found:?} and not {expected:?}"),
        }
    }
}

#[test]
fn the_failed_activity_is_the_last_that_failed_for_good() {
    let mut run = Run::started();
    let scheduled = run.schedule(schedule_once("1"));
    let attempt = run.start_activity(scheduled);
    run.fail_activity(scheduled, attempt, declined()).unwrap();
    let other = run.schedule(activity("2"));
    let attempt = run.start_activity(other);
    run.complete_activity(other, attempt).unwrap();
    run.task(vec![]);
    assert_eq!(point(&run, &ResetPoint::LastFailedActivity), Ok(4));
}

fn schedule_once(activity_id: &str) -> crate::model::ScheduleActivityTask {
    crate::model::ScheduleActivityTask {
        retry_policy: Some(RetryPolicy {
            max_attempts: 1,
            ..RetryPolicy::default()
        }),
        ..activity(activity_id)
    }
}

#[test]
fn a_build_is_undone_from_its_first_task_on() {
    let mut run = Run::started();
    for build in ["orders-1", "orders-2", "orders-2"] {
        run.decide(|draft| decide::start_workflow_task(draft, task_start()))
            .unwrap();
        run.complete(decide::CompleteWorkflowTask {
            build_id: Some(build.into()),
            ..completion(vec![])
        });
        run.signal("go");
    }
    assert_eq!(point(&run, &ResetPoint::Build("orders-2".into())), Ok(8));
}

#[test]
fn the_last_task_of_a_run_that_has_completed_none_is_the_one_that_fails() {
    let mut run = Run::started();
    run.start_task();
    run.fail_task();
    assert_eq!(point(&run, &ResetPoint::LastTask), Ok(4));
    assert_eq!(point(&run, &ResetPoint::FirstTask), Ok(4));
}

#[test]
fn a_run_without_a_workflow_task_cannot_be_reset() {
    let run = Run::started_with(StartOptions {
        start_delay: Some(secs(60)),
        ..StartOptions::default()
    });
    for to in [ResetPoint::FirstTask, ResetPoint::LastTask] {
        let text = point(&run, &to).unwrap_err();
        assert!(text.ends_with("there is none"), "{text}");
    }
}

#[test]
fn the_new_run_has_the_history_up_to_the_point_and_a_failed_task() {
    let mut run = two_steps();
    let next = reset(&mut run, &ResetPoint::Event(id(10)));
    assert_eq!(
        next.history().events[..9],
        run.history().events[..9],
        "what is kept is the same"
    );
    assert_eq!(
        next.since(9),
        [
            EventType::WorkflowTaskFailed,
            EventType::WorkflowTaskScheduled
        ]
    );
    let failed = next.find(|it| match it {
        E::WorkflowTaskFailed(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(failed.cause, FailedCause::ResetWorkflow);
    assert_eq!(failed.base_run_id, Some(RUN));
    assert_eq!(failed.new_run_id, Some(NEW));
    assert_eq!(failed.identity.as_str(), SERVICE);
    let failure = failed.failure.unwrap();
    assert_eq!(failure.message, "mended");
    assert!(matches!(failure.info, FailureInfo::ResetWorkflow(_)));
    assert_eq!(next.task_attempt(), 1);
    assert_eq!(next.state.run_id(), NEW);
    assert!(next.state.wake().at_once);

    assert_eq!(run.state.status(), ExecutionStatus::Terminated);
    assert_eq!(run.state.reset_to(), Some(NEW));
    let E::WorkflowExecutionTerminated(terminated) = run.last() else {
        panic!("it is terminated");
    };
    assert_eq!(terminated.reason, "mended");
    assert_eq!(terminated.identity.as_str(), "history-resetter");
}

#[test]
fn a_task_that_was_only_scheduled_is_started_by_the_service() {
    let mut run = two_steps();
    let next = reset(&mut run, &ResetPoint::Event(id(9)));
    assert_eq!(
        next.since(8),
        [
            EventType::WorkflowTaskStarted,
            EventType::WorkflowTaskFailed,
            EventType::WorkflowTaskScheduled
        ]
    );
}

#[test]
fn a_closed_run_stays_as_it_closed() {
    let mut run = two_steps();
    run.signal("end");
    run.task(vec![complete_run()]);
    let mark = run.mark();
    let mut next = reset(&mut run, &ResetPoint::FirstTask);
    assert_eq!(run.state.status(), ExecutionStatus::Completed);
    assert_eq!(run.mark(), mark, "no event says so");
    assert_eq!(run.state.reset_to(), Some(NEW));
    assert!(next.state.status().is_open());
    next.task(vec![complete_run()]);
    assert_eq!(next.state.status(), ExecutionStatus::Completed);
}

#[test]
fn signals_and_updates_are_taken_along_in_their_order_unless_that_is_declined() {
    let told = || {
        let mut run = two_steps();
        run.signal("a");
        run.task(vec![]);
        run.decide(decide::schedule_update).unwrap();
        let (accept, complete) = an_update();
        run.task(vec![accept, complete]);
        run.signal("b");
        run.decide(|draft| {
            let message = decide::RequestCancel {
                cause: String::new(),
                identity: "client".into(),
                request_id: "cancel".into(),
            };
            decide::request_cancel(draft, message)
        })
        .unwrap();
        run
    };
    let kinds = |signals, updates| {
        let reapplied = Reapplied { signals, updates };
        let next = reset_under(&mut told(), NEW, &ResetPoint::FirstTask, reapplied);
        let mut kinds = next.since(4);
        assert_eq!(kinds.pop(), Some(EventType::WorkflowTaskScheduled));
        assert!(!next.state.cancel_requested(), "nobody has asked that run");
        kinds
    };
    let (signaled, admitted) = (
        EventType::WorkflowExecutionSignaled,
        EventType::WorkflowExecutionUpdateAdmitted,
    );
    assert_eq!(kinds(true, true), [signaled, admitted, signaled]);
    assert_eq!(kinds(false, true), [admitted]);
    assert_eq!(kinds(true, false), [signaled, signaled]);
    assert_eq!(kinds(false, false), []);
}

fn an_update() -> (Command, Command) {
    let request = update::Request {
        header: Header::EMPTY,
        update_id: "u1".into(),
        identity: "client".into(),
        name: "change".into(),
        input: payloads("x"),
    };
    let accept = Command::AcceptUpdate {
        request: Box::new(request),
    };
    let complete = Command::CompleteUpdate {
        update_id: "u1".into(),
        outcome: update::Outcome::default(),
    };
    (accept, complete)
}

#[test]
fn an_update_that_is_asked_for_again_is_accepted_without_its_request() {
    let mut run = two_steps();
    run.decide(decide::schedule_update).unwrap();
    let (accept, complete) = an_update();
    run.task(vec![accept.clone(), complete.clone()]);
    let mut next = reset(&mut run, &ResetPoint::FirstTask);
    let Command::AcceptUpdate { request } = &accept else {
        panic!("it accepts");
    };
    assert_eq!(next.state.admitted_updates().len(), 1);
    assert_eq!(
        decide::admit_update(&next.state, request),
        Ok(Admission::Waits)
    );
    next.task(vec![accept.clone(), complete]);
    let accepted = next.find(|it| match it {
        E::WorkflowExecutionUpdateAccepted(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(accepted.accepted_request, None);
    assert_eq!(accepted.accepted_request_sequencing_event_id, id(5));
    let completed = next.find(|it| match it {
        E::WorkflowExecutionUpdateCompleted(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(completed.identity.as_str(), "client");
    assert_eq!(next.state.updates_in_flight(), 0);
    assert!(next.state.admitted_updates().is_empty());
}

#[test]
fn an_update_that_is_rejected_the_second_time_is_forgotten() {
    let mut run = two_steps();
    run.decide(decide::schedule_update).unwrap();
    let (accept, complete) = an_update();
    run.task(vec![accept.clone(), complete]);
    let mut next = reset(&mut run, &ResetPoint::FirstTask);
    next.task(vec![]);
    assert!(next.state.admitted_updates().is_empty());
    let Command::AcceptUpdate { request } = &accept else {
        panic!("it accepts");
    };
    assert_eq!(
        decide::admit_update(&next.state, request),
        Ok(Admission::New)
    );
}

#[test]
fn what_waits_for_an_open_task_is_taken_along_and_stands_in_the_old_history() {
    let mut run = two_steps();
    run.signal("a");
    run.start_task();
    run.signal("b");
    let next = reset(&mut run, &ResetPoint::Event(id(10)));
    let signals = |run: &Run| {
        let signaled = EventType::WorkflowExecutionSignaled;
        let events = run.history().events.iter();
        events.filter(|it| it.event_type() == signaled).count()
    };
    assert_eq!((signals(&run), signals(&next)), (2, 2));
}

#[test]
fn a_signal_that_was_taken_along_is_known_again() {
    let mut run = two_steps();
    let signal = || crate::machine::execution::tests::script::signal("a", "request");
    run.decide(|draft| decide::signal(draft, signal())).unwrap();
    let mut next = reset(&mut run, &ResetPoint::FirstTask);
    let mark = next.mark();
    next.decide(|draft| decide::signal(draft, signal()))
        .unwrap();
    assert_eq!(next.mark(), mark);
}

#[test]
fn the_request_that_has_reset_a_run_is_known_again() {
    let mut run = two_steps();
    let next = reset(&mut run, &ResetPoint::FirstTask);
    assert_eq!(run.state.reset_request_id(), None);
    assert_eq!(next.state.reset_request_id(), Some(&"reset".into()));
}

#[test]
fn a_reason_that_is_too_large_is_refused() {
    let request = ResetRun {
        point: ResetPoint::FirstTask,
        reason: "x".repeat(3_000_000),
        reapplied: Reapplied::default(),
        request_id: "reset".into(),
    };
    assert!(matches!(request.check(), Err(Rejection::TooLarge { .. })));
}

#[test]
fn a_fork_is_no_second_beginning() {
    let mut run = two_steps();
    let kept = run.history().events[..9].to_vec();
    let fork = Fork {
        base_run_id: RUN,
        kept,
        origins: Vec::new(),
        later: Vec::new(),
        reapplied: Reapplied::default(),
        reason: String::new(),
        request_id: "reset".into(),
    };
    let refused = run.decide(|draft| decide::fork(draft, fork));
    assert!(matches!(refused, Err(Rejection::AlreadyStarted { .. })));
}

#[test]
fn a_command_schedules_the_same_activity_again() {
    let mut run = two_steps();
    let mut next = reset(&mut run, &ResetPoint::Event(id(10)));
    let outcome = next.task(vec![schedule(activity("2"))]);
    assert_eq!(outcome, decide::WorkflowTaskOutcome::Completed);
}
