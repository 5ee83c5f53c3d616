//! Responses, with the headers that all of them have.

use bytes::Bytes;
use futures::stream::BoxStream;
use http::{HeaderValue, Response, StatusCode, header, response::Builder};
use maud::Markup;
use serde_json::{Map, Value, json};

use crate::{
    ConsoleBody,
    problem::{Effect, Problem},
};

pub(crate) type Reply = Response<ConsoleBody>;

/// Nothing comes from elsewhere, nothing runs that is not a file of the console, and nobody frames it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

fn builder(status: StatusCode, content_type: &str, cache: &'static str) -> Builder {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CACHE_CONTROL, cache)
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "same-origin")
        .header("cross-origin-opener-policy", "same-origin")
}

fn finish(builder: Builder, body: ConsoleBody) -> Reply {
    // What is built here has valid headers; where one came from a user and is not, it says so.
    builder.body(body).unwrap_or_else(|error| {
        let mut reply = Response::new(ConsoleBody::whole(error.to_string()));
        *reply.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        reply
    })
}

/// A page.
pub(crate) fn html(status: StatusCode, page: Markup) -> Reply {
    let builder = builder(status, "text/html; charset=utf-8", "no-store");
    finish(builder, ConsoleBody::whole(page.into_string()))
}

/// An answer of the API.
pub(crate) fn json(status: StatusCode, value: &Value) -> Reply {
    let builder = builder(status, "application/json", "no-store");
    finish(builder, ConsoleBody::whole(value.to_string()))
}

/// Numbers for Prometheus.
#[cfg(feature = "prometheus")]
pub(crate) fn metrics(text: String) -> Reply {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    finish(
        builder(StatusCode::OK, kind, "no-store"),
        ConsoleBody::whole(text),
    )
}

/// A file to keep.
#[cfg(feature = "temporal")]
pub(crate) fn download(name: &str, value: &Value) -> Reply {
    let name: String = name
        .chars()
        .map(|it| {
            if it.is_ascii_alphanumeric() || "-_.".contains(it) {
                it
            } else {
                '_'
            }
        })
        .collect();
    let builder = builder(StatusCode::OK, "application/json", "no-store").header(
        header::CONTENT_DISPOSITION,
        format!("attachment; filename=\"{name}\""),
    );
    finish(builder, ConsoleBody::whole(format!("{value:#}\n")))
}

/// A file of the console, under a name that changes with its content.
pub(crate) fn asset(content_type: &str, content: &'static [u8]) -> Reply {
    let cache = "public, max-age=31536000, immutable";
    let builder = builder(StatusCode::OK, content_type, cache);
    finish(builder, ConsoleBody::whole(Bytes::from_static(content)))
}

/// What comes piece by piece.
pub(crate) fn live(pieces: BoxStream<'static, Bytes>) -> Reply {
    let builder = builder(StatusCode::OK, "text/event-stream", "no-store")
        // Proxies of the kind of nginx hold a response back unless they are told.
        .header("x-accel-buffering", "no");
    finish(builder, ConsoleBody::live(pieces))
}

/// The way to another page, relative to this one.
pub(crate) fn see_other(place: &str) -> Reply {
    let builder = builder(
        StatusCode::SEE_OTHER,
        "text/plain; charset=utf-8",
        "no-store",
    );
    finish(
        builder.header(header::LOCATION, place),
        ConsoleBody::whole(Bytes::new()),
    )
}

/// The way from the name of a folder to the folder, without which relative links lead elsewhere.
#[cfg(any(feature = "actix-web", feature = "axum"))]
pub(crate) fn to_folder(path: &str) -> Option<Reply> {
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    let builder = builder(StatusCode::PERMANENT_REDIRECT, "text/plain", "no-store");
    let builder = builder.header(header::LOCATION, format!("{name}/"));
    Some(finish(builder, ConsoleBody::whole(Bytes::new())))
}

/// A refusal as the API says it; of an action, with what it has changed.
pub(crate) fn problem_json(problem: &Problem, effect: Option<Effect>) -> Reply {
    let mut error = Map::from_iter([("message".to_owned(), problem.message.clone().into())]);
    if let Some(column) = problem.column {
        error.insert("column".to_owned(), column.into());
    }
    if let Some(effect) = effect {
        error.insert("effect".to_owned(), effect.name().into());
    }
    with_remedy(json(problem.status, &json!({ "error": error })), problem)
}

/// The same response with the headers that say what would do instead.
pub(crate) fn with_remedy(mut reply: Reply, problem: &Problem) -> Reply {
    let headers = reply.headers_mut();
    if let Some(allow) = problem.allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    if let Some(after) = problem.retry_after {
        let seconds = after.as_secs().max(1);
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    let challenge = problem.challenge.as_ref();
    if let Some(Ok(challenge)) = challenge.map(|it| HeaderValue::from_str(it)) {
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    reply
}
