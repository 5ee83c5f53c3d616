//! A report as it could have been measured.

use crate::{
    measurement::{Bound, Distribution, Figure, Measurement, Unit},
    report::{Column, Document, Report},
    resources::Machine,
    scenario::Scenario,
};

/// A measurement of one figure, and of a distribution if there is one.
pub(super) fn measurement(value: f64) -> Measurement {
    let bound = Some(Bound::AtMost(0.0003));
    Measurement {
        figures: vec![
            Figure::new("step p50", Unit::Seconds, value).bound(bound),
            Figure::new("steps per second", Unit::PerSecond, 1.0 / value),
        ],
        distribution: Some(Distribution {
            of: "a step".into(),
            percentiles: vec![value; 101],
        }),
        notes: vec!["nobody else used the disk".into()],
        ..Measurement::default()
    }
}

fn disk() -> Column {
    let mut disk = Column::new("bare append", "fdatasync", Vec::new());
    let figures = vec![
        Figure::new("bytes", Unit::Bytes, 512.0),
        Figure::new("append p50", Unit::Seconds, 0.000_2),
        Figure::new("append p99", Unit::Seconds, 0.000_4),
        Figure::new("appends per second", Unit::PerSecond, 4_900.0),
        Figure::new("allocated p50", Unit::Seconds, 0.000_12),
        Figure::new("allocated p99", Unit::Seconds, 0.000_2),
    ];
    disk.add(Ok(Measurement {
        figures,
        ..Measurement::default()
    }));
    disk
}

/// One scenario with two subjects, one of which has failed once.
pub(super) fn report() -> Report {
    let mut fsync = Column::new("sempre", "fsync", Vec::new());
    fsync.add(Ok(measurement(0.000_31)));
    let mut deferred = Column::new("sempre", "deferred", Vec::new());
    deferred.add(Ok(measurement(0.000_012)));
    deferred.add(Err("no space left on device".into()));
    Report {
        scenario: Scenario::Step,
        size: 1_000,
        title: "step: one workflow, 1,000 activities one after the other".into(),
        disk: disk(),
        columns: vec![fsync, deferred],
    }
}

/// A document with that report.
pub(super) fn document() -> Document {
    Document {
        measured_at: "2026-11-22T12:00:00.000Z".into(),
        version: "0.1.0".into(),
        allocator: "an allocator".into(),
        machine: Machine {
            processor: "A processor".into(),
            cores: 2,
            memory_bytes: 24 * 1024 * 1024 * 1024,
            operating_system: "An operating system".into(),
            file_system: "ext4".into(),
        },
        runs: 5,
        reports: vec![report()],
    }
}
