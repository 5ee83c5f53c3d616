//! Who may see the console, and who may change something.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::stream;
use http::{Request, StatusCode, header};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use serde_json::json;

use super::world::{Outcome, World};
use crate::{
    Access, Console, Peer,
    access::{FORWARDED, FORWARDED_PREFIX, local_readers},
    console::read,
};

fn by_default(peer: Option<&str>, headers: &[(&str, &str)]) -> Access {
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(()).unwrap();
    if let Some(peer) = peer {
        let address: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(Peer(address));
    }
    local_readers(&request.into_parts().0)
}

#[test]
fn without_a_rule_this_machine_may_read_and_nobody_else() {
    let here = [("host", "localhost:8088")];
    let cases = [
        (Some("127.0.0.1:5000"), here.as_slice(), Access::Read),
        (Some("[::1]:5000"), &[("host", "[::1]:8088")], Access::Read),
        (
            Some("[::ffff:127.0.0.1]:5000"),
            &[("host", "127.0.0.1")],
            Access::Read,
        ),
        (Some("10.0.0.7:5000"), &here, Access::None),
        (None, &here, Access::None),
        // A proxy on this machine asks for somebody else.
        (
            Some("127.0.0.1:5000"),
            &[("host", "localhost"), ("x-forwarded-for", "10.0.0.7")],
            Access::None,
        ),
        // A page elsewhere has given its name the address of this machine.
        (
            Some("127.0.0.1:5000"),
            &[("host", "evil.example:8088")],
            Access::None,
        ),
        (
            Some("127.0.0.1:5000"),
            &[("host", "127.0.0.1.evil.example")],
            Access::None,
        ),
        (Some("127.0.0.1:5000"), &[], Access::None),
    ];
    for (peer, headers, access) in cases {
        assert_eq!(by_default(peer, headers), access, "{peer:?} {headers:?}");
    }
}

#[test]
fn whatever_a_proxy_says_of_itself_it_is_not_this_machine() {
    let forwarded_for = ["", "-for", "-host", "-proto", "-server", "-port"];
    let forwarded_for = forwarded_for.map(|it| format!("{FORWARDED_PREFIX}{it}"));
    let all = FORWARDED
        .into_iter()
        .chain(forwarded_for.iter().map(|it| it.as_str()));
    for header in all {
        let headers = [("host", "localhost"), (header, "1.1 proxy")];
        assert_eq!(
            by_default(Some("127.0.0.1:5000"), &headers),
            Access::None,
            "{header}"
        );
    }
}

/// A body that must not be read.
#[derive(Debug)]
struct Unread;

impl http_body::Body for Unread {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("the body was read")
    }
}

#[actix::test]
async fn the_body_of_a_refused_request_is_not_read() -> Outcome {
    let world = World::new().await?;
    for (method, user, place, status) in [
        ("POST", "nobody", "/act", 403),
        ("POST", "unknown", "/api/start", 401),
        ("POST", "ada", "/api/nowhere", 404),
        ("GET", "ada", "/act", 405),
        ("POST", "ada", "/runs", 405),
        ("GET", "ada", "/runs", 200),
        ("GET", "ada", "/api/health", 200),
    ] {
        let request = Request::builder().method(method).uri(place);
        let request = request.header("x-user", user).body(Unread)?;
        let reply = world.console.respond(request).await;
        assert_eq!(reply.status(), status, "{method} {place}");
    }
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_body_that_does_not_come_is_given_up() {
    let never = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Infallible>>());
    let given_up = read(never, Duration::ZERO).await.unwrap_err();
    assert_eq!(given_up.status, StatusCode::REQUEST_TIMEOUT);
    let whole = read(Full::<Bytes>::from("here"), Duration::from_secs(3_600)).await;
    assert_eq!(whole.unwrap(), "here");
}

#[actix::test]
async fn whoever_may_see_nothing_is_refused_and_told_why() -> Outcome {
    let world = World::new().await?;
    for place in ["", "runs", "api/health", "?live=1", "nowhere"] {
        world
            .get_as("nobody", place)
            .await?
            .expect(403)
            .says("access rule");
    }
    let asked = world.get_as("unknown", "").await?.expect(401);
    assert_eq!(
        asked.headers[header::WWW_AUTHENTICATE],
        "Basic realm=\"console\""
    );
    let default = Console::new(&world.engine);
    let reply = default
        .respond(Request::get("/").body(Full::<&[u8]>::default())?)
        .await;
    assert_eq!(reply.status(), 403);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn whoever_may_read_changes_nothing() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "4242").await?;
    let page = world.get_as("grace", "run?id=order-1").await?.expect(200);
    page.says("read only")
        .says(">Query<")
        .does_not_say(">Terminate<");
    let token = world.token("ada").await?;
    let id = json!({ "id": "order-1", "name": "quantity" });
    for token in ["", &token] {
        let refused = world.act_as("grace", token, "terminate", &id).await?;
        refused.expect(403).says("not change it");
    }
    world
        .post_form("grace", "action=cancel&id=order-1")
        .await?
        .expect(403);
    assert!(order.describe().await?.status.is_open());
    // A question changes nothing.
    let answer = world.act_as("grace", "", "query", &id).await?.expect(200);
    assert_eq!(answer.json()["answer"], 0);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_forged_token_is_refused_and_nothing_is_changed() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "4242").await?;
    let id = json!({ "id": "order-1" });
    let of_another = world.token("eve").await?;
    for token in ["", "no hex", "é", "00", &of_another] {
        if token.is_ascii() {
            let refused = world.act_as("ada", token, "terminate", &id).await?;
            refused.expect(403).says("reload the page");
        }
        let form = format!("action=terminate&id=order-1&csrf={token}");
        world
            .post_form("ada", &form)
            .await?
            .expect(403)
            .says("Forbidden");
    }
    assert!(order.describe().await?.status.is_open());
    assert!(world.get("api/audit").await?.json()["actions"] == json!([]));
    world.engine.shutdown().await;
    Ok(())
}
