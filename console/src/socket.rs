//! A socket beside a store, through which a console is asked without an address: by commands of the
//! same user on the same machine.
//!
//! A store has one owner, so there is one socket of this name in its folder. One that a process has left
//! that was killed is replaced.

use std::{
    fs, io,
    os::unix::{
        fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
};

use crate::{
    Console, SocketPeer,
    server::{Listener, Serving},
};

/// The name of the socket in the folder of a store. Stores leave files of other names alone, and backups
/// do not copy them.
pub const SOCKET_NAME: &str = "console.sock";
/// The only one for whom files have no owner.
const ROOT: u32 = 0;

/// A console that is shown at a socket beside a store, on a thread of its own. When it is stopped or
/// dropped, the socket is removed.
#[derive(Debug)]
pub struct ConsoleSocket {
    // Dropped before the server: whoever finds the socket is answered.
    file: SocketFile,
    serving: Serving,
}

impl Console {
    /// Shows the console at a socket in the folder of the store, [`SOCKET_NAME`], so that the command
    /// `sempre` finds the engine by its store: `sempre list` in that folder or the one above it, and
    /// `sempre --store PATH …`.
    ///
    /// Only processes of the same user, and of root, are answered: the file has the mode 0600, and
    /// whoever connects is asked who it is. The [access rule](Console::access) decides about them as about
    /// anybody, with a [`SocketPeer`] in the extensions of the request instead of a
    /// [`Peer`](crate::Peer); without a rule they may read.
    ///
    /// A path of a socket has about a hundred bytes at most. On Linux a longer one does as well.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use sempre::Engine;
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("orders.sempre");
    /// use sempre_console::{Access, Console, SocketPeer};
    ///
    /// let engine = Engine::open(&path).start().await?;
    /// // Whoever runs commands as the service's own user may act; all others may look.
    /// let console = Console::new(&engine).access(|request| {
    ///     match request.extensions.get::<SocketPeer>() {
    ///         Some(_) => Access::Act("operator".into()),
    ///         None => Access::Read,
    ///     }
    /// });
    /// let socket = console.serve_beside(&path)?;
    /// assert!(path.join("console.sock").exists());
    /// socket.stop().await;
    /// assert!(!path.join("console.sock").exists());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`io::Error`] if the folder is not there or cannot be written to; `AddrInUse` if another process,
    /// or another console, answers at the socket; `AlreadyExists` if something else has its name.
    pub fn serve_beside(&self, store: impl AsRef<Path>) -> io::Result<ConsoleSocket> {
        let path = std::path::absolute(store)?.join(SOCKET_NAME);
        let (listener, file) = SocketListener::bind(path)?;
        let serving = Serving::begin(self, Listener::Socket(listener))?;
        Ok(ConsoleSocket { file, serving })
    }
}

impl ConsoleSocket {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Stops the server and removes the socket; see
    /// [`ConsoleServer::stop`](crate::ConsoleServer::stop).
    pub async fn stop(self) {
        let Self { file, serving } = self;
        drop(file);
        serving.stop().await;
    }
}

/// Connects to the console that is shown beside this store, if there is one.
///
/// # Errors
/// `NotFound` if there is none, `ConnectionRefused` if the process is gone that has shown it.
pub fn connect_beside(store: impl AsRef<Path>) -> io::Result<UnixStream> {
    let path = store.as_ref().join(SOCKET_NAME);
    Reach::to(&path)?.with(|path| UnixStream::connect(path))
}

/// A socket that is listened at, and whose it is.
#[derive(Debug)]
pub(crate) struct SocketListener {
    listener: UnixListener,
    owner: u32,
}

/// The file of a socket, until it is dropped.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    /// Which file it is: there may be another one of this name by then.
    inode: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path);
        if found.is_ok_and(|found| (found.dev(), found.ino()) == self.inode)
            && let Err(error) = fs::remove_file(&self.path)
        {
            let path = self.path.display();
            tracing::warn!(%error, %path, "the socket of the console cannot be removed");
        }
    }
}

impl SocketListener {
    fn bind(path: PathBuf) -> io::Result<(Self, SocketFile)> {
        let reach = Reach::to(&path)?;
        let bind = || reach.with(|path| UnixListener::bind(path));
        let listener = match bind() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                remove_left(&path, &reach)?;
                bind()?
            }
            listener => listener?,
        };
        let found = fs::symlink_metadata(&path)?;
        let file = SocketFile {
            inode: (found.dev(), found.ino()),
            path,
        };
        // Whoever connects before this is asked who it is all the same.
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        let owner = found.uid();
        Ok((Self { listener, owner }, file))
    }
}

/// Removes a socket at which nobody listens any more.
fn remove_left(path: &Path, reach: &Reach) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("this is not a socket: path={}", path.display()),
        ));
    }
    match reach.with(|path| UnixStream::connect(path)) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        _ => Err(io::Error::new(
            io::ErrorKind::AddrInUse,
            format!("another console is shown here: path={}", path.display()),
        )),
    }
}

/// A socket that is listened at, once there is a runtime.
pub(crate) struct SocketDoor {
    listener: tokio::net::UnixListener,
    owner: u32,
}

impl SocketDoor {
    pub(crate) fn new(listener: SocketListener) -> io::Result<Self> {
        Ok(Self {
            listener: tokio::net::UnixListener::from_std(listener.listener)?,
            owner: listener.owner,
        })
    }

    pub(crate) async fn next(&self) -> io::Result<(tokio::net::UnixStream, SocketPeer)> {
        let (stream, _unnamed) = self.listener.accept().await?;
        let user_id = stream.peer_cred()?.uid();
        if user_id != self.owner && user_id != ROOT {
            let message = format!("the socket is for the user of the service alone uid={user_id}");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        Ok((stream, SocketPeer { user_id }))
    }
}

/// A way to a socket whose path may be longer than the system calls take.
struct Reach {
    path: PathBuf,
    /// Open as long as the path goes through it.
    #[cfg(target_os = "linux")]
    _folder: Option<fs::File>,
}

impl Reach {
    /// Bound: bytes of the path of a socket; macOS takes 103, Linux 107.
    #[cfg(target_os = "linux")]
    const PATH_BYTES_MAX: usize = 107;

    #[cfg(target_os = "linux")]
    fn to(path: &Path) -> io::Result<Self> {
        use std::os::fd::AsRawFd as _;

        if path.as_os_str().len() <= Self::PATH_BYTES_MAX {
            return Ok(Self {
                path: path.to_owned(),
                _folder: None,
            });
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let folder = fs::File::open(folder)?;
        let name = path.file_name().unwrap_or_default();
        let path = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string());
        Ok(Self {
            path: path.join(name),
            _folder: Some(folder),
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn to(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
        })
    }

    fn with<T>(&self, call: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        call(&self.path)
    }
}
