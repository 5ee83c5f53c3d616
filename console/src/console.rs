//! The console: what a service holds, and the way of a request through it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::{Buf, Bytes};
use derive_more::Debug;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Either, select},
};
use futures_timer::Delay;
use http::{Method, Request, Response, StatusCode, header, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use sempre::{
    Engine,
    client::StoredRuns,
    model::{Identity, Namespace},
    storage::{Backup, SledStore},
};
use serde_json::Value;

#[cfg(feature = "prometheus")]
use crate::Prometheus;
use crate::{
    Access, ConsoleBody,
    access::local_readers,
    api,
    asset::ASSETS,
    csrf::Csrf,
    fields::Fields,
    live::{self, Hub},
    problem::Problem,
    reply::{self, Reply},
    reveal::Redact,
    route::{Act, Page, Read, Route, in_namespace},
    source::Source,
    view,
    visit::Visit,
};

/// Bound: bytes of the body of a request. The engine takes inputs of at most 2 MiB, which a form
/// may write in twice as many.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a client may take to send the body of a request.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A page and a JSON API over an engine.
///
/// A cheap clone. It keeps the engine as long as it is kept, like any other clone of that; once the
/// engine has been shut down, it says so with 503.
///
/// # Examples
/// ```
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use http::Request;
/// use http_body_util::Empty;
/// use sempre_console::{Access, Console};
///
/// let console = Console::new(&engine).title("orders").access(|request| {
///     match request.headers.get("x-operator").and_then(|it| it.to_str().ok()) {
///         Some(name) => Access::Act(name.into()),
///         None => Access::Read,
///     }
/// });
/// let request = Request::get("/api/health").body(Empty::<&[u8]>::new())?;
/// assert_eq!(console.respond(request).await.status(), 200);
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Console {
    pub(crate) source: Source,
    /// The namespace that it is the console of; of the default one, that of all.
    home: Namespace,
    pub(crate) title: Arc<str>,
    #[debug(skip)]
    access: Arc<dyn Fn(&Parts) -> Access + Send + Sync>,
    #[debug(skip)]
    pub(crate) redact: Option<Redact>,
    #[cfg(feature = "prometheus")]
    metrics: Option<Prometheus>,
    /// Where backups go.
    pub(crate) backups: Option<Arc<Path>>,
    pub(crate) shared: Arc<Shared>,
    /// Held by those who show the console, and not by its live views.
    _hold: Option<Arc<Hold>>,
}

/// Ends live views when nobody shows the console any more.
#[derive(Debug)]
struct Hold(Arc<Shared>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.hub.close();
    }
}

/// What the clones of a console share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) csrf: Csrf,
    pub(crate) hub: Hub,
}

impl Console {
    /// The console of an engine, for readers on this machine.
    ///
    /// That of [`Engine::namespace`] shows the runs of that namespace alone; that of the engine itself
    /// shows each namespace below its name, at `in/NAME/`.
    pub fn new(engine: &Engine) -> Self {
        Self::of(Source::Engine(engine.clone()))
    }

    /// The console of a store that no engine runs on, for readers on this machine.
    ///
    /// It shows runs, histories, failures, patches and what the store holds. Whatever takes an engine is
    /// refused with 409, and nobody may act: nothing runs, and nothing is written.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use http::Request;
    /// use http_body_util::Empty;
    /// use sempre::{client::StoredRuns, storage::MemoryStore};
    /// use sempre_console::{Access, Console};
    /// # use std::sync::Arc;
    ///
    /// let runs = StoredRuns::new(Arc::new(MemoryStore::new()));
    /// let console = Console::at_rest(&runs).access(|_| Access::Read);
    /// let ask = async |place: &str| -> Result<u16, http::Error> {
    ///     let request = Request::get(place).body(Empty::<&[u8]>::new())?;
    ///     Ok(console.respond(request).await.status().as_u16())
    /// };
    /// assert_eq!(ask("/runs").await?, 200);
    /// assert_eq!(ask("/queues").await?, 409);
    /// # Ok(())
    /// # }
    /// ```
    pub fn at_rest(runs: &StoredRuns) -> Self {
        // A look at all runs takes long where there are many, and must not hold the server up.
        Self::of(Source::Store(runs.clone().apart()))
    }

    fn of(source: Source) -> Self {
        let shared = Arc::new(Shared {
            csrf: Csrf::new(),
            hub: Hub::default(),
        });
        Self {
            home: source.namespace().clone(),
            source,
            title: Arc::from(""),
            access: Arc::new(local_readers),
            redact: None,
            backups: None,
            #[cfg(feature = "prometheus")]
            metrics: None,
            _hold: Some(Arc::new(Hold(Arc::clone(&shared)))),
            shared,
        }
    }

    /// The same console with this name on its pages: whose workflows these are.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.title = Arc::from(title);
        self
    }

    /// The same console with this rule for who may see it, and who may change something.
    ///
    /// Default: [`Access::Read`] for requests from this machine, to this machine's own name or
    /// address, in which no proxy says that it has passed them on; [`Access::None`] for all others. A
    /// proxy on this machine that says nothing cannot be told from a reader here, so give a rule before
    /// you put one in front.
    ///
    /// The rule sees the head of each request, whose path begins with `/in/NAME/` if it is about another
    /// namespace than the default one, with a [`Peer`](crate::Peer) in its extensions where the
    /// server says who asks.
    ///
    /// It is asked at each request, so it should answer at once; a login belongs in front of it.
    #[must_use]
    pub fn access(mut self, rule: impl Fn(&Parts) -> Access + Send + Sync + 'static) -> Self {
        self.access = Arc::new(rule);
        self
    }

    /// The same console with this rule for what is seen of the value of a payload.
    ///
    /// Payloads are inputs, results, details of heartbeats and failures, and memos. They are hidden
    /// until they are asked for; then each goes through the rule, on pages, in the API and in
    /// downloads. Search attributes, ids and messages of failures are no payloads.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let console = sempre_console::Console::new(&engine).redact(|mut value| {
    ///     if let Some(card) = value.get_mut("card") {
    ///         *card = "hidden".into();
    ///     }
    ///     value
    /// });
    /// # drop(console);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn redact(mut self, rule: impl Fn(Value) -> Value + Send + Sync + 'static) -> Self {
        self.redact = Some(Arc::new(rule));
        self
    }

    /// The same console, by which whoever may act takes backups of the store into this folder, by
    /// [`Engine::backup`]. Default: backups are not taken here, because a request must not say where a
    /// service writes.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let console = sempre_console::Console::new(&engine).backups("/var/backups/orders");
    /// # drop(console);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn backups(mut self, folder: impl Into<PathBuf>) -> Self {
        self.backups = Some(Arc::from(folder.into()));
        self
    }

    /// The same console, which shows these numbers to whoever may see it, at `metrics`. Default: it
    /// shows none.
    ///
    /// Those of the engine are set when they are asked for.
    #[cfg(feature = "prometheus")]
    #[must_use]
    pub fn metrics(mut self, prometheus: &Prometheus) -> Self {
        self.metrics = Some(prometheus.clone());
        self
    }

    /// The numbers as Prometheus reads them.
    #[cfg(feature = "prometheus")]
    async fn measure(self) -> Result<Reply, Problem> {
        let nothing = || Problem::not_found("the service shows no metrics here (Console::metrics)");
        let metrics = self.metrics.as_ref().ok_or_else(nothing)?;
        // Sets the gauges.
        let _health = self.source.engine()?.health().await;
        Ok(reply::metrics(metrics.render()))
    }

    /// The backups that there are, if the service has said where they go.
    pub(crate) fn finished_backups(&self) -> Result<Option<Vec<Backup>>, Problem> {
        // One short file, of a folder of the service's own.
        let backups = self.backups.as_ref().map(SledStore::backups).transpose();
        backups.map_err(|error| Problem::unavailable(error.to_string()))
    }

    /// The same console for its live views, which end when the last other one is dropped.
    pub(crate) fn without_hold(&self) -> Self {
        Self {
            _hold: None,
            ..self.clone()
        }
    }

    /// Ends the live views of all clones of this console, and begins no others.
    ///
    /// A live view is a response that goes on for up to five minutes. A server that waits for its
    /// responses before it stops waits for them too: axum as long as they last, actix-web until its
    /// `shutdown_timeout` is over. Call this when the server is told to stop.
    /// [`Console::serve`] ends its own by itself, and all of them end with the last clone of the console.
    pub fn end_live_views(&self) {
        self.shared.hub.close();
    }

    /// Answers a request, whose path is the one below the place where the console is mounted: `/` is
    /// its first page, `/runs` the list of runs.
    ///
    /// All links are relative, so the place itself is nobody's business; but its name has to end
    /// with `/`, as in `/console/`.
    ///
    /// A body is read only of a request to change something, from somebody whom the access rule lets
    /// in. One of more than 4 MiB is refused with 413, one that is not here after 30 s with 408.
    pub async fn respond<B>(&self, request: Request<B>) -> Response<ConsoleBody>
    where
        B: Body,
        B::Data: Buf,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (parts, body) = request.into_parts();
        let wants_json = wants_json(&parts);
        let is_head = parts.method == Method::HEAD;
        let is_action = parts.method == Method::POST;
        let answered = match self.find(&parts) {
            Ok((console, found)) => console.answer(found, parts, body).await,
            Err(problem) => Err(problem),
        };
        let reply = answered.unwrap_or_else(|problem| self.refuse(&problem, wants_json, is_action));
        if is_head { headless(reply) } else { reply }
    }

    /// What a request asks for, and of the console of which namespace, if whoever asks may see it, and
    /// asks in the right way. Nothing was read but its head.
    fn find(&self, parts: &Parts) -> Result<(Self, Found), Problem> {
        let path = parts.uri.path().trim_start_matches('/');
        let (namespace, path) = in_namespace(path);
        if let Some(asset) = ASSETS.find(path) {
            read_only(&parts.method)?;
            let asset = reply::asset(asset.content_type, asset.content);
            return Ok((self.clone(), Found::Asset(asset)));
        }
        let who = self.admit(parts)?;
        let console = self.within(namespace)?;
        let route = Route::of(path)?;
        if self.source.is_at_rest() && route.needs_engine() {
            return Err(Problem::at_rest());
        }
        match route {
            Route::Act(_) if parts.method != Method::POST => return Err(Problem::method("POST")),
            Route::Act(_) => {}
            Route::Page(_) | Route::Read(_) => read_only(&parts.method)?,
            #[cfg(feature = "prometheus")]
            Route::Metrics => read_only(&parts.method)?,
        }
        Ok((console, Found::Route(route, who)))
    }

    /// The namespaces that it shows.
    pub(crate) fn namespaces(&self) -> Vec<Namespace> {
        if self.home.is_default() {
            return self.source.namespaces();
        }
        vec![self.home.clone()]
    }

    /// The console of this namespace.
    fn within(&self, namespace: Option<Namespace>) -> Result<Self, Problem> {
        let Some(namespace) = namespace else {
            return Ok(self.clone());
        };
        if !self.home.is_default() {
            return Err(Problem::not_found("there is no such page"));
        }
        Ok(Self {
            source: self.source.within(namespace)?,
            ..self.clone()
        })
    }

    async fn answer<B>(&self, found: Found, parts: Parts, body: B) -> Result<Reply, Problem>
    where
        B: Body,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        match found {
            Found::Asset(reply) => Ok(reply),
            Found::Route(Route::Act(action), who) => {
                let body = read(body, BODY_TIMEOUT).await?;
                let asked = Asked { parts, body };
                self.clone().act(action, who, asked).await
            }
            #[cfg(feature = "prometheus")]
            Found::Route(Route::Metrics, _) => {
                drop(body);
                self.clone().measure().boxed().await
            }
            Found::Route(Route::Page(page), who) => {
                drop(body);
                self.clone().show(page, who, parts).await
            }
            Found::Route(Route::Read(read), who) => {
                drop(body);
                self.clone().tell(read, who, parts).await
            }
        }
    }

    // Boxed, so that whoever spawns one need not see what it is made of.

    fn act(
        self,
        action: Act,
        who: Who,
        asked: Asked,
    ) -> BoxFuture<'static, Result<Reply, Problem>> {
        async move { api::act(action, &self, who, &asked).await }.boxed()
    }

    fn show(
        self,
        page: Page,
        who: Who,
        parts: Parts,
    ) -> BoxFuture<'static, Result<Reply, Problem>> {
        async move {
            let visit = Visit::new(&self, who, query(&parts));
            if visit.fields.is_set("live") {
                return live::watch(&visit, page);
            }
            let (status, page) = view::page(page, &visit).await?;
            Ok(reply::html(status, page))
        }
        .boxed()
    }

    fn tell(
        self,
        read: Read,
        who: Who,
        parts: Parts,
    ) -> BoxFuture<'static, Result<Reply, Problem>> {
        async move { api::read(read, &Visit::new(&self, who, query(&parts))).await }.boxed()
    }

    /// Who asks, if it is somebody who may change something.
    fn admit(&self, parts: &Parts) -> Result<Option<Identity>, Problem> {
        match (self.access)(parts) {
            Access::Read => Ok(None),
            // Nobody acts on a store at rest.
            Access::Act(_) if self.source.is_at_rest() => Ok(None),
            Access::Act(who) => Ok(Some(who)),
            Access::Challenge(challenge) => Err(Problem {
                challenge: Some(challenge),
                ..Problem::new(StatusCode::UNAUTHORIZED, "log in to see this")
            }),
            Access::None => Err(Problem::forbidden(
                "you may not see this console; the access rule of the service says who may (by \
                 default, only readers on the same machine who ask for it as localhost)",
            )),
        }
    }

    fn refuse(&self, problem: &Problem, wants_json: bool, is_action: bool) -> Reply {
        let effect = is_action.then_some(problem.effect);
        if wants_json {
            return reply::problem_json(problem, effect);
        }
        let page = view::refusal(self, problem, effect);
        reply::with_remedy(reply::html(problem.status, page), problem)
    }
}

/// A request to change something.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
}

/// Who may change something, if that is allowed.
type Who = Option<Identity>;

/// What a request asks for.
#[derive(Debug)]
enum Found {
    /// A file, which everybody may see.
    Asset(#[debug(skip)] Reply),
    /// Something that whoever asks may see.
    Route(Route, Who),
}

fn query(parts: &Parts) -> Fields {
    Fields::of_form(parts.uri.query().unwrap_or_default().as_bytes())
}

fn read_only(method: &Method) -> Result<(), Problem> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Problem::method("GET, HEAD")),
    }
}

fn wants_json(parts: &Parts) -> bool {
    let path = parts.uri.path().trim_start_matches('/');
    let accept = parts.headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    path.starts_with("api/") || accept.is_some_and(|it| it.starts_with("application/json"))
}

/// The whole of a body, if it is here within this time.
pub(crate) async fn read<B>(body: B, patience: Duration) -> Result<Bytes, Problem>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = Limited::new(body, BODY_BYTES_MAX).collect();
    match select(Box::pin(collected), Delay::new(patience)).await {
        Either::Left((Ok(collected), _)) => Ok(collected.to_bytes()),
        Either::Left((Err(error), _)) if error.is::<LengthLimitError>() => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is too large limit={BODY_BYTES_MAX}"),
        )),
        Either::Left((Err(error), _)) => Err(Problem::bad_request(format!(
            "the body cannot be read: {error}"
        ))),
        Either::Right(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            format!(
                "the body did not arrive within {} seconds",
                patience.as_secs()
            ),
        )),
    }
}

/// The same response without its body.
fn headless(reply: Reply) -> Reply {
    reply.map(|_| ConsoleBody::whole(Bytes::new()))
}
