//! The socket beside a store.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    os::unix::{
        fs::{FileTypeExt as _, PermissionsExt as _},
        net::UnixListener,
    },
    path::Path,
};

use sempre::{
    Engine,
    storage::{SledOptions, SledStore, WorkMeter},
};

use super::world::{Outcome, World};
use crate::{Access, Console, SOCKET_NAME, SocketPeer, connect_beside};

/// What the console beside this store answers.
fn ask(store: &Path, place: &str) -> io::Result<String> {
    let mut stream = connect_beside(store)?;
    write!(
        stream,
        "GET /{place} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

async fn world(store: &Path) -> Outcome<World> {
    World::over(Engine::open(store)).await
}

#[actix::test]
async fn a_console_is_asked_by_its_store_until_it_is_stopped() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("orders.sempre");
    let world = world(&store).await?;
    world.order("order", "4242").await?;
    let socket = Console::new(&world.engine).serve_beside(&store)?;
    let file = fs::symlink_metadata(socket.path())?;
    assert!(file.file_type().is_socket());
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let runs = ask(&store, "runs")?;
    assert!(
        runs.starts_with("HTTP/1.1 200") && runs.contains("order"),
        "{runs}"
    );
    assert!(runs.contains("read only"), "{runs}");
    // A second one is refused, and takes nothing away from the first.
    let second = Console::new(&world.engine).serve_beside(&store);
    assert!(second.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse));
    ask(&store, "")?;
    socket.stop().await;
    assert!(!store.join(SOCKET_NAME).exists());
    let gone = connect_beside(&store);
    assert!(gone.is_err_and(|error| error.kind() == io::ErrorKind::NotFound));
    // One that is dropped removes its file as well.
    drop(Console::new(&world.engine).serve_beside(&store)?);
    assert!(!store.join(SOCKET_NAME).exists());
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn the_access_rule_is_told_that_it_is_the_socket() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("orders.sempre");
    let world = world(&store).await?;
    let console = Console::new(&world.engine).access(|request| {
        match request.extensions.get::<SocketPeer>() {
            Some(peer) => Access::Act(format!("user {}", peer.user_id).into()),
            None => Access::None,
        }
    });
    let socket = console.serve_beside(&store)?;
    let session = ask(&store, "api/session")?;
    assert!(session.contains("\"who\":\"user "), "{session}");
    socket.stop().await;
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_socket_that_a_killed_process_has_left_is_replaced() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("orders.sempre");
    let world = world(&store).await?;
    drop(UnixListener::bind(store.join(SOCKET_NAME))?);
    let left = connect_beside(&store);
    assert!(left.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused));
    let socket = Console::new(&world.engine).serve_beside(&store)?;
    assert!(ask(&store, "")?.starts_with("HTTP/1.1 200"));
    socket.stop().await;
    // What is no socket is left alone.
    fs::write(store.join(SOCKET_NAME), "mine")?;
    let refused = Console::new(&world.engine).serve_beside(&store);
    assert!(refused.is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists));
    assert_eq!(fs::read(store.join(SOCKET_NAME))?, b"mine");
    world.engine.shutdown().await;
    Ok(())
}

#[cfg(target_os = "linux")]
#[actix::test]
async fn the_path_of_a_store_may_be_longer_than_that_of_a_socket() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("a-name-of-twenty-one/".repeat(12));
    let world = world(&store).await?;
    let socket = Console::new(&world.engine).serve_beside(&store)?;
    assert!(socket.path().as_os_str().len() > 250);
    assert!(ask(&store, "")?.starts_with("HTTP/1.1 200"));
    socket.stop().await;
    assert!(!store.join(SOCKET_NAME).exists());
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_store_is_backed_up_checked_and_compacted_without_its_socket() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("orders.sempre");
    let backups = folder.path().join("backups");
    let world = world(&store).await?;
    let order = world.order("order", "4242").await?;
    order.terminate("a test").await?;
    let socket = Console::new(&world.engine).serve_beside(&store)?;
    assert_eq!(world.engine.backup(&backups).await?.store.number, 1);
    let restored = folder.path().join("restored");
    SledStore::restore(&backups, &restored, None, &WorkMeter::new())?;
    assert!(!restored.join(SOCKET_NAME).exists());
    socket.stop().await;
    world.engine.shutdown().await;
    // A socket that was left does no harm to what is done to the store.
    drop(UnixListener::bind(store.join(SOCKET_NAME))?);
    SledStore::compact(&store, SledOptions::default())?;
    let checked = SledStore::check(&store, SledOptions::default(), &WorkMeter::new())?;
    assert!(checked.is_sound(), "{checked:?}");
    Ok(())
}
