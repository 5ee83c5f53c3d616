//! Engine flags: numbers, what is recorded, and what applies.

use expect_test::expect;

use super::{
    journal::HistoryBuilder,
    script::{Script, schedule},
};
use crate::{
    engine::{
        replay::{EngineFlag, Replayer},
        task::WorkflowTask,
    },
    model::{
        Command, ScheduleActivityTask,
        event::workflow_task::{FailedCause, SdkMetadata},
    },
};

#[test]
fn flags_keep_their_numbers() {
    let numbers: Vec<_> = EngineFlag::ALL
        .iter()
        .map(|flag| (flag.number(), *flag))
        .collect();
    expect!["[(1, IdAndTypeDeterminismChecks)]"].assert_eq(&format!("{numbers:?}"));
    assert_eq!(
        EngineFlag::from_number(1),
        Some(EngineFlag::IdAndTypeDeterminismChecks)
    );
    assert_eq!(EngineFlag::from_number(2), None);
}

#[test]
fn what_is_recorded_is_not_said_again() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
    let first = replayer
        .handle_workflow_task(&WorkflowTask {
            events: events.events.clone(),
        })
        .unwrap();
    assert_eq!(first.sdk_metadata.core_used_flags, [1]);
    assert_eq!(first.sdk_metadata.sdk_name, "sempre");

    events.completed(first.sdk_metadata);
    events.signal("go", &());
    events.task();
    let second = replayer
        .handle_workflow_task(&WorkflowTask {
            events: events.events[3..].to_vec(),
        })
        .unwrap();
    assert_eq!(second.sdk_metadata, SdkMetadata::default());
}

#[test]
fn identity_is_compared_only_where_the_flag_is_recorded() {
    for (flags, matches) in [(vec![], true), (vec![1], false)] {
        let mut events = HistoryBuilder::start(&());
        events.task();
        events.completed(SdkMetadata {
            core_used_flags: flags,
            ..Default::default()
        });
        events.command(&Command::ScheduleActivityTask(ScheduleActivityTask {
            activity_id: "1".into(),
            activity_type: "refund".into(),
            ..Default::default()
        }));
        let mut replayer = Replayer::new(Box::new(Script::new(vec![vec![schedule(1, "charge")]])));
        let outcome = replayer.handle_history(&events.events);
        assert_eq!(outcome.is_ok(), matches);
    }
}

#[test]
fn a_flag_of_a_later_release_fails_the_workflow_task() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.completed(SdkMetadata {
        core_used_flags: vec![1, 99],
        ..Default::default()
    });
    let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
    let failure = replayer.handle_history(&events.events).unwrap_err();
    assert_eq!(failure.cause, FailedCause::WorkflowWorkerUnhandledFailure);
    expect!["history is corrupt: it needs a later release, engine_flag=99 event=4"]
        .assert_eq(&failure.failure.to_string());
}
