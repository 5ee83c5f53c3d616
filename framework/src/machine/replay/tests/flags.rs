//! Engine flags: numbers, what is recorded, and what applies.

use expect_test::expect;

use super::{
    journal::HistoryBuilder,
    script::{Script, schedule},
};
use crate::{
    machine::{
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
    expect!["[(1, IdAndTypeDeterminismChecks), (2, UpsertSearchAttributeOnPatch)]"]
        .assert_eq(&format!("{numbers:?}"));
    assert_eq!(
        EngineFlag::from_number(1),
        Some(EngineFlag::IdAndTypeDeterminismChecks)
    );
    assert_eq!(EngineFlag::from_number(99), None);
}

#[test]
fn what_is_recorded_is_not_said_again() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
    let first = replayer
        .handle_workflow_task(&WorkflowTask::from(events.events.clone()))
        .unwrap();
    assert_eq!(first.sdk_metadata.core_used_flags, [1]);
    assert_eq!(first.sdk_metadata.sdk_name, "sempre");

    events.completed(first.sdk_metadata);
    events.signal("go", &());
    events.task();
    let second = replayer
        .handle_workflow_task(&WorkflowTask::from(events.events[3..].to_vec()))
        .unwrap();
    assert_eq!(second.sdk_metadata, SdkMetadata::default());
}

/// Replays two activities, `charge` and `ship`, against a history that has these ids and types.
fn replay_two(metadata: &SdkMetadata, recorded: [(&str, &str); 2]) -> bool {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.completed(metadata.clone());
    for (activity_id, activity_type) in recorded {
        events.command(&Command::ScheduleActivityTask(ScheduleActivityTask {
            activity_id: activity_id.into(),
            activity_type: activity_type.into(),
            ..Default::default()
        }));
    }
    let asked = vec![schedule(1, "charge"), schedule(2, "ship")];
    let mut replayer = Replayer::new(Box::new(Script::new(vec![asked])));
    replayer.handle_history(&events.events).is_ok()
}

#[test]
fn ids_and_types_are_compared_unless_the_recorded_flags_say_that_the_author_did_not() {
    let unstated = SdkMetadata::default();
    let compared = SdkMetadata {
        core_used_flags: vec![1],
        ..Default::default()
    };
    let ignored = SdkMetadata {
        core_used_flags: vec![2],
        sdk_name: "temporal".into(),
        ..Default::default()
    };
    let same = [("1", "charge"), ("2", "ship")];
    let other_type = [("1", "refund"), ("2", "ship")];
    let other_second_type = [("1", "charge"), ("2", "store")];
    // By the numbers of the events, as Temporal's library for Go does it.
    let foreign_ids = [("5", "charge"), ("6", "ship")];
    let other_second_id = [("1", "charge"), ("6", "ship")];
    let foreign_ids_other_type = [("5", "charge"), ("6", "store")];
    for (metadata, recorded, fits) in [
        (&compared, same, true),
        (&compared, other_type, false),
        (&compared, other_second_type, false),
        (&compared, foreign_ids, false),
        (&compared, other_second_id, false),
        (&unstated, same, true),
        (&unstated, other_type, false),
        (&unstated, other_second_type, false),
        (&unstated, foreign_ids, true),
        (&unstated, foreign_ids_other_type, false),
        (&unstated, other_second_id, false),
        (&ignored, same, true),
        (&ignored, other_type, true),
        (&ignored, other_second_id, true),
    ] {
        let flags = &metadata.core_used_flags;
        assert_eq!(
            replay_two(metadata, recorded),
            fits,
            "{flags:?} {recorded:?}"
        );
    }
}

#[test]
fn another_kind_never_fits_whatever_the_flags_say() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.completed(SdkMetadata {
        core_used_flags: vec![2],
        sdk_name: "temporal".into(),
        ..Default::default()
    });
    events.command(&Command::StartTimer {
        user_metadata: None,
        timer_id: "1".into(),
        start_to_fire_timeout: std::time::Duration::from_secs(1),
    });
    let mut replayer = Replayer::new(Box::new(Script::new(vec![vec![schedule(1, "charge")]])));
    replayer.handle_history(&events.events).unwrap_err();
}

#[test]
fn the_further_flags_of_another_library_are_passed_over() {
    let mut events = HistoryBuilder::start(&());
    events.task();
    events.completed(SdkMetadata {
        core_used_flags: vec![4, 1, 99],
        sdk_name: "temporal-python".into(),
        ..Default::default()
    });
    let mut replayer = Replayer::new(Box::new(Script::new(vec![])));
    replayer.handle_history(&events.events).unwrap();
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
