//! A server for those who have none: at an address, or at a socket beside a store (`socket`).

use std::{
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use derive_more::Debug;
use futures::{
    FutureExt as _,
    channel::oneshot,
    future::{BoxFuture, Either, Shared, select},
};
use futures_timer::Delay;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Semaphore,
};

use crate::{Console, Peer};
#[cfg(unix)]
use crate::{
    SocketPeer,
    socket::{SocketDoor, SocketListener},
};

/// Bound: connections at the same time; more wait to be accepted.
const CONNECTIONS_MAX: usize = 512;
/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests that are under way may take when the server stops; its live views end at once.
const GRACE: Duration = Duration::from_secs(2);

/// A server that shows a console, on a thread of its own. It stops when it is dropped.
#[derive(Debug)]
pub struct ConsoleServer {
    address: SocketAddr,
    serving: Serving,
}

/// A thread that answers whoever comes, until this is dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    #[debug(skip)]
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    #[debug(skip)]
    stopped: Option<oneshot::Receiver<()>>,
}

/// Where somebody may come in. It blocks nobody.
#[derive(Debug)]
pub(crate) enum Listener {
    Address(TcpListener),
    #[cfg(unix)]
    Socket(SocketListener),
}

/// Somebody who has come in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caller {
    Address(Peer),
    #[cfg(unix)]
    Socket(SocketPeer),
}

/// What is said and heard on a connection.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Wire for S {}

/// Where somebody may come in, once there is a runtime.
enum Door {
    Address(tokio::net::TcpListener),
    #[cfg(unix)]
    Socket(SocketDoor),
}

impl Door {
    fn new(listener: Listener) -> io::Result<Self> {
        Ok(match listener {
            Listener::Address(listener) => {
                Self::Address(tokio::net::TcpListener::from_std(listener)?)
            }
            #[cfg(unix)]
            Listener::Socket(listener) => Self::Socket(SocketDoor::new(listener)?),
        })
    }

    async fn next(&self) -> io::Result<(Box<dyn Wire>, Caller)> {
        match self {
            Self::Address(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Box::new(stream), Caller::Address(Peer(peer))))
            }
            #[cfg(unix)]
            Self::Socket(door) => {
                let (stream, peer) = door.next().await?;
                Ok((Box::new(stream), Caller::Socket(peer)))
            }
        }
    }
}

impl Console {
    /// Shows the console at this address, such as `127.0.0.1:8088`; port 0 is any free one.
    ///
    /// It speaks HTTP/1.1 without encryption: leave it on this machine, or put a proxy before it.
    /// With an address of the network it is seen from there only if an access rule says so.
    ///
    /// # Errors
    /// [`io::Error`] if the address is not to be had.
    pub fn serve(&self, address: impl ToSocketAddrs) -> io::Result<ConsoleServer> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let serving = Serving::begin(self, Listener::Address(listener))?;
        Ok(ConsoleServer { address, serving })
    }
}

impl Serving {
    pub(crate) fn begin(console: &Console, listener: Listener) -> io::Result<Self> {
        let (stop, stops) = oneshot::channel();
        let (done, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()?;
        let console = console.clone();
        let thread = thread::Builder::new().name("sempre-console".into());
        let thread = thread.spawn(move || {
            runtime.block_on(accept(console, listener, stops));
            // Nobody may be waiting for that.
            let _gone = done.send(());
        })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
            stopped: Some(stopped),
        })
    }

    pub(crate) async fn stop(mut self) {
        self.stop.take();
        if let Some(stopped) = self.stopped.take() {
            // The thread says so, or has ended already.
            let _ended = stopped.await;
        }
        if let Some(thread) = self.thread.take() {
            // A panic of the thread is in the log.
            let _ended = thread.join();
        }
    }
}

impl ConsoleServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to give to a browser on this machine.
    pub fn url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}/")
    }

    /// Stops the server: no request is taken any more, its live views end, and other requests that are
    /// under way have two seconds to end. Other places where the console is shown go on.
    pub async fn stop(self) {
        self.serving.stop().await;
    }
}

/// Takes connections until it is told to stop, which dropping the other end does.
async fn accept(console: Console, listener: Listener, stops: oneshot::Receiver<()>) {
    let door = match Door::new(listener) {
        Ok(door) => door,
        Err(error) => {
            tracing::error!(%error, "the console cannot be shown");
            return;
        }
    };
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    // Dropping the other end is how it is told.
    let mut stops: Stops = stops.map(|_dropped| ()).boxed().shared();
    // Bound: each turn takes a connection, for which there is room, or ends.
    loop {
        let next = Box::pin(async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, door.next().await)
        });
        let (permit, accepted) = match select(next, &mut stops).await {
            Either::Left((next, _)) => next,
            Either::Right(_) => break,
        };
        match accepted {
            Ok((stream, caller)) => {
                let connection = Connection {
                    console: console.clone(),
                    stops: stops.clone(),
                    caller,
                };
                let connection = connection.serve(stream, graceful.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection to the console was not taken");
                Delay::new(Duration::from_millis(50)).await;
            }
        }
    }
    drop(door);
    select(Box::pin(graceful.shutdown()), Delay::new(GRACE)).await;
}

/// Resolves when the server is told to stop.
type Stops = Shared<BoxFuture<'static, ()>>;

impl Caller {
    /// Has the access rule see who asks.
    fn sign(self, request: &mut Request<Incoming>) {
        let extensions = request.extensions_mut();
        match self {
            Self::Address(peer) => extensions.insert(peer).map(drop),
            #[cfg(unix)]
            Self::Socket(peer) => extensions.insert(peer).map(drop),
        };
    }
}

struct Connection {
    console: Console,
    stops: Stops,
    caller: Caller,
}

impl Connection {
    async fn serve(self, stream: Box<dyn Wire>, watcher: Watcher) {
        let Self {
            console,
            stops,
            caller,
        } = self;
        let answer = service_fn(move |mut request: Request<Incoming>| {
            let (console, stops) = (console.clone(), stops.clone());
            caller.sign(&mut request);
            async move {
                let response = console.respond(request).await;
                // A live view would hold the stop up.
                Ok::<_, std::convert::Infallible>(response.map(|body| body.until(stops)))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), answer);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection to the console has ended early");
        }
    }
}
