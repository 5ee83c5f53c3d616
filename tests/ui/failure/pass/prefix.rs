//! A prefix keeps the types of two errors apart, also that of a struct.

use sempre::Failure;

#[derive(Debug, PartialEq, derive_more::Display, derive_more::Error, Failure)]
#[failure(prefix = "billing.")]
#[display("not found")]
enum BillingError {
    NotFound,
    #[failure(name = "lost", non_retryable)]
    Missing,
}

#[derive(Debug, PartialEq, derive_more::Display, derive_more::Error, Failure)]
#[failure(prefix = "stock.", name = "NotFound")]
#[display("not found")]
struct StockError;

fn error_type(error: &impl Failure) -> String {
    match error.to_failure().info {
        sempre::model::FailureInfo::Application(info) => info.error_type,
        other => panic!("{other:?}"),
    }
}

fn main() {
    assert_eq!(error_type(&BillingError::NotFound), "billing.NotFound");
    assert_eq!(error_type(&BillingError::Missing), "billing.lost");
    assert_eq!(error_type(&StockError), "stock.NotFound");
    let lost = BillingError::Missing.to_failure();
    assert_eq!(
        BillingError::from_failure(&lost),
        Some(BillingError::Missing)
    );
    assert_eq!(
        StockError::from_failure(&BillingError::NotFound.to_failure()),
        None
    );
}
