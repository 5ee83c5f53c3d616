//! The context: everything that workflow code can ask for.
//!
//! What it can only look up is in `facts`, and what ends early in `cancellation`.

use std::{
    cell::{Ref, RefCell},
    rc::Rc,
    time::Duration,
};

use derive_more::Debug;

use crate::{
    definition::{Activity, NamesActivity, Workflow, WorkflowSignature},
    model::{Timestamp, WorkflowId},
    workflow::{
        ActivityCall, ChildCall, ChildId, ExternalWorkflow, Foreign, LocalActivityCall, Sleep,
        WaitUntil, host::ProgramHost, scope::Scope,
    },
};

/// A workflow's view of its run: its state, and everything that it can ask for.
///
/// A cheap clone. It belongs to the thread of its run, and means nothing outside its workflow.
///
/// # Determinism
/// What it returns is recorded or follows from the history, so a replay gets the same. What is not
/// asked for through it, such as the time of the machine, has no place in a workflow.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use sempre::{WaitError, WorkflowContext};
///
/// #[derive(Default)]
/// struct Order { approved: bool, reminders: u32 }
///
/// /// Reminds every day until somebody approves, three times at most.
/// async fn approval(ctx: WorkflowContext<Order>) -> Result<bool, WaitError> {
///     while ctx.state(|order| order.reminders < 3) {
///         let approved = ctx.wait_until(|order| order.approved);
///         match approved.timeout(Duration::from_secs(86_400)).await {
///             Ok(()) => return Ok(true),
///             Err(WaitError::TimedOut) => ctx.update(|order| order.reminders += 1),
///             Err(canceled) => return Err(canceled),
///         }
///     }
///     Ok(false)
/// }
/// ```
#[derive(Debug)]
#[debug("WorkflowContext {{ {scope:?} }}")]
pub struct WorkflowContext<W> {
    shared: Rc<Shared<W>>,
    scope: Scope,
}

#[derive(Debug)]
struct Shared<W> {
    host: Rc<ProgramHost>,
    /// `None` before the run begins and after its program was dropped.
    #[debug(skip)]
    state: RefCell<Option<W>>,
}

impl<W> Clone for WorkflowContext<W> {
    fn clone(&self) -> Self {
        Self {
            shared: Rc::clone(&self.shared),
            scope: self.scope.clone(),
        }
    }
}

impl<W> WorkflowContext<W> {
    pub(in crate::workflow) fn new() -> Self {
        Self {
            shared: Rc::new(Shared {
                host: Rc::new(ProgramHost::new()),
                state: RefCell::new(None),
            }),
            scope: Scope::new(),
        }
    }

    /// Calls an activity: `ctx.activity(greet, name).await`.
    ///
    /// Options that differ from those of its definition come between; see [`ActivityCall`].
    ///
    /// # Determinism
    /// The call is recorded, and so is how the activity ends; a replay gets the recorded end.
    ///
    /// # Cancellation
    /// As its [`ActivityHandle`](crate::workflow::ActivityHandle) says.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityError, WorkflowContext, activity};
    /// use std::{convert::Infallible, time::Duration};
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn greet(name: String) -> String {
    ///     format!("Hello, {name}!")
    /// }
    ///
    /// async fn twice<W>(ctx: WorkflowContext<W>) -> Result<String, ActivityError<Infallible>> {
    ///     let later = ctx.activity(greet, "ada".into()).start();
    ///     let now = ctx.activity(greet, "grace".into()).start_to_close(Duration::from_secs(1));
    ///     Ok(now.await? + &later.await?)
    /// }
    /// ```
    #[expect(
        unused_variables,
        clippy::needless_pass_by_value,
        reason = "the value stands for its type"
    )]
    pub fn activity<A: Activity, Form>(
        &self,
        definition: impl NamesActivity<Form, Activity = A>,
        input: A::Input,
    ) -> ActivityCall<A> {
        ActivityCall::new(Rc::clone(self.host()), self.scope.clone(), input)
    }

    /// A local activity: `ctx.local_activity(parse, page).await`.
    ///
    /// The same activities as [`activity`](Self::activity) takes, run in the process of the workflow
    /// and within its workflow task: no event of their own but a marker once they have ended, no
    /// queue, no slot, and no sync between one and the next. For what is short, and may be repeated:
    /// what ends shortly before the process does is run again.
    /// The guide on activities says when to take which.
    ///
    /// # Determinism
    /// The end is recorded, and replay returns it.
    ///
    /// # Durability
    /// The workflow task has begun durably before a local activity runs. Its result is durable when
    /// the task completes, or heartbeats: at four fifths of its timeout, as long as local activities
    /// run. Nothing that the workflow asks for afterwards leaves before that, other local activities
    /// aside.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityError, WorkflowContext, activity};
    /// use std::convert::Infallible;
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn exchange_rate(currency: String) -> f64 {
    ///     if currency == "EUR" { 1.0 } else { 0.9 }
    /// }
    ///
    /// async fn price<W>(ctx: WorkflowContext<W>) -> Result<f64, ActivityError<Infallible>> {
    ///     Ok(12.0 * ctx.local_activity(exchange_rate, "USD".into()).await?)
    /// }
    /// ```
    #[expect(
        unused_variables,
        clippy::needless_pass_by_value,
        reason = "the value stands for its type"
    )]
    pub fn local_activity<A: Activity, Form>(
        &self,
        definition: impl NamesActivity<Form, Activity = A>,
        input: A::Input,
    ) -> LocalActivityCall<A> {
        LocalActivityCall::new(Rc::clone(self.host()), self.scope.clone(), input)
    }

    /// Another workflow, to be signaled or asked to stop: `ctx.external::<Warehouse>("warehouse-3")`.
    ///
    /// Nothing is asked for by this call. What is said to the workflow goes to the latest run of the
    /// id, unless [a run is named](ExternalWorkflow::at_run).
    ///
    /// # Examples
    /// ```
    /// use sempre::{Canceled, Workflow, WorkflowContext, handlers, workflow::ExternalWorkflowError};
    ///
    /// #[derive(Workflow, Default)]
    /// struct Warehouse { stock: u32 }
    ///
    /// #[handlers]
    /// impl Warehouse {
    ///     #[run]
    ///     async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
    ///         ctx.wait_until(|warehouse| warehouse.stock > 100).await
    ///     }
    ///
    ///     #[signal]
    ///     fn restock(&mut self, items: u32) { self.stock += items; }
    /// }
    ///
    /// async fn deliver<W>(ctx: WorkflowContext<W>) -> Result<(), ExternalWorkflowError> {
    ///     ctx.external::<Warehouse>("warehouse-3").restock(12).await
    /// }
    /// ```
    pub fn external<T: Workflow>(&self, workflow_id: impl Into<WorkflowId>) -> ExternalWorkflow<T> {
        ExternalWorkflow::new(
            Rc::clone(self.host()),
            self.scope.clone(),
            workflow_id.into(),
        )
    }

    /// A child workflow: `ctx.child::<Shipment>("shipment-42").run(parcel).await`.
    ///
    /// Options come between; see [`ChildCall`]. With `..` in the place of the id the child gets one
    /// that follows from this run and the call. Nothing is asked for by this call alone.
    ///
    /// # Determinism
    /// The call is recorded, and so are the start and the end of the child.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Canceled, Workflow, WorkflowContext, handlers, workflow::ChildError};
    ///
    /// #[derive(Workflow, Default)]
    /// struct Shipment { insured: Option<u32> }
    ///
    /// #[handlers]
    /// impl Shipment {
    ///     #[run]
    ///     async fn run(ctx: WorkflowContext<Self>, parcel: String) -> Result<String, Canceled> {
    ///         ctx.wait_until(|shipment| shipment.insured.is_some()).await?;
    ///         Ok(format!("{parcel} is on its way"))
    ///     }
    ///
    ///     #[signal]
    ///     fn insure(&mut self, value: u32) { self.insured = Some(value); }
    /// }
    ///
    /// async fn ship<W>(ctx: WorkflowContext<W>) -> Result<String, ChildError<Canceled>> {
    ///     let shipment = ctx.child::<Shipment>(..).start("a book".into()).await?;
    ///     let _delivered = shipment.insure(20).await;
    ///     shipment.result().await
    /// }
    /// ```
    pub fn child<T: WorkflowSignature>(&self, id: impl Into<ChildId>) -> ChildCall<T> {
        ChildCall::new(Rc::clone(self.host()), self.scope.clone(), id.into())
    }

    /// Pauses for a time that outlives the process.
    ///
    /// The pause begins with this call. One of no length resolves at once and starts no timer.
    ///
    /// # Determinism
    /// The timer is recorded when it starts and when it fires.
    ///
    /// # Cancellation
    /// It resolves with [`Canceled`](crate::Canceled) when the run, or this context's scope, is.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Canceled, WorkflowContext};
    /// use std::time::Duration;
    ///
    /// async fn remind<W>(ctx: WorkflowContext<W>) -> Result<&'static str, Canceled> {
    ///     ctx.sleep(Duration::from_secs(7 * 86_400)).await?;
    ///     Ok("a week has passed")
    /// }
    /// ```
    pub fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(Rc::clone(self.host()), &self.scope, duration)
    }

    /// Pauses until a point in time, counted from the workflow's time, [`now`](Self::now).
    ///
    /// An ordinary [`sleep`](Self::sleep) over the time that is left. For a point that has passed it
    /// resolves at once and starts no timer, as in Temporal's SDKs. If the machine's clock is put
    /// forward meanwhile, the pause ends when it shows that point; if it is put back, the pause ends
    /// after the time that was left, and `now` is then before the point.
    ///
    /// # Determinism
    /// As `sleep`. The point has to come from the workflow's input, its state or its time.
    ///
    /// # Cancellation
    /// As `sleep`.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Canceled, Timestamp, WorkflowContext};
    ///
    /// async fn publish<W>(ctx: WorkflowContext<W>, at: Timestamp) -> Result<(), Canceled> {
    ///     ctx.sleep_until(at).await
    /// }
    /// ```
    pub fn sleep_until(&self, deadline: Timestamp) -> Sleep {
        self.sleep(deadline.since(self.now()))
    }

    /// Waits until a condition on the workflow's state holds.
    ///
    /// # Determinism
    /// Nothing is recorded: the condition is a function of the state, which is the same in a replay.
    ///
    /// # Cancellation
    /// It resolves with [`Canceled`](crate::Canceled) when the run, or this context's scope, is.
    ///
    /// # Examples
    /// ```
    /// use sempre::{WaitError, WorkflowContext};
    /// use std::time::Duration;
    ///
    /// #[derive(Default)]
    /// struct Order { approved: bool }
    ///
    /// async fn approval(ctx: WorkflowContext<Order>) -> Result<(), WaitError> {
    ///     let approved = ctx.wait_until(|order| order.approved);
    ///     approved.timeout(Duration::from_secs(86_400)).await
    /// }
    /// ```
    pub fn wait_until<F: Fn(&W) -> bool>(&self, condition: F) -> WaitUntil<W, F> {
        WaitUntil::new(self.clone(), condition)
    }

    /// Waits until all handlers of signals and updates that came so far have returned.
    ///
    /// For a main routine that is about to return: with it the run closes, and an update that was
    /// accepted and is not completed by then fails for whoever waits for it. It is not for
    /// handlers, which would wait for themselves.
    ///
    /// # Determinism
    /// Nothing is recorded: which handlers have returned is the same in a replay.
    ///
    /// # Cancellation
    /// As [`wait_until`](Self::wait_until). On a [`detached`](Self::detached) context it goes on
    /// when the run is canceled.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Canceled, WorkflowContext};
    ///
    /// #[derive(Default)]
    /// struct Order { closed: bool }
    ///
    /// async fn run(ctx: WorkflowContext<Order>) -> Result<(), Canceled> {
    ///     ctx.wait_until(|order| order.closed).await?;
    ///     ctx.all_handlers_finished().await
    /// }
    /// ```
    pub fn all_handlers_finished(&self) -> WaitUntil<W, impl Fn(&W) -> bool + use<W>> {
        let host = Rc::clone(self.host());
        self.wait_until(move |_| host.all_handlers_finished())
    }

    /// Admits a future that sempre did not make, and that only this workflow wakes.
    ///
    /// For channels and locks between the branches of one workflow, for what can be aborted by one
    /// of them, and for queues such as `buffer_unordered` that are waited for while they are empty.
    /// Awaited as they are they fail the workflow task, because they look like a timer or a socket;
    /// in most places [`wait_until`](Self::wait_until) says the same without them.
    ///
    /// # Determinism
    /// Nothing is recorded, and nothing is checked but who wakes it: a wake from outside of the
    /// workflow code, by a timer or another thread, fails the next workflow task.
    ///
    /// # Examples
    /// ```
    /// use futures::channel::oneshot;
    /// use sempre::{WorkflowContext, workflow::combinator::join};
    /// use std::time::Duration;
    ///
    /// async fn hand_over<W>(ctx: WorkflowContext<W>) -> Option<&'static str> {
    ///     let (sender, receiver) = oneshot::channel();
    ///     let making = async {
    ///         let _ = ctx.sleep(Duration::from_secs(60)).await;
    ///         let _ = sender.send("ready");
    ///     };
    ///     let ((), made) = join!(making, ctx.foreign(receiver));
    ///     made.ok()
    /// }
    /// ```
    pub fn foreign<F: Future>(&self, future: F) -> Foreign<F> {
        Foreign::new(Rc::clone(self.host()), future)
    }

    /// Looks at the workflow's state.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// async fn step(ctx: WorkflowContext<Vec<String>>) -> usize {
    ///     ctx.state(|items| items.len())
    /// }
    /// ```
    ///
    /// # Panics
    /// Inside [`update`](Self::update), which fails the workflow task.
    pub fn state<R>(&self, look: impl FnOnce(&W) -> R) -> R {
        look(&self.borrow_state())
    }

    /// Changes the workflow's state.
    ///
    /// # Examples
    /// ```
    /// # use sempre::WorkflowContext;
    /// async fn step(ctx: WorkflowContext<Vec<String>>) -> usize {
    ///     ctx.update(|items| {
    ///         items.push("book".into());
    ///         items.len()
    ///     })
    /// }
    /// ```
    ///
    /// # Panics
    /// Inside [`state`](Self::state), a condition, or another `update`, which fails the workflow
    /// task.
    pub fn update<R>(&self, change: impl FnOnce(&mut W) -> R) -> R {
        let Ok(mut state) = self.shared.state.try_borrow_mut() else {
            in_use("update");
        };
        let Some(state) = state.as_mut() else {
            no_state();
        };
        let result = change(state);
        self.host().handle_state_changed();
        result
    }

    pub(in crate::workflow) fn in_scope(&self, scope: Scope) -> Self {
        Self {
            shared: Rc::clone(&self.shared),
            scope,
        }
    }

    pub(in crate::workflow) fn host(&self) -> &Rc<ProgramHost> {
        &self.shared.host
    }

    pub(in crate::workflow) fn own_scope(&self) -> &Scope {
        &self.scope
    }

    pub(in crate::workflow) fn set_state(&self, state: W) {
        *self.shared.state.borrow_mut() = Some(state);
    }

    /// Takes the state out of a program that is over; it may hold contexts of its own.
    pub(in crate::workflow) fn take_state(&self) -> Option<W> {
        self.shared.state.try_borrow_mut().ok()?.take()
    }

    pub(in crate::workflow) fn has_state(&self) -> bool {
        self.shared
            .state
            .try_borrow()
            .is_ok_and(|state| state.is_some())
    }

    fn borrow_state(&self) -> Ref<'_, W> {
        let Ok(state) = self.shared.state.try_borrow() else {
            in_use("state");
        };
        let Ok(state) = Ref::filter_map(state, Option::as_ref) else {
            no_state();
        };
        state
    }
}

#[expect(
    clippy::panic,
    reason = "the driver turns it into a failed workflow task"
)]
fn in_use(call: &str) -> ! {
    panic!(
        "ctx.{call} was called while the workflow's state is in use; call it outside of ctx.update and ctx.state"
    )
}

#[expect(
    clippy::panic,
    reason = "the driver turns it into a failed workflow task"
)]
fn no_state() -> ! {
    panic!("the workflow's context was used outside of its run")
}
