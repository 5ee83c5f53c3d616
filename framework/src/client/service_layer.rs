//! Layers: services in front of another service that change or watch some of its requests.

use crate::{
    actor::{Description, StartRequest, Started, Target, UpdateAnswer},
    client::{Answer, WorkflowService},
    machine::execution::decide::{
        HeartbeatResponse, ReportActivity, RequestCancel, ResetRun, RetryNow, SignalMessage, Steer,
        Terminate,
    },
    model::{
        EventAttributes, History, Namespace, Payload, Payloads, QueryName, RunId, UpdateId,
        event::update,
    },
};

/// What names the execution that a request is for.
pub(crate) trait Addressed {
    /// The same for the execution of this id in this namespace, unless the id knows one already.
    fn within(self, namespace: &Namespace) -> Self;
}

impl Addressed for Target {
    fn within(mut self, namespace: &Namespace) -> Self {
        self.workflow_id = self.workflow_id.within(namespace);
        self
    }
}

impl Addressed for StartRequest {
    fn within(mut self, namespace: &Namespace) -> Self {
        self.workflow_id = self.workflow_id.within(namespace);
        self
    }
}

/// Lists the requests of the port: what a layer does with each unless it says otherwise, and that a
/// layer is a service.
macro_rules! layered {
    ($( $request:ident($to:ident: $address:ty $(, $argument:ident: $type:ty)*) -> $answer:ty; )+) => {
        /// A service in front of another one; every request that it does not implement reaches that one.
        pub(crate) trait ServiceLayer: Send + Sync + 'static {
            /// The service behind it.
            fn inner(&self) -> &dyn WorkflowService;

            /// To whom a request goes that is addressed like this.
            fn address<A: Addressed>(&self, to: A) -> A {
                to
            }

            $(
                #[doc = concat!("As [`WorkflowService::", stringify!($request), "`].")]
                fn $request(&self, $to: $address $(, $argument: $type)*) -> Answer<$answer> {
                    self.inner().$request(self.address($to) $(, $argument)*)
                }
            )+
        }

        impl<L: ServiceLayer> WorkflowService for L {
            $(
                fn $request(&self, $to: $address $(, $argument: $type)*) -> Answer<$answer> {
                    ServiceLayer::$request(self, $to $(, $argument)*)
                }
            )+
        }
    };
}

layered! {
    start(request: StartRequest) -> Started;
    signal(target: Target, message: SignalMessage) -> ();
    request_cancel(target: Target, message: RequestCancel) -> ();
    terminate(target: Target, message: Terminate) -> ();
    delete(target: Target) -> ();
    reset(target: Target, message: ResetRun) -> RunId;
    retry_now(target: Target, message: RetryNow) -> usize;
    steer(target: Target, message: Steer) -> ();
    report_activity(target: Target, message: ReportActivity) -> HeartbeatResponse;
    update(target: Target, request: update::Request) -> UpdateAnswer;
    await_update(target: Target, update_id: UpdateId) -> UpdateAnswer;
    query(target: Target, name: QueryName, input: Payloads) -> Payload;
    await_close(target: Target) -> EventAttributes;
    describe(target: Target) -> Box<Description>;
    history(target: Target) -> History;
    readable_history(target: Target) -> History;
}
