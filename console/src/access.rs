//! Who may see the console, and who may change something.

use std::net::{IpAddr, SocketAddr};

use http::{header, request::Parts};
use sempre::model::Identity;

/// What a request may do.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Access {
    /// Nothing: it is refused with 403.
    None,
    /// Nothing yet: it is refused with 401 and this challenge, such as `Basic realm="console"`, so that
    /// a browser asks who is there.
    Challenge(String),
    /// See everything, and change nothing.
    Read,
    /// See and change everything, under this name: it stands in histories and in the audit.
    Act(Identity),
}

/// Where a request comes from, as its server has seen it: in the extensions of the request.
///
/// The adapters and [`Console::serve`](crate::Console::serve) put it there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer(pub SocketAddr);

/// Who asks through the socket beside a store: in the extensions of the request, in the place of a
/// [`Peer`].
///
/// It is the user of the service itself, or root, as the operating system says: whoever it is may read
/// the store and stop the service anyway.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SocketPeer {
    /// The number of the user.
    pub user_id: u32,
}

/// Headers by which a proxy says that it asks for somebody else. One that says nothing cannot be told
/// from a reader on this machine.
pub(crate) const FORWARDED: [&str; 13] = [
    "cf-connecting-ip",
    "fastly-client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-original-forwarded-for",
    "x-original-host",
    "x-original-url",
    "x-real-ip",
    "x-rewrite-url",
];
/// What others of them begin with: `x-forwarded-for`, `x-forwarded-host` and their like.
pub(crate) const FORWARDED_PREFIX: &str = "x-forwarded";

/// The rule where none is given: whoever is on this machine may read.
///
/// The name that is asked for has to be this machine's, too: a page elsewhere that gives its own name
/// the address of this machine is not let in.
pub(crate) fn local_readers(request: &Parts) -> Access {
    let peer = request.extensions.get::<Peer>();
    let is_local = peer.is_some_and(|Peer(address)| address.ip().to_canonical().is_loopback())
        || request.extensions.get::<SocketPeer>().is_some();
    let is_forwarded = request.headers.keys().any(|name| {
        name.as_str().starts_with(FORWARDED_PREFIX) || FORWARDED.contains(&name.as_str())
    });
    if is_local && !is_forwarded && asks_for_this_machine(request) {
        Access::Read
    } else {
        Access::None
    }
}

fn asks_for_this_machine(request: &Parts) -> bool {
    let header = request.headers.get(header::HOST);
    let header = header.and_then(|value| value.to_str().ok());
    let Some(authority) = header.or_else(|| request.uri.authority().map(|it| it.as_str())) else {
        return false;
    };
    let Ok(authority) = authority.parse::<http::uri::Authority>() else {
        return false;
    };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = address
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    let name = host.to_ascii_lowercase();
    is_loopback || name == "localhost" || name.ends_with(".localhost")
}
