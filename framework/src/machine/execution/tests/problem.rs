//! Which problems a run has, state by state.

use std::collections::BTreeMap;

use crate::{
    machine::execution::{
        ProblemKind, Surroundings,
        decide::CompleteWorkflowTask,
        tests::script::{Run, activity, completion, declined, schedule},
    },
    model::{
        ActivityType, Codecs, TaskQueue, WorkflowType, WorkflowVersion, limits,
        transition::SignalDropped,
    },
};

/// A process that has all code, or none.
struct Process {
    has_code: bool,
    versions: &'static [u32],
    quarantined: Option<&'static str>,
    is_paused: bool,
}

impl Surroundings for Process {
    fn quarantined(&self) -> Option<&str> {
        self.quarantined
    }

    fn has_workflow(&self, _: &WorkflowType, version: Option<WorkflowVersion>) -> bool {
        self.has_code && version.is_none_or(|version| self.versions.contains(&version.get()))
    }

    fn paused(&self, workflow_type: &WorkflowType, _: &TaskQueue) -> Option<ProblemKind> {
        let workflow_type = workflow_type.clone();
        self.is_paused
            .then_some(ProblemKind::WorkflowTypePaused { workflow_type })
    }

    fn codecs(&self) -> &Codecs {
        static NONE: Codecs = Codecs::NONE;
        &NONE
    }

    fn has_activity(&self, _: &TaskQueue, _: &ActivityType) -> bool {
        self.has_code
    }
}

const WELL: Process = Process {
    has_code: true,
    versions: &[1],
    quarantined: None,
    is_paused: false,
};

#[track_caller]
fn check(run: &Run, process: &Process, expected: &[&str]) {
    let problems = run.state.problems(process);
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(texts, expected);
    let in_state = problems.iter().any(|problem| {
        matches!(
            problem.kind,
            ProblemKind::WorkflowTaskFails
                | ProblemKind::ActivityFails { .. }
                | ProblemKind::SignalDropped { .. }
        )
    });
    assert_eq!(run.state.is_troubled(), in_state, "{texts:?}");
}

#[test]
fn a_healthy_run_has_no_problem() {
    let mut run = Run::started();
    check(&run, &WELL, &[]);
    run.schedule(activity("a"));
    check(&run, &WELL, &[]);
}

#[test]
fn missing_code_is_a_problem_once_per_type() {
    let without_code = Process {
        has_code: false,
        ..WELL
    };
    let mut run = Run::started();
    run.task(vec![schedule(activity("a")), schedule(activity("b"))]);
    check(
        &run,
        &without_code,
        &[
            "workflow type is not registered workflow_type=Fulfilment",
            "activity type is not registered activity_type=charge task_queue=default \
             activity_id=a count=2",
        ],
    );
}

#[test]
fn a_failing_workflow_task_is_a_problem_until_one_completes() {
    let mut run = Run::started();
    run.start_task();
    run.fail_task();
    let text = run.state.problems(&WELL)[0].to_string();
    assert!(
        text.starts_with("workflow task fails attempt=1: "),
        "{text}"
    );
    run.start_task();
    run.fail_task();
    let text = run.state.problems(&WELL)[0].to_string();
    assert!(
        text.starts_with("workflow task fails attempt=2: "),
        "{text}"
    );
    run.signal("news");
    assert_eq!(
        run.state.problems(&WELL).len(),
        1,
        "news alone cure nothing"
    );
    run.task(vec![]);
    check(&run, &WELL, &[]);
}

#[test]
fn a_failing_activity_is_a_problem_until_it_ends() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    let text = run.state.problems(&WELL)[0].to_string();
    let begin = "activity attempts fail activity_type=charge activity_id=a attempt=1: ";
    assert!(text.starts_with(begin), "{text}");
    run.terminate();
    check(&run, &WELL, &[]);
}

#[test]
fn a_version_that_is_not_registered_is_a_problem_once_the_run_stays_with_it() {
    let second_only = Process {
        versions: &[2],
        ..WELL
    };
    let mut run = Run::started();
    check(&run, &second_only, &[]);
    run.task(vec![]);
    let lacks = |version| {
        format!("workflow version is not registered workflow_type=Fulfilment version={version}")
    };
    check(&run, &second_only, &[&lacks(1)]);
    check(&run, &WELL, &[]);

    let mut run = Run::started();
    run.start_task();
    let second = CompleteWorkflowTask {
        version: Some(WorkflowVersion::new(2)),
        ..completion(vec![])
    };
    run.complete(second);
    check(&run, &WELL, &[&lacks(2)]);
    check(&run, &second_only, &[]);
}

#[test]
fn quarantine_is_a_problem_of_an_open_run() {
    let process = Process {
        quarantined: Some("it broke"),
        ..WELL
    };
    let mut run = Run::started();
    check(&run, &process, &["quarantined: it broke"]);
    run.terminate();
    check(&run, &process, &[]);
}

fn dropping(signals: &[(&str, u64)]) -> CompleteWorkflowTask {
    let dropped = signals.iter().map(|(name, count)| {
        let dropped = SignalDropped {
            signal_name: (*name).into(),
            count: *count,
            cause: "nobody takes it".into(),
        };
        (dropped.signal_name.clone(), dropped)
    });
    CompleteWorkflowTask {
        dropped_signals: dropped.collect::<BTreeMap<_, _>>(),
        ..completion(vec![])
    }
}

#[test]
fn signals_that_the_program_does_not_take_are_a_problem_for_as_long_as_it_does_not() {
    let mut run = Run::started();
    for (dropped, expected) in [
        (
            &[("post", 1)][..],
            &["signal is dropped signal_name=post count=1: nobody takes it"][..],
        ),
        (
            &[("post", 1), ("shout", 3)],
            &[
                "signal is dropped signal_name=post count=1: nobody takes it",
                "signal is dropped signal_name=shout count=3: nobody takes it",
            ],
        ),
        (
            &[("shout", 4)],
            &["signal is dropped signal_name=shout count=4: nobody takes it"],
        ),
        (&[], &[]),
    ] {
        run.signal("news");
        run.start_task();
        run.complete(dropping(dropped));
        check(&run, &WELL, expected);
    }
}

#[test]
fn many_records_without_events_are_a_problem_before_and_past_their_limit() {
    let mut run = Run::started();
    let half = limits::EVENTLESS_BYTES_WARN;
    for (bytes, expected) in [
        (half - 1, None),
        (half, Some("half of the limit is reached limit=52428800")),
        (2 * half, Some("heartbeats are not recorded any more")),
    ] {
        run.state.eventless_bytes = bytes;
        let problems = run.state.problems(&WELL);
        let cause = problems.first().map(|problem| problem.cause.as_str());
        match expected {
            None => assert_eq!(cause, None),
            Some(expected) => assert!(
                cause.is_some_and(|it| it.starts_with(expected)),
                "{cause:?}"
            ),
        }
        assert_eq!(run.state.is_troubled(), expected.is_some());
    }
}
