//! Whatever happens to a run, in whatever order: [`script::Run`](super::script::Run) checks after
//! each step that the history obeys the grammar, that the fold gives the live state, and that a
//! refusal changes nothing. At the end the whole is folded once more from its transitions.

use std::{collections::BTreeSet, time::Duration};

use proptest::{collection, option, prelude::*, sample::Index};

use crate::{
    machine::execution::{
        Effect, ExecutionState, LinePlace, PendingActivity, PendingTimer, Rejection,
        decide::{self, Steer},
        tests::script::{
            RUN, Run, activity, cancel_activity, cancel_timer, complete_run, completion, declined,
            schedule, secs, signal, start_timer, task_failure, task_start, worker,
        },
    },
    model::{
        ActivityOptionsChange, ApplicationFailureInfo, Command, EventId, EventType, Failure,
        FailureInfo, Payloads, RetryPolicy, ScheduleActivityTask, StartOptions, TimeoutType,
        Timestamp,
    },
};

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    PutBack(u64),
    PassDeadlines,
    Signal(u8),
    RequestCancel,
    Terminate,
    StartWorkflowTask,
    CompleteWorkflowTask(Vec<Ask>),
    FailWorkflowTask,
    WholeWorkflowTask(Vec<Ask>),
    StartActivity(Index),
    CompleteActivity(Index, Stale),
    FailActivity(Index, Stale, u8),
    CancelActivity(Index, Stale),
    Heartbeat(Index, Stale),
    LoseAttempts,
    Pause(u8),
    Unpause,
    SteerActivity(Index, u8),
}

/// Whether the report is about the current attempt.
type Stale = bool;

/// A command, with ids from so small a set that they collide.
#[derive(Clone, Copy, Debug)]
enum Ask {
    Schedule {
        id: u8,
        timeouts: [Option<u8>; 4],
        attempts: u8,
    },
    CancelActivity(Index),
    StartTimer(u8, u8),
    CancelTimer(u8),
    Complete,
    Fail,
    Cancel,
}

fn ask() -> impl Strategy<Value = Ask> {
    let timeout = || option::of(0_u8..20);
    let schedule = (
        0_u8..4,
        [timeout(), timeout(), timeout(), timeout()],
        0_u8..4,
    );
    prop_oneof![
        24 => schedule.prop_map(|(id, timeouts, attempts)| Ask::Schedule { id, timeouts, attempts }),
        8 => any::<Index>().prop_map(Ask::CancelActivity),
        16 => (0_u8..4, 0_u8..30).prop_map(|(id, timeout)| Ask::StartTimer(id, timeout)),
        12 => (0_u8..4).prop_map(Ask::CancelTimer),
        1 => Just(Ask::Complete),
        1 => Just(Ask::Fail),
        1 => Just(Ask::Cancel),
    ]
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    collection::vec(ask(), 0..4)
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    let stale = || proptest::bool::weighted(0.1);
    prop_oneof![
        6 => (0_u64..12).prop_map(Step::Wait),
        1 => (0_u64..40).prop_map(Step::PutBack),
        6 => Just(Step::PassDeadlines),
        4 => (0_u8..6).prop_map(Step::Signal),
        1 => Just(Step::RequestCancel),
        1 => proptest::bool::weighted(0.2).prop_map(|really| {
            if really { Step::Terminate } else { Step::RequestCancel }
        }),
        6 => Just(Step::StartWorkflowTask),
        6 => asks().prop_map(Step::CompleteWorkflowTask),
        2 => Just(Step::FailWorkflowTask),
        6 => asks().prop_map(Step::WholeWorkflowTask),
        8 => index().prop_map(Step::StartActivity),
        3 => (index(), stale()).prop_map(|(at, stale)| Step::CompleteActivity(at, stale)),
        4 => (index(), stale(), 0_u8..8)
            .prop_map(|(at, stale, kind)| Step::FailActivity(at, stale, kind)),
        2 => (index(), stale()).prop_map(|(at, stale)| Step::CancelActivity(at, stale)),
        2 => (index(), stale()).prop_map(|(at, stale)| Step::Heartbeat(at, stale)),
        1 => Just(Step::LoseAttempts),
        1 => (0_u8..4).prop_map(Step::Pause),
        3 => Just(Step::Unpause),
        6 => (index(), 0_u8..6).prop_map(|(at, kind)| Step::SteerActivity(at, kind)),
    ]
}

/// An activity that is pending or, every now and then, is not.
fn pick(run: &Run, index: Index) -> EventId {
    let pending = run.state.pending_activities();
    let mut ids: Vec<EventId> = pending.map(|it| it.scheduled_event_id).collect();
    if ids.is_empty() {
        ids.push(EventId::FIRST);
    }
    *index.get(&ids)
}

fn attempt(run: &Run, scheduled_event_id: EventId, stale: Stale) -> u32 {
    let activity = run.state.pending_activity(scheduled_event_id);
    activity.map_or(1, |it| it.attempt) + u32::from(stale)
}

fn command(run: &Run, ask: Ask) -> Command {
    match ask {
        Ask::Schedule {
            id,
            timeouts,
            attempts,
        } => {
            let [whole, start, close, heartbeat] =
                timeouts.map(|timeout| timeout.map(|it| Duration::from_secs(it.into())));
            schedule(ScheduleActivityTask {
                schedule_to_close_timeout: whole,
                schedule_to_start_timeout: start,
                start_to_close_timeout: close,
                heartbeat_timeout: heartbeat,
                retry_policy: Some(RetryPolicy::default().max_attempts(attempts.into())),
                ..activity(&id.to_string())
            })
        }
        Ask::CancelActivity(index) => cancel_activity(pick(run, index)),
        Ask::StartTimer(id, timeout) => start_timer(&id.to_string(), timeout.into()),
        Ask::CancelTimer(id) => cancel_timer(&id.to_string()),
        Ask::Complete => complete_run(),
        Ask::Fail => Command::FailWorkflowExecution {
            failure: declined(),
        },
        Ask::Cancel => Command::CancelWorkflowExecution {
            details: Payloads::EMPTY,
        },
    }
}

fn failure(kind: u8) -> Failure {
    let application = |non_retryable, next_retry_delay| {
        let info = ApplicationFailureInfo {
            non_retryable,
            next_retry_delay,
            ..ApplicationFailureInfo::default()
        };
        Failure::new("declined", FailureInfo::Application(info))
    };
    match kind {
        0 => application(true, None),
        1 => application(false, Some(Duration::from_secs(7))),
        2 => Failure::canceled("stopped", Payloads::EMPTY),
        3 => Failure::timeout("inner", TimeoutType::StartToClose),
        4 => Failure::server("gone"),
        _ => application(false, None),
    }
}

/// The attempt whose end a step reports.
fn reported(run: &Run, step: &Step) -> Option<(EventId, u32)> {
    let (Step::CompleteActivity(index, stale)
    | Step::FailActivity(index, stale, _)
    | Step::CancelActivity(index, stale)) = step
    else {
        return None;
    };
    let id = pick(run, *index);
    Some((id, attempt(run, id, *stale)))
}

fn request_id(id: u8) -> String {
    if id == 0 {
        String::new()
    } else {
        id.to_string()
    }
}

/// Does one step; a refusal is as good an outcome as any.
fn act(run: &mut Run, step: Step) -> Result<(), Rejection> {
    match step {
        Step::Wait(time) => run.wait(secs(time)),
        Step::PutBack(time) => run.put_back_unseen(secs(time)),
        Step::PassDeadlines => run.decide(decide::pass_deadlines),
        Step::LoseAttempts => run.lose_all_attempts(),
        Step::Signal(id) => {
            run.decide(|draft| decide::signal(draft, signal("go", &request_id(id))))?;
        }
        Step::RequestCancel => {
            let message = decide::RequestCancel {
                cause: String::new(),
                identity: worker(),
                request_id: "cancel".into(),
            };
            run.decide(|draft| decide::request_cancel(draft, message))?;
        }
        Step::Terminate => {
            let message = decide::Terminate {
                reason: String::new(),
                details: Payloads::EMPTY,
                identity: worker(),
            };
            run.decide(|draft| decide::terminate(draft, message))?;
        }
        Step::StartWorkflowTask => {
            run.decide(|draft| decide::start_workflow_task(draft, task_start()))?;
        }
        Step::CompleteWorkflowTask(asks) => {
            let commands = asks.into_iter().map(|ask| command(run, ask)).collect();
            run.decide(|draft| decide::complete_workflow_task(draft, completion(commands)))?;
        }
        Step::FailWorkflowTask => {
            run.decide(|draft| decide::fail_workflow_task(draft, task_failure()))?;
        }
        Step::WholeWorkflowTask(asks) => {
            let commands = asks.into_iter().map(|ask| command(run, ask)).collect();
            run.decide(|draft| {
                decide::start_workflow_task(draft, task_start())?;
                decide::complete_workflow_task(draft, completion(commands))
            })?;
        }
        Step::StartActivity(index) => run.try_start_activity(pick(run, index))?,
        Step::CompleteActivity(index, stale) => {
            let id = pick(run, index);
            run.complete_activity(id, attempt(run, id, stale))?;
        }
        Step::FailActivity(index, stale, kind) => {
            let id = pick(run, index);
            run.fail_activity(id, attempt(run, id, stale), failure(kind))?;
        }
        Step::CancelActivity(index, stale) => {
            let scheduled_event_id = pick(run, index);
            let attempt = attempt(run, scheduled_event_id, stale);
            run.fail_activity(scheduled_event_id, attempt, failure(2))?;
        }
        Step::Heartbeat(index, stale) => {
            let id = pick(run, index);
            run.heartbeat(id, attempt(run, id, stale), "alive")?;
        }
        Step::Pause(id) => steer(run, pause(id))?,
        Step::Unpause => steer(run, unpause())?,
        Step::SteerActivity(index, kind) => {
            let message = steer_activity(run, pick(run, index), kind);
            steer(run, message)?;
        }
    }
    Ok(())
}

fn steer(run: &mut Run, message: Steer) -> Result<(), Rejection> {
    run.decide(|draft| decide::steer(draft, message))
}

fn pause(id: u8) -> Steer {
    Steer::Pause(decide::Pause {
        reason: String::new(),
        identity: worker(),
        request_id: request_id(id).into(),
    })
}

fn unpause() -> Steer {
    Steer::Unpause(decide::Unpause {
        reason: String::new(),
        identity: worker(),
        request_id: "unpause".into(),
    })
}

fn steer_activity(run: &Run, scheduled_event_id: EventId, kind: u8) -> Steer {
    let activity = run.state.pending_activity(scheduled_event_id);
    let activity_id = activity.map(|it| it.scheduled.activity_id.clone());
    let activity_id = activity_id.unwrap_or_else(|| "nobody".into());
    match kind {
        0 => Steer::PauseActivity(decide::PauseActivity {
            activity_id,
            reason: String::new(),
            identity: worker(),
        }),
        1..=3 => Steer::UnpauseActivity(decide::UnpauseActivity {
            activity_id,
            resets_attempts: kind == 1,
            forgets_heartbeat: kind == 2,
        }),
        4 => Steer::ResetActivity(decide::ResetActivity {
            activity_id,
            forgets_heartbeat: true,
        }),
        _ => Steer::UpdateActivityOptions(decide::UpdateActivityOptions {
            activity_id,
            change: ActivityOptionsChange::default()
                .start_to_close(secs(5))
                .task_queue("other"),
        }),
    }
}

/// The attempts that run, as somebody knows who sees reports and effects only.
#[derive(Default)]
struct Attempts(BTreeSet<(EventId, u32)>);

impl Attempts {
    fn follow(&mut self, run: &Run, reported: Option<(EventId, u32)>) {
        if let Some(attempt) = reported {
            self.0.remove(&attempt);
        }
        for effect in &run.effects {
            match effect {
                Effect::RunActivity(task) => {
                    self.0.insert((task.scheduled_event_id, task.attempt));
                }
                Effect::AbandonActivity {
                    scheduled_event_id,
                    attempt,
                } => {
                    let attempt = (*scheduled_event_id, *attempt);
                    assert!(self.0.remove(&attempt), "abandoned, and did not run");
                }
                Effect::CancelActivity {
                    scheduled_event_id,
                    attempt,
                }
                | Effect::PauseActivity {
                    scheduled_event_id,
                    attempt,
                }
                | Effect::ControlActivity {
                    scheduled_event_id,
                    attempt,
                    ..
                } => {
                    let attempt = (*scheduled_event_id, *attempt);
                    assert!(self.0.contains(&attempt), "told, and did not run");
                }
                Effect::WithdrawActivity { scheduled_event_id } => {
                    let runs = self.0.iter().any(|(id, _)| id == scheduled_event_id);
                    assert!(!runs, "withdrawn, and it runs");
                }
                Effect::CompleteUpdate { .. } => {}
                Effect::Closed => assert!(!run.state.status().is_open()),
            }
        }
        for message in &run.messages {
            assert_eq!(run.state.message(message.id), Some(message));
        }
        let pending = run.state.pending_activities();
        let running = pending.filter(|activity| activity.is_started());
        let running = running.map(|activity| (activity.scheduled_event_id, activity.attempt));
        assert_eq!(self.0, running.collect(), "effects and state differ");
    }
}

/// The attempts that somebody has seen who goes on behind the last one at every look.
#[derive(Default)]
struct Line {
    last: LinePlace,
    seen: BTreeSet<LinePlace>,
}

impl Line {
    fn follow(&mut self, run: &Run) {
        let now = run.now;
        for (turn, _) in run.state.startable_activities(self.last, now) {
            assert!(self.seen.insert(turn), "seen twice");
            self.last = turn;
        }
        let mut all = run.state.startable_activities(LinePlace::default(), now);
        assert!(all.all(|(turn, _)| self.seen.contains(&turn)), "overlooked");
    }
}

/// What holds of every run at every moment.
fn check_invariants(run: &Run) {
    let state = &run.state;
    if !state.status().is_open() {
        assert_eq!(state.next_deadline(), None);
        assert!(state.workflow_task().is_none());
        assert!(state.close().is_some());
        return;
    }
    let last = run.last().event_type();
    let answered = last == EventType::WorkflowTaskCompleted || last.is_command_event();
    assert!(
        answered || state.workflow_task().is_some() || state.is_paused(),
        "the program will not be told of {last}"
    );
    // The indexes say the same as what they are made from.
    let waiting = state.pending_activities();
    let waiting = waiting.filter(|it| !it.is_started() && it.pause.is_none());
    let waiting = waiting.filter(|_| !state.is_paused());
    let startable = state.startable_activities(LinePlace::default(), Timestamp::MAX);
    assert_eq!(startable.count(), waiting.count());
    let activities = state.pending_activities();
    let clocks = activities
        .filter_map(PendingActivity::next_timeout)
        .map(|it| it.0);
    let timers = state.pending_timers().map(PendingTimer::fires_at);
    assert_eq!(
        state.deadlines.first().map(|it| it.0),
        clocks.chain(timers).min()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_history_obeys_the_grammar_and_every_state_is_a_fold(
        run_timeout in option::weighted(0.3, 20_u64..200),
        steps in collection::vec(step(), 1..120),
    ) {
        let mut run = Run::started_with(StartOptions {
            run_timeout: run_timeout.map(Duration::from_secs),
            ..StartOptions::default()
        });
        let mut attempts = Attempts::default();
        let mut line = Line::default();
        for step in steps {
            let transitions = run.transitions.len();
            run.effects.clear();
            run.messages.clear();
            let reported = reported(&run, &step);
            let passes = matches!(step, Step::PassDeadlines);
            let loses = matches!(step, Step::LoseAttempts);
            if matches!(step, Step::PutBack(_)) {
                line = Line::default();
            }
            let accepted = act(&mut run, step).is_ok();
            if !accepted {
                prop_assert_eq!(run.transitions.len(), transitions, "a refusal changed something");
            }
            if loses {
                attempts.0.clear();
            }
            attempts.follow(&run, reported.filter(|_| accepted));
            line.follow(&run);
            check_invariants(&run);
            if passes {
                let next = run.state.next_deadline_after(run.now);
                prop_assert!(next.is_none_or(|at| at > run.now), "something due was left");
            }
        }
        // What the clock has been through is not stored.
        run.state.follow_clock(|_| Duration::ZERO);
        let mut folded = ExecutionState::of_run(RUN);
        for transition in &run.transitions {
            folded.apply(transition);
        }
        prop_assert_eq!(folded, run.state);
    }
}
