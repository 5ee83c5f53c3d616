//! Layers: services in front of another service that change or watch some of its requests.

use crate::{
    actor::{Description, StartRequest, Started, Target, UpdateAnswer},
    client::{Answer, WorkflowService},
    machine::execution::decide::{
        HeartbeatResponse, ReportActivity, RequestCancel, ResetRun, RetryNow, SignalMessage, Steer,
        Terminate,
    },
    model::{
        EventAttributes, History, Payload, Payloads, QueryName, RunId, UpdateId, event::update,
    },
};

/// Lists the requests of the port: what a layer does with each unless it says otherwise, and that a
/// layer is a service.
macro_rules! layered {
    ($( $request:ident($($argument:ident: $type:ty),*) -> $answer:ty; )+) => {
        /// A service in front of another one; every request that it does not implement reaches that one.
        pub(crate) trait ServiceLayer: Send + Sync + 'static {
            /// The service behind it.
            fn inner(&self) -> &dyn WorkflowService;

            $(
                #[doc = concat!("As [`WorkflowService::", stringify!($request), "`].")]
                fn $request(&self, $($argument: $type),*) -> Answer<$answer> {
                    self.inner().$request($($argument),*)
                }
            )+
        }

        impl<L: ServiceLayer> WorkflowService for L {
            $(
                fn $request(&self, $($argument: $type),*) -> Answer<$answer> {
                    ServiceLayer::$request(self, $($argument),*)
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
