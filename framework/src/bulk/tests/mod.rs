//! Tests of bulk jobs, as far as they need no engine.

mod ledger;
mod results;
mod spec;
mod verdict;

use crate::{
    bulk::{BulkOperation, ledger::Ledger, spec::BulkSpec},
    model::Identity,
};

/// What a job is asked to do.
fn spec() -> BulkSpec {
    BulkSpec {
        job_id: "job".to_owned(),
        filter: "WorkflowType = 'Order'".to_owned(),
        operation: BulkOperation::Terminate,
        rate: 100,
        reason: "enough".to_owned(),
        identity: Identity::new("ada"),
    }
}

/// A job that has not begun, at this rate.
fn ledger(rate: u32) -> Ledger {
    Ledger::new(BulkSpec { rate, ..spec() })
}
