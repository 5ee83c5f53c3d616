//! What is set after what was done, and what has to be put into force for it.

use std::num::NonZeroU32;

use crate::{
    dispatch::{RateLimit, TaskQueueOptions},
    model::Timestamp,
    operator::{AuditEntry, Setting, Settings},
};

fn done(at: u64, setting: Setting) -> AuditEntry {
    AuditEntry {
        at: Timestamp::from_secs(at),
        ..AuditEntry::from(setting)
            .who(format!("operator {at}"))
            .reason(format!("reason {at}"))
    }
}

fn settings(entries: &[AuditEntry]) -> Settings {
    let mut settings = Settings::default();
    for entry in entries {
        settings.apply(entry);
    }
    settings
}

fn slow() -> TaskQueueOptions {
    let one = NonZeroU32::MIN;
    TaskQueueOptions::default().rate_limit(RateLimit {
        per_second: one,
        burst: one,
    })
}

#[test]
fn what_was_done_last_is_in_force() {
    let queue = || "bank".into();
    let pause = || Setting::PauseTaskQueue(queue());
    let unpause = || Setting::UnpauseTaskQueue(queue());
    let limit = || Setting::LimitTaskQueue(queue(), slow());
    let restore = || Setting::RestoreTaskQueue(queue());
    let pause_type = || Setting::PauseWorkflowType("Order".into());
    let unpause_type = || Setting::UnpauseWorkflowType("Order".into());
    let cases = [
        (vec![], vec![]),
        (vec![pause()], vec![pause()]),
        (vec![pause(), unpause()], vec![]),
        (vec![unpause(), pause(), pause()], vec![pause()]),
        (vec![limit(), pause()], vec![limit(), pause()]),
        (vec![limit(), pause(), restore()], vec![pause()]),
        (vec![pause_type(), unpause()], vec![pause_type()]),
        (vec![pause_type(), unpause_type()], vec![]),
    ];
    for (was_done, in_force) in cases {
        let entries: Vec<_> = (1..)
            .zip(was_done.clone())
            .map(|(at, it)| done(at, it))
            .collect();
        assert_eq!(settings(&entries).changes(), in_force, "{was_done:?}");
    }
}

#[test]
fn what_is_paused_already_stays_so_for_the_reason_that_was_given_first() {
    let pause = || Setting::PauseTaskQueue("bank".into());
    let settings = settings(&[done(1, pause()), done(2, pause())]);
    let paused = &settings.paused_queues[&"bank".into()];
    assert_eq!(paused.at, Timestamp::from_secs(1));
    assert_eq!(paused.who.as_str(), "operator 1");
    assert_eq!(paused.reason, "reason 1");
}

#[test]
fn what_sets_nothing_changes_nothing() {
    let told = AuditEntry::new("deploy", "release 2.3");
    assert_eq!(settings(&[told]), Settings::default());
}

#[test]
fn a_book_reads_what_was_written_before_a_field_was_added() {
    let pause = done(1, Setting::PauseTaskQueue("bank".into()));
    let text = serde_json::to_string(&pause).unwrap();
    assert_eq!(serde_json::from_str::<AuditEntry>(&text).unwrap(), pause);
    assert_eq!(
        serde_json::from_str::<Settings>("{}").unwrap(),
        Settings::default()
    );
    let limits: TaskQueueOptions = serde_json::from_str("{}").unwrap();
    assert_eq!(limits, TaskQueueOptions::default());
}
