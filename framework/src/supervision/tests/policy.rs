//! The restart policy, as a table.

use std::time::Duration;

use crate::{
    clock::MonotonicTime,
    supervision::{Faults, RestartPolicy, Verdict},
};

fn at(secs: u64) -> MonotonicTime {
    MonotonicTime::default().after(Duration::from_secs(secs))
}

#[track_caller]
fn check(before: Faults, now: u64, count: u32, expected: Verdict) {
    let now = at(now);
    let (faults, verdict) = RestartPolicy::default().decide(before, now);
    assert_eq!(
        (faults, verdict),
        (
            Faults {
                count,
                last_at: now
            },
            expected
        )
    );
}

fn faults(count: u32, last_at: u64) -> Faults {
    Faults {
        count,
        last_at: at(last_at),
    }
}

fn rebuild(backoff_ms: u64) -> Verdict {
    Verdict::Rebuild {
        after: Duration::from_millis(backoff_ms),
    }
}

#[test]
fn a_broken_execution_is_rebuilt_with_doubling_backoff_and_then_quarantined() {
    check(Faults::default(), 1_000, 1, rebuild(100));
    check(faults(1, 1_000), 1_001, 2, rebuild(200));
    check(faults(2, 1_000), 1_001, 3, rebuild(400));
    check(faults(3, 1_000), 1_001, 4, rebuild(800));
    check(faults(4, 1_000), 1_001, 5, Verdict::Quarantine);
}

#[test]
fn faults_are_forgiven_after_a_quiet_time() {
    check(faults(4, 1_000), 1_599, 5, Verdict::Quarantine);
    check(faults(4, 1_000), 1_600, 1, rebuild(100));
}

#[test]
fn the_backoff_never_exceeds_its_maximum() {
    let policy = RestartPolicy {
        max_faults: 100,
        ..RestartPolicy::default()
    };
    let now = at(1_000);
    let (_, verdict) = policy.decide(faults(90, 1_000), now);
    assert_eq!(
        verdict,
        Verdict::Rebuild {
            after: Duration::from_secs(10)
        }
    );
}
