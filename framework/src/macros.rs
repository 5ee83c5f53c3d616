//! The macros, each with an example that compiles; their manual is in `sempre-macros`.

#[doc(inline)]
/// # Examples
/// ```
/// use derive_more::{Display, Error};
/// use sempre::{ApplicationFailure, Failure};
///
/// #[derive(PartialEq, Debug, Display, Error, Failure)]
/// enum BillingError {
///     #[failure(non_retryable)]
///     #[display("card declined: {reason}")]
///     Declined { reason: String },
///     #[failure(name = "GatewayUnreachable", retry_after = "30s")]
///     #[display("gateway unreachable")]
///     Unreachable {
///         #[failure(cause)]
///         source: ApplicationFailure,
///     },
/// }
///
/// let error = BillingError::Declined { reason: "stolen".into() };
/// let failure = error.to_failure();
/// assert_eq!(failure.message, "card declined: stolen");
/// assert_eq!(BillingError::from_failure(&failure), Some(error));
/// ```
pub use sempre_macros::Failure;
#[doc(inline)]
/// # Examples
/// ```
/// use sempre::Workflow;
///
/// #[derive(Workflow, Default)]
/// #[workflow(name = "order-fulfilment")]
/// struct Fulfilment {
///     approved_by: Option<String>,
/// }
///
/// assert_eq!(Fulfilment::TYPE, "order-fulfilment");
/// ```
pub use sempre_macros::Workflow;
#[doc(inline)]
/// # Examples
/// ```
/// use sempre::{activities, activity};
/// use std::convert::Infallible;
///
/// struct Billing {
///     fee: u32,
/// }
///
/// #[activities]
/// impl Billing {
///     #[activity(start_to_close = "30s", retry(max_attempts = 5))]
///     async fn charge(&self, amount: u32) -> Result<u32, Infallible> {
///         Ok(self.with_fee(amount))
///     }
///
///     fn with_fee(&self, amount: u32) -> u32 {
///         amount + self.fee
///     }
/// }
///
/// # fn type_of<A: sempre::definition::Activity>(_: A) -> &'static str { A::TYPE }
/// assert_eq!(type_of(Billing::charge), "charge");
/// # use futures::FutureExt as _;
/// # let charged =
/// Billing { fee: 1 }.charge(99)
/// # .now_or_never();
/// # assert_eq!(charged, Some(Ok(100)));
/// ```
pub use sempre_macros::activities;
#[doc(inline)]
/// # Examples
/// ```
/// use sempre::{ActivityContext, activity, definition::Activity};
///
/// /// Runs on a thread of its own, because it is not `async`.
/// #[activity(name = "Greet", start_to_close = "30s")]
/// fn greet(name: String) -> String {
///     format!("hello {name}")
/// }
///
/// #[activity(schedule_to_close = "1m")]
/// async fn which_attempt(ctx: ActivityContext) -> u32 {
///     ctx.info().attempt
/// }
///
/// assert_eq!(greet::TYPE, "Greet");
/// assert_eq!(greet::call("ada".into()), "hello ada");
/// ```
pub use sempre_macros::activity;
#[doc(inline)]
/// # Examples
/// ```
/// use sempre::{Canceled, Workflow, WorkflowContext, handlers};
///
/// #[derive(Workflow, Default)]
/// struct Order {
///     approved_by: Option<String>,
/// }
///
/// #[handlers]
/// impl Order {
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>, item: String) -> Result<String, Canceled> {
///         ctx.wait_until(Self::is_approved).await?;
///         Ok(format!("{item} is on its way"))
///     }
///
///     /// Lets the order go on.
///     #[signal]
///     fn approve(&mut self, by: String) {
///         self.approved_by = Some(by);
///     }
///
///     #[query(name = "approved-by")]
///     fn approved_by(&self) -> Option<String> {
///         self.approved_by.clone()
///     }
///
///     fn is_approved(&self) -> bool {
///         self.approved_by.is_some()
///     }
/// }
///
/// // A client sends `order.approve("ada".into()).await?`; a unit test calls the method.
/// let mut order = Order::default();
/// order.approve("ada".into());
/// assert_eq!(order.approved_by().as_deref(), Some("ada"));
/// ```
pub use sempre_macros::handlers;
#[cfg(all(feature = "runtime", feature = "testing"))]
#[doc(inline)]
/// # Examples
/// ```
/// use sempre::{Canceled, Workflow, WorkflowContext, handlers, testing::TestEnvironment};
/// use std::time::Duration;
///
/// #[derive(Workflow, Default)]
/// struct Reminder;
///
/// #[handlers]
/// impl Reminder {
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>, days: u32) -> Result<u32, Canceled> {
///         ctx.sleep(days * Duration::from_secs(86_400)).await?;
///         Ok(days)
///     }
/// }
///
/// # mod tests { use super::*;
/// #[sempre::test]
/// # pub
/// async fn a_reminder_comes_after_thirty_days(env: TestEnvironment) {
///     let reminder = env.workflow::<Reminder>("r").start(30).await?;
///     assert_eq!(reminder.result().await?, 30);
///     env.assert_replays(&reminder).await;
/// }
/// # }
/// ```
pub use sempre_macros::test;
