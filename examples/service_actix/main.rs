//! A service on actix-web that shows its console to those who log in, and stops as an orchestrator
//! asks.
//!
//! `CONSOLE_PASSWORD=secret cargo run --example service_actix` serves on <http://127.0.0.1:8080> until
//! Ctrl-C or SIGTERM. It says in which folder its store is: `sempre list` there asks the running
//! service, and a Prometheus server finds the metrics at `/console/metrics`. With `-- --demo` it asks itself a few things, sends itself SIGTERM, and ends.

use std::{convert::Infallible, env, error::Error, net::SocketAddr, process::Command};

use actix_web::{
    App, HttpResponse, HttpServer, get, post,
    rt::{
        self,
        signal::unix::{SignalKind, signal},
    },
    web::{Data, Path},
};
use awc::Client;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{header::AUTHORIZATION, request::Parts};
use sempre::{ActivityError, Engine, Workflow, WorkflowContext, activity, handlers};
use sempre_console::{Access, Console, Prometheus, SocketPeer, adapter::actix::scope};

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
#[post("/greetings/{name}")]
async fn begin(engine: Data<Engine>, name: Path<String>) -> HttpResponse {
    let name = name.into_inner();
    let greeting = engine.workflow::<Greeting>(format!("greeting-of-{name}"));
    match greeting.start(name).await {
        Ok(started) => HttpResponse::Accepted().body(started.workflow_id().to_string()),
        Err(error) => HttpResponse::Conflict().body(error.to_string()),
    }
}

/// What a probe asks: 503 once the engine can no longer work.
#[get("/health")]
async fn health(engine: Data<Engine>) -> HttpResponse {
    if engine.health().await.is_healthy() {
        HttpResponse::Ok().finish()
    } else {
        HttpResponse::ServiceUnavailable().finish()
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

#[actix_web::main]
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
    let shared = Data::new(engine.clone());
    let shown = console.clone();
    let app = move || {
        App::new()
            .app_data(shared.clone())
            .service(begin)
            .service(health)
            .service(scope("/console", &console))
    };
    let server = HttpServer::new(app)
        .workers(2)
        .disable_signals()
        .shutdown_timeout(5)
        .bind(("127.0.0.1", if is_demo { 0 } else { 8080 }))?;
    let address = server
        .addrs()
        .first()
        .copied()
        .ok_or("the server has no address")?;
    println!("Listening on http://{address}, the console is at http://{address}/console/");
    println!(
        "`sempre list` asks it as well, in {}",
        folder.path().display()
    );
    let server = server.run();

    let mut terminate = signal(SignalKind::terminate())?;
    let (failing, stops) = (engine.clone(), server.handle());
    let watch = rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => println!("SIGTERM: no further requests are taken"),
            _ = rt::signal::ctrl_c() => println!("Ctrl-C: no further requests are taken"),
            // An engine that can no longer work is restarted from outside.
            failure = failing.failed() => println!("{failure}"),
        }
        // Whoever looks at a live view would hold the stop up.
        shown.end_live_views();
        stops.stop(true).await;
    });
    let demo = is_demo.then(|| rt::spawn(demo(address, secret)));
    server.await?;
    watch.abort();
    if let Some(demo) = demo {
        demo.await?.map_err(|error| error.to_string())?;
    }
    beside.stop().await;
    engine.shutdown().await;
    println!("Stopped. Everything that was acknowledged is on disk.");
    Ok(())
}

/// Asks the service a few things, as a client would, and tells it to stop.
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn demo(address: SocketAddr, password: String) -> Result<(), Box<dyn Error>> {
    let (client, url) = (Client::default(), format!("http://{address}"));
    let started = client.post(format!("{url}/greetings/world")).send().await?;
    println!("somebody  starts a greeting      {}", started.status());
    let healthy = client.get(format!("{url}/health")).send().await?;
    println!("a probe   asks for the health    {}", healthy.status());
    let console = format!("{url}/console/run?id=greeting-of-world");
    let refused = client.get(&console).send().await?;
    println!("somebody  opens the console      {}", refused.status());
    let shown = client
        .get(&console)
        .basic_auth("ada", &password)
        .send()
        .await?;
    println!("ada       opens the console      {}", shown.status());
    let measured = client
        .get(format!("{url}/console/metrics"))
        .basic_auth("ada", &password)
        .send()
        .await?;
    println!("ada       asks for the metrics   {}", measured.status());
    Command::new("kill")
        .arg(std::process::id().to_string())
        .status()?;
    Ok(())
}
