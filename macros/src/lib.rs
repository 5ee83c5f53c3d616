//! The attribute and derive macros of sempre, and their manual.
//!
//! Every macro goes through the same stages: `parse` turns syntax into raw attributes, `check`
//! holds the rules and turns them into a model, `expand` turns the model into tokens and cannot
//! fail. Mistakes are collected, so one build shows all of them, and the item itself is emitted
//! in any case.
//!
//! Generated code has no logic: it implements the traits of `sempre::definition`,
//! `sempre::workflow` and `sempre::activity`, which a person could do as well. Compiling examples
//! stand at sempre's re-exports, because this crate does not know sempre.

mod activity;
mod block;
mod diagnostics;
mod entry;
mod failure;
mod item;
mod naming;
mod option;
mod path;
mod signature;
mod symbol;
mod test;
mod workflow;

use proc_macro::TokenStream;

/// Makes a struct or an enum the state of a workflow.
///
/// The workflow type, as it stands in histories, is the name of the type, or the given one. The
/// code of the workflow stands in an impl block under [`#[handlers]`](macro@handlers).
///
/// | option                 | meaning                     | default              |
/// |------------------------|-----------------------------|----------------------|
/// | `name = "…"`           | the workflow type           | the name of the type |
/// | `version = 2`          | which version of its code   | the first            |
/// | `crate = path`         | where sempre is             | `::sempre`           |
///
/// They are given as `#[workflow(name = "…", version = 2)]`. The type is not generic.
#[proc_macro_derive(Workflow, attributes(workflow))]
pub fn derive_workflow(item: TokenStream) -> TokenStream {
    entry::expand(|diagnostics| workflow::derive(item.into(), diagnostics))
}

/// Makes the methods of an impl block the code of a workflow.
///
/// A method with one of these attributes is a handler; all others stay what they are. The
/// attributes need no import.
///
/// | attribute   | shape                                                                 | how many |
/// |-------------|-----------------------------------------------------------------------|----------|
/// | `#[run]`    | `async fn(ctx: WorkflowContext<Self>, input: T) -> Result<O, E>`      | one      |
/// | `#[init]`   | `fn(input: &T) -> Self`, or `fn() -> Self`                            | up to 1  |
/// | `#[signal]` | `fn(&mut self, input: T)`, or `async fn(ctx: WorkflowContext<Self>, input: T)` | any |
/// | `#[query]`  | `fn(&self, input: T) -> O`                                            | any      |
/// | `#[update]` | `fn(&mut self, input: T) -> Result<O, E>`, or `async fn(ctx: WorkflowContext<Self>, input: T) -> Result<O, E>` | any |
/// | `#[validate(update)]` | `fn(&self, input: &T) -> Result<(), E>`                     | up to 1 for each update |
///
/// * The input may be left out; more than one value goes into one struct, which can grow.
/// * `run` and an update may return `O` instead of a `Result`, or nothing; then they cannot fail.
///   Their errors implement `Failure`.
/// * A validator names the method of its update. It runs before the update is recorded, and never in
///   a replay; an update that it refuses leaves no trace.
/// * Without `#[init]` the state begins as its `Default`.
/// * A signal, query or update is named after its method, or by `#[signal(name = "…")]`,
///   `#[query(name = "…")]` and `#[update(name = "…")]`.
/// * Handlers stay methods, so a unit test can call them.
///
/// # What is refused
///
/// No body in the block may do what a replay cannot repeat: read a clock, wait by one, draw random
/// numbers, start tasks or threads, read the environment, use processes, files or sockets, name a
/// `HashMap` or `HashSet`, or wait in a random order. Each has a compile error that names the
/// replacement. The macro knows them by how they are written, `Instant::now` or `std::env::var`,
/// also through imports inside a body and in the arguments of macros; what begins at `crate`,
/// `self` or `super` is the author's own.
///
/// `#[allow_nondeterminism(reason = "…")]` on a statement, an expression, an arm of a `match` or a
/// method is the way round it. It needs no import, and vanishes.
///
/// # The typed handle
///
/// For a workflow `Order` with signals, queries or updates there is also a trait `OrderHandle`, with one
/// method for each, which sempre's `WorkflowHandle<Order>` implements: `order.approve(by)` sends
/// the signal `approve`, `order.items()` asks the query `items`, `order.change_address(to)` has the
/// update `change_address` carried out. The trait is as visible as the
/// most visible of these handlers: write `pub` on a handler that is used in other modules, and
/// import the trait there. The methods carry the documentation of the handlers.
///
/// The option `#[handlers(crate = path)]` says where sempre is, if it is not `::sempre`.
#[proc_macro_attribute]
pub fn handlers(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(|diagnostics| workflow::handlers(args.into(), item.into(), diagnostics))
}

/// Makes a function an activity.
///
/// ```text
/// #[activity(start_to_close = "30s")]
/// async fn greet(ctx: ActivityContext, name: String) -> Result<String, GreetError> { … }
/// ```
///
/// Context and input may be left out, and the function may return a plain value instead of a
/// `Result`; then it cannot fail. An `async fn` must be `Send`; a `fn` may block, it runs on a
/// thread of its own.
///
/// In its place stands a function that names the activity: `ctx.activity(greet, name)` in a workflow,
/// `.activities(greet)` where it is registered. As any function it gives way to a variable of its
/// name, so `let price = ctx.activity(price, item).await?` is fine. A type of the same name is the
/// activity itself; the code is called directly as `greet::call(…)`, with the same parameters.
///
/// What the types in the signature are is decided by the compiler, so an alias of `Result` or of the
/// context is as good as the type itself.
///
/// One of `start_to_close` and `schedule_to_close` is given, or `timeout = "at_call"` says that each
/// call gives one.
///
/// On methods the attribute stands inside [`#[activities]`](macro@activities). The options are the
/// same, and each can be overridden at the call:
///
/// | option                      | meaning                                                  |
/// |-----------------------------|----------------------------------------------------------|
/// | `name = "…"`                | the activity type; default: the name of the function     |
/// | `start_to_close = "30s"`    | from an attempt's start to its end                       |
/// | `schedule_to_close = "1h"`  | from the first scheduling to the end, retries included   |
/// | `schedule_to_start = "5s"`  | from an attempt's scheduling to its start                |
/// | `heartbeat = "10s"`         | from a heartbeat to the next one                         |
/// | `timeout = "at_call"`       | each call says how long it may take                      |
/// | `task_queue = "…"`          | where it is dispatched; default: the workflow's queue    |
/// | `retry(…)`                  | when a failed attempt is tried again                     |
/// | `crate = path`              | where sempre is; default: `::sempre`                     |
///
/// | option in `retry(…)`        | meaning                                                  |
/// |-----------------------------|----------------------------------------------------------|
/// | `initial_interval = "1s"`   | the interval after the first attempt; default: 1 s       |
/// | `backoff = 2.0`             | the factor from one interval to the next; default: 2.0   |
/// | `max_interval = "1m"`       | the longest interval; default: 100 × `initial_interval`  |
/// | `max_attempts = 5`          | attempts in all; default: 0, which is no limit           |
/// | `non_retryable("A", "B")`   | types of failure that are final                          |
#[proc_macro_attribute]
pub fn activity(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(|diagnostics| activity::activity(args.into(), item.into(), diagnostics))
}

/// Makes methods of an impl block activities that share what is in `self`.
///
/// ```text
/// #[activities]
/// impl Billing {
///     #[activity(start_to_close = "30s")]
///     async fn charge(&self, ctx: ActivityContext, card: Card) -> Result<Payment, BillingError> { … }
/// }
/// ```
///
/// A method marked with [`#[activity(…)]`](macro@activity) is an activity and takes `&self`; all
/// others stay what they are. As a value, `Billing::charge` stands for the activity:
/// `ctx.activity(Billing::charge, card)`. As a method it is still called directly:
/// `billing.charge(ctx, card).await`, through a trait `BillingActivities`, which is as visible as
/// the most visible of the activities and is imported in other modules. One value of the type is
/// registered and shared by all attempts, so the type is `Send + Sync`.
///
/// The option `#[activities(crate = path)]` says where sempre is, if it is not `::sempre`.
#[proc_macro_attribute]
pub fn activities(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(|diagnostics| activity::activities(args.into(), item.into(), diagnostics))
}

/// Makes an error type one that is read back from a history as the type it was.
///
/// The failure's message is the error's `Display`, its type is the name of the variant (of the
/// struct, if it is one), and its details are a JSON object with the fields, so each field can be
/// serialized and deserialized with serde; the error itself need not. A field that was not written
/// reads as `null`, so a field that is added later is an `Option`.
///
/// | option of the type            | meaning                                            |
/// |-------------------------------|----------------------------------------------------|
/// | `prefix = "billing."`         | what the types of its failures begin with          |
///
/// | option of a variant or struct | meaning                                            |
/// |-------------------------------|----------------------------------------------------|
/// | `name = "…"`                  | the type of the failure, which retry policies name |
/// | `non_retryable`               | no further attempt is made                         |
/// | `benign`                      | it was to be expected, and alarms nobody           |
/// | `retry_after = "5s"`          | when to try again, instead of the policy's interval |
///
/// | option of a field             | meaning                                            |
/// |-------------------------------|----------------------------------------------------|
/// | `cause`                       | the field is the failure's cause, a `Failure` itself |
///
/// Types that begin with `sempre.` are reserved. An engine does not start with two errors whose
/// failures have one type, as far as it sees them: those of its workflows and activities, and their
/// causes.
///
/// All are given as `#[failure(…)]`, and `#[failure(crate = path)]` on the type says where sempre
/// is, if it is not `::sempre`. The type is not generic.
#[proc_macro_derive(Failure, attributes(failure))]
pub fn derive_failure(item: TokenStream) -> TokenStream {
    entry::expand(|diagnostics| failure::derive(item.into(), diagnostics))
}

/// Makes an `async fn` a test of workflows.
///
/// ```text
/// #[sempre::test]
/// async fn an_order_waits_for_three_days(env: TestEnvironment) { … }
/// ```
///
/// The function is given a test environment: an engine in memory that skips idle time. The
/// parameter may be left out. Each test has a runtime and an environment of its own.
///
/// * A test that returns something returns what any `#[test]` may. In one whose return type is not
///   written `?` is allowed all the same, with every error; it ends where its block ends, and not
///   at a `return`.
/// * `#[should_panic]`, `#[ignore]` and all other attributes stay.
/// * A test that waits for a whole minute of the machine's time is given up: what it waits for
///   never comes.
///
/// | option              | meaning                                                          |
/// |---------------------|------------------------------------------------------------------|
/// | `workflows(A, B)`   | workflows known from the beginning; those that the test names are known anyway |
/// | `crate = path`      | where sempre is; default: `::sempre`                             |
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(|diagnostics| test::test(args.into(), item.into(), diagnostics))
}
