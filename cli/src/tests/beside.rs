//! A service that is found by its store.

use std::{fs, os::unix::net::UnixListener};

use sempre::{Engine, model::RunId};
use sempre_console::{Access, Console, SOCKET_NAME, SocketPeer};

use super::world::{Outcome, builder, say};
use crate::Exit;

#[actix::test]
async fn a_store_whose_service_answers_is_asked_live_and_acted_on() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("orders.sempre").display().to_string();
    let engine = builder(Engine::open(&path)).start().await?;
    let nap = engine.execution("nap").start("Nap", &()).await?;
    let console =
        Console::new(&engine).access(|request| match request.extensions.get::<SocketPeer>() {
            Some(_) => Access::Act("operator".into()),
            None => Access::Read,
        });
    let (server, socket) = (console.serve("127.0.0.1:0")?, console.serve_beside(&path)?);
    let url = server.url();
    let beside = |arguments: &[&str]| say(&[&["--store", &path], arguments].concat(), None);
    for command in [
        &["list"][..],
        &["count"],
        &["show", "nap"],
        &["why", "nap"],
        &["types"],
        &["health"],
        &["store", "stats", "-o", "json"],
    ] {
        let (by_store, by_url) = (
            beside(command),
            say(&[&["--url", &url], command].concat(), None),
        );
        assert_eq!(by_store.exit, Exit::Done, "{by_store:?}");
        assert_eq!(by_store.out, by_url.out);
    }
    // What needs the store for itself is refused as it is without a socket.
    let check = beside(&["store", "check"]);
    assert_eq!(check.exit, Exit::Unavailable, "{check:?}");
    let done = beside(&["terminate", "nap", "--reason", "a test"]);
    assert_eq!(done.exit, Exit::Done, "{done:?}");
    assert!(!nap.describe().await?.status.is_open());
    let missing = beside(&["show", &RunId::default().to_string()]);
    assert_eq!(missing.exit, Exit::NotFound, "{missing:?}");
    server.stop().await;
    socket.stop().await;
    let locked = beside(&["list"]);
    assert_eq!(locked.exit, Exit::Unavailable, "{locked:?}");
    assert!(locked.err.contains("Console::serve_beside"), "{locked:?}");
    engine.shutdown().await;
    // Without the service it is read, also if that has left a socket behind.
    drop(UnixListener::bind(
        folder.path().join("orders.sempre").join(SOCKET_NAME),
    )?);
    let cold = beside(&["list"]);
    assert!(
        cold.exit == Exit::Done && cold.out.contains("Terminated"),
        "{cold:?}"
    );
    let live_only = beside(&["why"]);
    assert_eq!(live_only.exit, Exit::Usage, "{live_only:?}");
    assert!(
        live_only.err.contains("none answers beside the store"),
        "{live_only:?}"
    );
    Ok(())
}

#[actix::test]
async fn a_socket_at_which_somebody_else_speaks_is_no_console() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().display().to_string();
    let listener = UnixListener::bind(folder.path().join(SOCKET_NAME))?;
    let deaf = std::thread::spawn(move || {
        // The first only asks whether somebody is there.
        for _ in 0..2 {
            drop(listener.accept());
        }
    });
    let said = say(&["--store", &path, "list"], None);
    assert_eq!(said.exit, Exit::Unavailable, "{said:?}");
    assert!(said.err.contains(SOCKET_NAME), "{said:?}");
    deaf.join().map_err(|_| "it has panicked")?;
    fs::remove_file(folder.path().join(SOCKET_NAME))?;
    Ok(())
}
