//! What a job was asked to do, and the names of what belongs to it.

use super::spec;
use crate::{
    bulk::spec::BulkSpec,
    model::{Identity, bulk::*},
};

#[test]
fn two_jobs_are_the_same_whoever_asks_for_them() {
    let ada = spec();
    let bob = BulkSpec {
        identity: Identity::new("bob"),
        ..spec()
    };
    assert!(ada.is_same(&bob));
    let slower = BulkSpec { rate: 1, ..spec() };
    assert!(!ada.is_same(&slower));
}

#[test]
fn a_request_names_its_job_and_its_run() {
    let run_id = crate::model::RunId::from_u128(7);
    let began_at = crate::model::Timestamp::from_secs(3);
    for job_id in ["tidy-up", "a@b/c@d"] {
        let request_id = bulk_request_id(job_id, began_at, run_id);
        assert_eq!(bulk_request_of(&request_id), Some((job_id, run_id)));
        let workflow_id = bulk_workflow_id(job_id);
        let named = workflow_id.as_str().strip_prefix(BULK_JOB_PREFIX);
        assert_eq!(named, Some(job_id));
    }
    assert_eq!(bulk_request_of(&"mine".into()), None);
}
