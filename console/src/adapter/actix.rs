//! The console as a scope of actix-web.

use std::pin::Pin;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, Scope,
    body::{BodySize, MessageBody},
    http::StatusCode,
    web,
};
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body::{Body as _, Frame};
use http_body_util::StreamBody;

use crate::{Console, ConsoleBody, Peer, reply};

/// The console as a scope, under this path.
///
/// When the server is told to stop, call [`Console::end_live_views`] first: a live view is a request under
/// way, and the server waits for it until its `shutdown_timeout` is over.
///
/// # Examples
/// ```
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre_console::{Console, adapter::actix::scope};
///
/// let app = actix_web::App::new().service(scope("/console", &Console::new(&engine)));
/// # drop(app);
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
pub fn scope(path: &str, console: &Console) -> Scope {
    let console = console.clone();
    web::scope(path.trim_end_matches('/')).default_service(web::to(
        move |request: HttpRequest, body: web::Payload| answer(console.clone(), request, body),
    ))
}

async fn answer(console: Console, request: HttpRequest, body: web::Payload) -> HttpResponse {
    let inside = request.match_info().unprocessed();
    // Without the slash, relative links would lead to the neighbors.
    if inside.is_empty()
        && !request.path().ends_with('/')
        && let Some(reply) = reply::to_folder(request.path())
    {
        return translated(reply);
    }
    let Some(mut head) = head_of(&request, inside) else {
        return HttpResponse::build(StatusCode::BAD_REQUEST).body("the request cannot be read");
    };
    if let Some(address) = request.peer_addr() {
        head.extensions_mut().insert(Peer(address));
    }
    let pieces = body.map(|piece| piece.map(Frame::data).map_err(|error| error.to_string()));
    let request = head.map(|()| StreamBody::new(pieces));
    translated(console.respond(request).await)
}

/// The head of a request, in the types of the port.
fn head_of(request: &HttpRequest, inside: &str) -> Option<Request<()>> {
    let place = match request.query_string() {
        "" => inside.to_owned(),
        query => format!("{inside}?{query}"),
    };
    let place = if place.starts_with('/') {
        place
    } else {
        format!("/{place}")
    };
    let mut head = Request::new(());
    *head.uri_mut() = place.parse::<Uri>().ok()?;
    *head.method_mut() = Method::from_bytes(request.method().as_str().as_bytes()).ok()?;
    for (name, value) in request.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
        head.headers_mut().append(name, value);
    }
    Some(head)
}

fn translated(response: Response<ConsoleBody>) -> HttpResponse {
    let status = StatusCode::from_u16(response.status().as_u16());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (head, body) = response.into_parts();
    let mut builder: HttpResponseBuilder = HttpResponse::build(status);
    for (name, value) in &head.headers {
        builder.append_header((name.as_str(), value.as_bytes()));
    }
    builder.body(Translated(body))
}

/// A body in the types of actix-web.
struct Translated(ConsoleBody);

impl MessageBody for Translated {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        match self.0.size_hint().exact() {
            Some(length) => BodySize::Sized(length),
            None => BodySize::Stream,
        }
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Bytes, Self::Error>>> {
        let frame = Pin::new(&mut self.0).poll_frame(cx);
        frame.map(|frame| {
            frame.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default()))
        })
    }
}
