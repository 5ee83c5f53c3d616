//! A service on axum that shows its console to those who log in, and stops as an orchestrator asks.
//!
//! `CONSOLE_PASSWORD=secret cargo run --example service_axum` serves on <http://127.0.0.1:8080> until
//! Ctrl-C or SIGTERM. It says in which folder its store is: `sempre list` there asks the running
//! service, and a Prometheus server finds the metrics at `/console/metrics`. With `-- --demo` it asks itself a few things, sends itself SIGTERM, and ends.

use std::{env, error::Error, net::SocketAddr, process::Command};

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{header::AUTHORIZATION, request::Parts};
use sempre::{ActivityError, Engine, Workflow, WorkflowContext, activity, handlers};
use sempre_console::{Access, Console, Prometheus, SocketPeer, adapter::axum::router};
use std::convert::Infallible;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
};

#[activity(start_to_close = "10s")]
async fn greet(name: String) -> String {
    format!("Hello, {name}!")
}

#[derive(Workflow, Default)]
struct Greeting;

#[handlers]
impl Greeting {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        name: String,
    ) -> Result<String, ActivityError<Infallible>> {
        ctx.activity(greet, name).await
    }
}

/// Once this has answered, the greeting survives a crash.
async fn start(State(engine): State<Engine>, Path(name): Path<String>) -> (StatusCode, String) {
    let greeting = engine.workflow::<Greeting>(format!("greeting-of-{name}"));
    match greeting.start(name).await {
        Ok(started) => (StatusCode::ACCEPTED, started.workflow_id().to_string()),
        Err(error) => (StatusCode::CONFLICT, error.to_string()),
    }
}

/// What a probe asks: 503 once the engine can no longer work.
async fn health(State(engine): State<Engine>) -> StatusCode {
    if engine.health().await.is_healthy() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

/// The name of whoever has the password; a browser is told to ask for it. Who comes by the socket beside
/// the store runs commands as the service's own user, and needs none.
fn who(request: &Parts, password: &str) -> Access {
    if request.extensions.get::<SocketPeer>().is_some() {
        return Access::Act("operator".into());
    }
    let header = request.headers.get(AUTHORIZATION);
    let encoded = header.and_then(|it| it.to_str().ok()?.strip_prefix("Basic "));
    let decoded = encoded.and_then(|it| String::from_utf8(STANDARD.decode(it).ok()?).ok());
    match decoded.as_deref().and_then(|it| it.split_once(':')) {
        Some((name, given)) if given == password => Access::Act(name.into()),
        _ => Access::Challenge("Basic realm=\"console\"".into()),
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn Error>> {
    let is_demo = env::args().any(|argument| argument == "--demo");
    let password = match env::var("CONSOLE_PASSWORD") {
        Ok(password) if !password.is_empty() => password,
        // The demo is over before anybody could guess it.
        _ if is_demo => "secret".into(),
        _ => return Err("set CONSOLE_PASSWORD, the password of the console".into()),
    };
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("greetings.sempre");
    // Before the engine starts, so that nothing is missed.
    let prometheus = Prometheus::install()?;
    let engine = Engine::open(&store)
        .workflow::<Greeting>()
        .activities(greet)
        .start()
        .await?;
    let secret = password.clone();
    let console = Console::new(&engine)
        .access(move |request| who(request, &password))
        .metrics(&prometheus);
    let beside = console.serve_beside(&store)?;
    let app = Router::new()
        .route("/greetings/{name}", post(start))
        .route("/health", get(health))
        .with_state(engine.clone())
        .merge(router("/console", &console));
    let listener = TcpListener::bind(("127.0.0.1", if is_demo { 0 } else { 8080 })).await?;
    let address = listener.local_addr()?;
    println!("Listening on http://{address}, the console is at http://{address}/console/");
    println!(
        "`sempre list` asks it as well, in {}",
        folder.path().display()
    );

    let mut terminate = signal(SignalKind::terminate())?;
    let failing = engine.clone();
    let stops = async move {
        tokio::select! {
            _ = terminate.recv() => println!("SIGTERM: no further requests are taken"),
            _ = tokio::signal::ctrl_c() => println!("Ctrl-C: no further requests are taken"),
            failure = failing.failed() => println!("{failure}"),
        }
        // Whoever looks at a live view would hold the stop up.
        console.end_live_views();
    };
    let demo = is_demo.then(|| tokio::spawn(demo(address, secret)));
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stops)
        .await?;
    if let Some(demo) = demo {
        demo.await??;
    }
    beside.stop().await;
    engine.shutdown().await;
    println!("Stopped. Everything that was acknowledged is on disk.");
    Ok(())
}

/// Asks the service a few things, as a client would, and tells it to stop.
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn demo(address: SocketAddr, password: String) -> std::io::Result<()> {
    let login = STANDARD.encode(format!("ada:{password}"));
    let logged_in = format!("authorization: Basic {login}\r\n");
    for (request, headers) in [
        ("POST /greetings/world", ""),
        ("GET /health", ""),
        ("GET /console/", ""),
        ("GET /console/", logged_in.as_str()),
        ("GET /console/run?id=greeting-of-world", logged_in.as_str()),
        ("GET /console/metrics", logged_in.as_str()),
    ] {
        let mut stream = TcpStream::connect(address).await?;
        let head =
            format!("{request} HTTP/1.1\r\nhost: {address}\r\n{headers}connection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let status = answer.lines().next().unwrap_or_default();
        let who = if headers.is_empty() {
            "somebody"
        } else {
            "ada"
        };
        println!("{who:8}  {request:40}  {status}");
    }
    Command::new("kill")
        .arg(std::process::id().to_string())
        .status()?;
    Ok(())
}
