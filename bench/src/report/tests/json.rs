//! The report for programs can be read again.

use crate::{
    Outcome,
    report::{Document, json, tests::sample},
};

#[test]
fn what_is_written_is_read_again() -> Outcome {
    let document = sample::document();
    let text = json::document(&document)?;
    let mut read: Document = serde_json::from_str(&text)?;
    assert_eq!(json::document(&read)?, text);
    let report = read.reports.remove(0);
    let figure = report.columns[0].figure("step p50");
    assert_eq!(figure.map(|it| it.holds), Some(Some(false)));
    Ok(())
}
