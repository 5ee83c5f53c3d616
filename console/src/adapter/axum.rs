//! The console as a router of axum.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, OriginalUri, Request},
    response::Response,
    routing::{MethodRouter, any},
};

use crate::{Console, Peer, reply};

/// The console as a router, under this path, to be merged with others.
///
/// Serve the application with
/// [`into_make_service_with_connect_info::<SocketAddr>()`](Router::into_make_service_with_connect_info),
/// so that the access rule knows who asks; without, the rule that is there by default lets nobody in.
///
/// With a graceful shutdown, call [`Console::end_live_views`] when it begins: a live view is a response
/// that goes on, and the server waits for it.
///
/// # Examples
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre_console::{Console, adapter::axum::router};
///
/// let app = axum::Router::new().merge(router("/console", &Console::new(&engine)));
/// # drop::<axum::Router>(app);
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub fn router<S: Clone + Send + Sync + 'static>(path: &str, console: &Console) -> Router<S> {
    let console = console.clone();
    let service = any(move |request: Request| answer(console.clone(), request));
    let service: MethodRouter = service.with_state(());
    match path.trim_end_matches('/') {
        "" => Router::new().fallback_service(service),
        path => Router::new().nest_service(path, service),
    }
}

async fn answer(console: Console, mut request: Request) -> Response {
    let original = request.extensions().get::<OriginalUri>();
    let original = original.map_or_else(|| request.uri().path(), |uri| uri.path());
    // Without the slash, relative links would lead to the neighbors.
    if request.uri().path() == "/"
        && !original.ends_with('/')
        && let Some(reply) = reply::to_folder(original)
    {
        return reply.map(Body::new);
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if let Some(ConnectInfo(address)) = peer.copied() {
        request.extensions_mut().insert(Peer(address));
    }
    console.respond(request).await.map(Body::new)
}
