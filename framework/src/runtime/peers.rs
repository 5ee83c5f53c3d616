//! The way from one run to another, whichever shards they are on.

use derive_more::{Debug, From};
use futures::{FutureExt as _, future::BoxFuture};

use crate::{
    actor::{PeerPort, Refusal},
    machine::execution::Message,
    runtime::weak_route::WeakRoutes,
};

/// The executions of all shards. It keeps none of them alive.
#[derive(Clone, Debug, From)]
#[debug("Peers")]
pub(super) struct Peers(WeakRoutes);

impl PeerPort for Peers {
    fn deliver(&self, message: Message) -> BoxFuture<'static, Result<(), Refusal>> {
        self.0.ask(move |routes| routes.deliver(message)).boxed()
    }
}
