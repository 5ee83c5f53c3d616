//! The program itself: how its process ends, and what it writes where nobody looks.

#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::{
    fs,
    io::{self, BufRead as _, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use sempre::Engine;
#[cfg(unix)]
use sempre_console::Console;

fn sempre(arguments: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sempre"));
    command.args(arguments).env_remove("SEMPRE_URL");
    command.output()
}

#[test]
fn the_process_ends_with_the_code_of_the_command() -> io::Result<()> {
    let cases: [(&[&str], i32); 5] = [
        (&["completions", "bash"], 0),
        (&["import", "/nowhere.json"], 1),
        (&["list"], 2),
        (&["--no-such-option"], 2),
        (&["--store", "/nowhere", "list"], 3),
    ];
    for (arguments, code) in cases {
        assert_eq!(
            sempre(arguments)?.status.code(),
            Some(code),
            "{arguments:?}"
        );
    }
    Ok(())
}

#[test]
fn colors_are_left_out_where_nobody_sees_them() -> io::Result<()> {
    let said = sempre(&["--store", "/nowhere", "list"])?;
    let said = String::from_utf8_lossy(&said.stderr);
    assert_eq!(said, "error: there is no store here: path=/nowhere\n");
    Ok(())
}

/// What a store holds, file by file; but not who has had it open, and the journal that each of them
/// begins.
fn files(folder: &Path) -> io::Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else if !path.to_string_lossy().contains("sempre.journal")
            && !path.ends_with("sempre.lock")
        {
            files.push((path.clone(), fs::read(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

/// Asks for a page of the console that has this address.
fn ask(url: &str, place: &str) -> io::Result<String> {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "GET /{place} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(unix)]
#[actix::test]
async fn a_store_is_shown_until_the_keys_are_pressed() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("orders.sempre");
    let engine = Engine::open(&path).start().await?;
    engine.execution("lost").start("NotHere", &()).await?;
    engine.shutdown().await;
    let store = path.display().to_string();
    // Settles what its engine has left; from then on it stays so.
    let exported = sempre(&["--store", &store, "export", "lost"])?;
    assert_eq!(exported.status.code(), Some(0));
    let before = files(&path)?;
    for signal in ["INT", "TERM"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sempre"));
        command
            .args(["--store", &store, "console"])
            .env_remove("SEMPRE_URL");
        let mut shown = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let out = shown.stdout.take().ok_or("it has an output")?;
        // Kept, because whoever writes to nobody ends.
        let mut out = io::BufReader::new(out);
        out.read_line(&mut line)?;
        let url = line.trim().rsplit(' ').next().unwrap_or_default();
        let overview = ask(url, "")?;
        assert!(
            overview.contains("No engine runs on this store"),
            "{overview}"
        );
        assert!(ask(url, "queues")?.starts_with("HTTP/1.1 409"));
        // The store is held as long as it is shown.
        let second = sempre(&["--store", &store, "console"])?;
        assert_eq!(second.status.code(), Some(4));
        let mut kill = Command::new("kill");
        let killed = kill
            .args(["-s", signal, &shown.id().to_string()])
            .status()?;
        assert!(killed.success());
        let ended = shown.wait_with_output()?;
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    }
    assert!(files(&path)? == before, "nothing is changed");
    let exported_after = sempre(&["--store", &store, "export", "lost"])?;
    assert_eq!(exported_after.stdout, exported.stdout);
    Ok(())
}

#[cfg(unix)]
#[actix::test]
async fn a_service_is_found_from_where_its_store_lies() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let list = |folder: &Path| -> io::Result<(Option<i32>, String)> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sempre"));
        let command = command.arg("list").env_remove("SEMPRE_URL");
        let said = command.current_dir(folder).output()?;
        let text = [said.stdout, said.stderr].concat();
        Ok((
            said.status.code(),
            String::from_utf8_lossy(&text).into_owned(),
        ))
    };
    assert_eq!(list(folder.path())?.0, Some(2));
    let store = folder.path().join("orders.sempre");
    let engine = Engine::open(&store).start().await?;
    engine.execution("lost").start("NotHere", &()).await?;
    let socket = Console::new(&engine).serve_beside(&store)?;
    for from in [folder.path(), &store] {
        let (code, said) = list(from)?;
        assert!(code == Some(0) && said.contains("lost"), "{said}");
    }
    // A second service in the same place.
    let other = folder.path().join("bills.sempre");
    let bills = Engine::open(&other).start().await?;
    let second = Console::new(&bills).serve_beside(&other)?;
    let (code, said) = list(folder.path())?;
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("bills.sempre") && said.contains("orders.sempre"),
        "{said}"
    );
    second.stop().await;
    bills.shutdown().await;
    socket.stop().await;
    engine.shutdown().await;
    drop(UnixListener::bind(store.join(sempre_console::SOCKET_NAME))?);
    let (code, said) = list(folder.path())?;
    assert!(code == Some(4) && said.contains("--store reads"), "{said}");
    Ok(())
}
