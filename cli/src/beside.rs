//! The socket that a service puts beside its store: where it is, and how a console is asked through it.

use std::{
    fs, io,
    io::{Read as _, Write as _},
    net::Shutdown,
    os::unix::{fs::FileTypeExt as _, net::UnixStream},
    path::{Path, PathBuf},
};

use sempre_console::{SOCKET_NAME, connect_beside};
use ureq::{
    Agent, Error, Timeout,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport},
    },
};

/// The stores in a folder, or the folder itself, beside which there is a socket.
pub(crate) fn stores(folder: &Path) -> Vec<PathBuf> {
    if is_socket(&folder.join(SOCKET_NAME)) {
        return vec![folder.to_owned()];
    }
    // Where a folder cannot be read, nothing is found in it.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path());
    let mut stores: Vec<PathBuf> = folders
        .filter(|store| is_socket(&store.join(SOCKET_NAME)))
        .collect();
    stores.sort();
    stores
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// Whether a service answers beside this store. A socket that a service has left that was killed says
/// nothing about the store.
pub(crate) fn is_answered(store: &Path) -> io::Result<bool> {
    use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
    match connect_beside(store) {
        Ok(_) => Ok(true),
        Err(error) if [ConnectionRefused, NotFound, NotADirectory].contains(&error.kind()) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Who asks through the socket beside this store.
pub(crate) fn agent(config: Config, store: &Path) -> Agent {
    let beside = Beside {
        store: store.to_owned(),
    };
    Agent::with_parts(config, beside, Nowhere)
}

/// Has every connection go to the socket beside a store.
#[derive(Debug)]
struct Beside {
    store: PathBuf,
}

impl Connector for Beside {
    type Out = Wire;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Wire>, Error> {
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        let stream = connect_beside(&self.store)?;
        Ok(Some(Wire { stream, buffers }))
    }
}

/// Looks no address up: there is one place to go to.
#[derive(Debug)]
struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// A connection through the socket.
#[derive(derive_more::Debug)]
struct Wire {
    stream: UnixStream,
    #[debug(skip)]
    buffers: LazyBuffers,
}

impl Wire {
    fn failed(error: io::Error, reason: Timeout) -> Error {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::Timeout(reason),
            _ => error.into(),
        }
    }
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        self.stream
            .set_write_timeout(timeout.not_zero().map(|it| *it))?;
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        let written = self.stream.write_all(output);
        written.map_err(|error| Self::failed(error, timeout.reason))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        self.stream
            .set_read_timeout(timeout.not_zero().map(|it| *it))?;
        let read = self.stream.read(self.buffers.input_append_buf());
        let amount = read.map_err(|error| Self::failed(error, timeout.reason))?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        // Each request has a connection of its own.
        let _closed = self.stream.shutdown(Shutdown::Both);
        false
    }
}
