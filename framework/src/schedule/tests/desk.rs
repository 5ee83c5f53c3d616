//! The desk: what it says is to be done next, whatever it was told.

use std::time::Duration;

use crate::{
    model::{
        ExecutionStatus, Payloads, StartOptions, Timestamp, WorkflowExecution,
        schedule::ActionEnded,
    },
    schedule::{
        OverlapPolicy, Schedule, ScheduleSpec, ScheduledStart,
        activity::planned,
        desk::{Change, Desk, Plan, PlanRequest, RecentAction, Step},
        times::Times,
    },
};

const MINUTE: Duration = Duration::from_secs(60);
const NOON: Timestamp = Timestamp::from_secs(1_764_331_200);

fn desk(overlap: OverlapPolicy) -> Desk {
    let mut schedule = Schedule::new(ScheduledStart {
        workflow_id: "report".into(),
        workflow_type: "Report".into(),
        input: Payloads::EMPTY,
        options: StartOptions::default(),
    });
    schedule.spec = ScheduleSpec::default().every(MINUTE);
    schedule.overlap = overlap;
    let mut desk = Desk::new("nightly".to_owned(), schedule);
    desk.open(NOON);
    desk
}

fn plan(request: &PlanRequest) -> Plan {
    planned(&Times::of(&request.spec).expect("a spec"), request)
}

/// Lets the desk go on until it waits; what was started meanwhile, and until when it waits.
fn settle(desk: &mut Desk, now: Timestamp) -> (Vec<RecentAction>, Option<Timestamp>) {
    let mut started = Vec::new();
    loop {
        match desk.next_step(now) {
            Step::Plan(request) => {
                let plan = plan(&request);
                desk.take_plan(&request, plan);
            }
            Step::Start(action) => started.push(action),
            Step::Stop(..) => {}
            Step::Wait(until) => return (started, until),
        }
    }
}

fn end(desk: &mut Desk, action: &RecentAction, status: ExecutionStatus) {
    desk.ended(ActionEnded {
        request_id: action.request_id.clone(),
        execution: action.execution.clone(),
        status,
        failure: None,
    });
}

#[test]
fn a_desk_waits_for_the_next_time_and_starts_what_is_due() {
    let mut desk = desk(OverlapPolicy::Skip);
    assert_eq!(settle(&mut desk, NOON), (vec![], Some(NOON.after(MINUTE))));
    let (started, until) = settle(&mut desk, NOON.after(MINUTE));
    let [action] = &started[..] else {
        panic!("one action: {started:?}")
    };
    assert_eq!(action.time, NOON.after(MINUTE));
    let workflow_id = action.execution.workflow_id.as_str();
    assert_eq!(workflow_id, "report-2025-11-28T12:01:00Z");
    assert_eq!(until, Some(NOON.after(2 * MINUTE)));
}

#[test]
fn an_end_that_is_told_before_the_start_is_answered_counts() {
    let mut desk = desk(OverlapPolicy::Skip);
    settle(&mut desk, NOON);
    let (started, _) = settle(&mut desk, NOON.after(MINUTE));
    let ended = WorkflowExecution {
        run_id: crate::model::RunId::from_u128(7),
        ..started[0].execution.clone()
    };
    end(&mut desk, &started[0], ExecutionStatus::Completed);
    desk.started(&started[0].request_id, &ended);
    assert_eq!(desk.running, []);
    assert_eq!(desk.recent[0].status, ExecutionStatus::Completed);
    // Nothing is in the way of the next one, and an end that is told again changes nothing.
    end(&mut desk, &started[0], ExecutionStatus::Completed);
    assert_eq!(settle(&mut desk, NOON.after(2 * MINUTE)).0.len(), 1);
}

#[test]
fn what_is_asked_for_by_hand_is_another_action_each_time() {
    let mut desk = desk(OverlapPolicy::AllowAll);
    settle(&mut desk, NOON);
    for _twice in 0..2 {
        desk.change(Change::Trigger(None), NOON);
    }
    let (started, _) = settle(&mut desk, NOON);
    assert_eq!(started.len(), 2);
    assert_ne!(started[0].request_id, started[1].request_id);
    // The same of a schedule that was created anew under the same id.
    let mut anew = desk_created_at(NOON.after(MINUTE));
    anew.change(Change::Trigger(None), NOON);
    let (again, _) = settle(&mut anew, NOON.after(MINUTE));
    assert_ne!(again[0].request_id, started[0].request_id);
}

fn desk_created_at(now: Timestamp) -> Desk {
    let mut fresh = desk(OverlapPolicy::AllowAll);
    fresh.created_at = None;
    fresh.open(now);
    fresh
}

#[test]
fn as_many_actions_wait_as_may_and_no_more() {
    let mut desk = desk(OverlapPolicy::BufferAll);
    settle(&mut desk, NOON);
    let backfill = Change::Backfill(NOON.before(1_200 * MINUTE), NOON, None);
    desk.change(backfill, NOON);
    let (started, _) = settle(&mut desk, NOON);
    assert_eq!(started.len(), 1);
    assert_eq!(desk.waiting.len(), 1_000);
    for _more in 0..50 {
        desk.change(Change::Trigger(None), NOON);
    }
    assert_eq!(desk.waiting.len(), 1_000);
    assert!(desk.counts.dropped >= 50, "{}", desk.counts.dropped);
}

#[test]
fn a_plan_that_was_made_before_a_change_is_not_taken() {
    let mut desk = desk(OverlapPolicy::Skip);
    let Step::Plan(request) = desk.next_step(NOON) else {
        panic!("it has no times yet")
    };
    let mut changed = desk.schedule.clone();
    changed.spec = ScheduleSpec::default().every(60 * MINUTE);
    desk.change(Change::Replace(Box::new(changed), None), NOON);
    let late = plan(&request);
    desk.take_plan(&request, late);
    assert_eq!(settle(&mut desk, NOON).1, Some(NOON.after(60 * MINUTE)));
}

#[test]
fn an_action_that_could_not_be_started_is_in_nobodys_way() {
    let mut desk = desk(OverlapPolicy::Skip);
    settle(&mut desk, NOON);
    let (started, _) = settle(&mut desk, NOON.after(MINUTE));
    desk.not_started(&started[0].request_id, "the id is taken".to_owned());
    assert_eq!((desk.counts.started, desk.recent.len()), (0, 0));
    assert_eq!(desk.problem.as_deref(), Some("the id is taken"));
    assert_eq!(settle(&mut desk, NOON.after(2 * MINUTE)).0.len(), 1);
}

#[test]
fn a_failure_pauses_once_and_says_so() {
    let mut desk = desk(OverlapPolicy::Skip);
    desk.schedule.pause_on_failure = true;
    settle(&mut desk, NOON);
    let (started, _) = settle(&mut desk, NOON.after(MINUTE));
    let token = desk.token;
    for _twice in 0..2 {
        end(&mut desk, &started[0], ExecutionStatus::TimedOut);
    }
    assert_eq!(desk.token, token + 1);
    assert!(
        desk.schedule
            .note
            .starts_with("paused due to workflow timeout: report-")
    );
    assert_eq!(settle(&mut desk, NOON.after(5 * MINUTE)), (vec![], None));
}

#[test]
fn long_outages_are_passed_in_batches_and_what_is_too_late_is_counted() {
    let mut desk = desk(OverlapPolicy::Skip);
    settle(&mut desk, NOON);
    let back = NOON.after(3_000 * MINUTE);
    desk.schedule.catchup_window = 2_000 * MINUTE;
    let (started, until) = settle(&mut desk, back);
    assert_eq!(started.len(), 1);
    assert_eq!(started[0].time, NOON.after(1_000 * MINUTE));
    assert_eq!(until, Some(back.after(MINUTE)));
    assert_eq!(desk.counts.missed, 999);
    assert_eq!(desk.counts.skipped, 2_000);
}
