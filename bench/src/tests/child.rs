//! Jobs cross the border between processes as text.

use crate::{child::Job, scenario::Scenario};

#[test]
fn a_job_is_read_as_it_was_written() -> Result<(), Box<dyn std::error::Error>> {
    let job = Job {
        scenario: Scenario::FanOut,
        size: 7,
        subject: "sempre fsync".into(),
        phase: 2,
        folder: "somewhere".into(),
    };
    assert_eq!(Job::parse(&serde_json::to_string(&job)?)?, job);
    assert!(Job::parse("{}").is_err());
    Ok(())
}
