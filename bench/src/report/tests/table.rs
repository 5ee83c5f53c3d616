//! The report for people, as they see it.

use expect_test::expect;

use crate::report::{table, tests::sample};

#[test]
fn a_report_has_a_line_for_each_figure_and_says_what_failed() {
    expect![[r#"
        step: one workflow, 1,000 activities one after the other
        bare append of 512 B with fdatasync: p50 200 µs, p99 400 µs, 4,900/s; into allocated space: p50 120 µs, p99 200 µs
        ┌────────────────────────────────────────────┐
        │                        sempre       sempre │
        │                         fsync     deferred │
        ╞════════════════════════════════════════════╡
        │ step p50               310 µs      12.0 µs │
        │                    ≤ 300 µs ✗   ≤ 300 µs ✓ │
        │ steps per second      3,226/s     83,333/s │
        └────────────────────────────────────────────┘
        * nobody else used the disk
        * sempre deferred failed: no space left on device
    "#]].assert_eq(&table::report(&sample::report()));
}

#[test]
fn the_head_says_when_and_where() {
    let head = table::head(&sample::document());
    let mut lines = head.lines();
    let first = "2026-11-22T12:00:00.000Z, sempre 0.1.0, medians of 5 runs";
    assert_eq!(lines.next(), Some(first));
    let second = "A processor, 2 cores, 24.0 GiB, An operating system, ext4, an allocator";
    assert_eq!(lines.next(), Some(second));
}

#[test]
fn a_folder_in_memory_is_pointed_out() {
    let mut document = sample::document();
    assert!(!table::head(&document).contains("--folder"));
    document.machine.file_system = "tmpfs".into();
    assert!(table::head(&document).contains("--folder"));
}

#[test]
fn all_scenarios_are_listed() {
    let list = table::scenarios();
    for scenario in crate::scenario::Scenario::ALL {
        assert!(list.contains(scenario.plan().name));
    }
}
