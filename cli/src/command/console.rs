//! `console`: shows a store at rest to a browser on this machine.

use std::{io, net::SocketAddr};

use futures::future::select;
use sempre::model::Namespace;
use sempre_console::{Console, ConsoleServer};
use serde_json::json;

use super::{Call, store};
use crate::{CommandError, Exit, cold::Cold};

/// Shows the store until somebody presses Ctrl-C.
pub(super) fn console(mut at: Call<'_, '_>, address: SocketAddr) -> Result<Exit, CommandError> {
    if !address.ip().is_loopback() {
        return Err(CommandError::usage(format!(
            "this console is for this machine alone; give an address such as 127.0.0.1:8088 \
             address={address}"
        )));
    }
    let path = store::folder(&at)?;
    let title = path.file_stem().unwrap_or_default().to_string_lossy();
    let cold = Cold::open(path, Namespace::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        // Whoever sees the address may press the keys at once.
        let interrupted = Interrupt::listen()?;
        let console = Console::at_rest(&cold.runs).title(&title);
        let server = console
            .serve(address)
            .map_err(|error| unavailable(address, &error))?;
        tell(&mut at, &server)?;
        interrupted.heard().await;
        server.stop().await;
        Ok(Exit::Done)
    })
}

fn tell(at: &mut Call<'_, '_>, server: &ConsoleServer) -> Result<(), CommandError> {
    let value = json!({ "url": server.url() });
    at.answer(&value, |_, _| {
        format!(
            "The console is at {}\nPress Ctrl-C to end it.",
            server.url()
        )
    })?;
    // It is read while this goes on.
    Ok(at.terminal.out.flush()?)
}

fn unavailable(address: SocketAddr, error: &io::Error) -> CommandError {
    let message = format!("this address is not to be had: {error} address={address}");
    CommandError::new(Exit::Unavailable, message)
}

/// What a terminal, or whoever looks after the process, ends it with.
#[cfg(unix)]
struct Interrupt {
    keys: tokio::signal::unix::Signal,
    request: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Interrupt {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            keys: signal(SignalKind::interrupt())?,
            request: signal(SignalKind::terminate())?,
        })
    }

    async fn heard(mut self) {
        let (keys, request) = (Box::pin(self.keys.recv()), Box::pin(self.request.recv()));
        select(keys, request).await;
    }
}

/// What a terminal ends the process with.
#[cfg(not(unix))]
struct Interrupt {
    keys: tokio::signal::windows::CtrlC,
    window: tokio::signal::windows::CtrlClose,
}

#[cfg(not(unix))]
impl Interrupt {
    fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        Ok(Self {
            keys: ctrl_c()?,
            window: ctrl_close()?,
        })
    }

    async fn heard(mut self) {
        let (keys, window) = (Box::pin(self.keys.recv()), Box::pin(self.window.recv()));
        select(keys, window).await;
    }
}
