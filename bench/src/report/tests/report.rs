//! Medians over runs.

use crate::report::{Column, tests::sample};

#[test]
fn a_figure_is_the_median_of_its_runs() {
    let mut column = Column::new("sempre", "fsync", Vec::new());
    for value in [0.000_5, 0.000_1, 0.000_2] {
        column.add(Ok(sample::measurement(value)));
    }
    let figure = column.figure("step p50").unwrap();
    assert_eq!((figure.median, figure.holds), (0.000_2, Some(true)));
    assert_eq!(figure.runs, [0.000_5, 0.000_1, 0.000_2]);
    assert_eq!(column.notes, ["nobody else used the disk"]);
    let percentiles = column.distribution.map(|it| it.percentiles);
    assert_eq!(percentiles, Some(vec![0.000_2; 101]));
}

#[test]
fn the_median_of_two_runs_lies_between_them() {
    let mut column = Column::new("sempre", "fsync", Vec::new());
    column.add(Ok(sample::measurement(1.0)));
    column.add(Ok(sample::measurement(3.0)));
    let figure = column.figure("step p50").unwrap();
    assert_eq!((figure.median, figure.holds), (2.0, Some(false)));
}

#[test]
fn a_run_that_failed_makes_the_document_incomplete() {
    let mut document = sample::document();
    assert!(!document.is_complete());
    document.reports[0].columns.pop();
    assert!(document.is_complete());
}
