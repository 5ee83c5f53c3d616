//! Where the command looks, and what it says if there is nothing.

use std::net::TcpListener;

use super::world::{Outcome, World, compare, say};
use crate::Exit;

#[test]
fn a_command_says_what_it_needs() {
    let cases = [
        ("place_nothing", &["list"][..]),
        ("place_scheme", &["--url", "localhost:8088", "list"]),
        ("place_https", &["--url", "https://localhost", "list"]),
        (
            "place_header",
            &["--url", "http://localhost", "--header", "x", "list"],
        ),
        ("place_store", &["--store", "/nowhere", "list"]),
        (
            "place_live_only",
            &["--store", "/nowhere", "signal", "order-1", "approve"],
        ),
        ("console_nowhere", &["console"]),
        ("console_no_store", &["--store", "/nowhere", "console"]),
        (
            "console_elsewhere",
            &["--store", "/nowhere", "console", "--addr", "0.0.0.0:8088"],
        ),
        (
            "place_store_only",
            &["--url", "http://localhost", "store", "check"],
        ),
    ];
    for (name, arguments) in cases {
        compare(name, "txt", &say(arguments, None));
    }
}

#[actix::test]
async fn a_console_that_cannot_be_reached_is_said_to_be_so() -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    drop(listener);
    for command in ["list", "patches"] {
        let said = say(&["--url", &url, command], None);
        assert_eq!(said.exit, Exit::Unavailable, "{said:?}");
        assert!(said.err.contains("does the service run?"), "{said:?}");
    }
    let world = World::new().await?;
    let elsewhere = format!("{}nowhere/", world.server.url());
    let said = say(&["--url", &elsewhere, "list"], None);
    assert_eq!(said.exit, Exit::NotFound, "{said:?}");
    world.stop().await
}

#[actix::test]
async fn whoever_may_only_read_changes_nothing() -> Outcome {
    let world = World::new().await?;
    world.order("order-1", "4242").await?;
    let reader = world.say(&["--user", "grace:secret", "list"]);
    assert!(reader.out.contains("order-1"), "{reader:?}");
    let refused = world.say(&["--user", "grace:secret", "terminate", "order-1"]);
    compare("refused_reader", "txt", &refused);
    let unknown = world.say(&["--user", "eve:guess", "list"]);
    compare("refused_unknown", "txt", &unknown);
    world.stop().await
}

#[test]
fn completions_are_written_for_a_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = say(&["completions", shell], None);
        assert_eq!(said.exit, Exit::Done);
        assert!(said.out.contains("sempre"), "{shell}");
    }
}
