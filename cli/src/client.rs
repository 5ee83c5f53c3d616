//! A console's API, as the command asks it.

#[cfg(unix)]
use std::path::Path;
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use derive_more::Debug;
use serde_json::{Map, Value};
use ureq::{Agent, Body, config::ConfigBuilder, http::Response, typestate::AgentScope};

#[cfg(unix)]
use crate::beside;
use crate::{CommandError, Exit, arguments::Place, look};

/// How long it may take to reach a console.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Bound: bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// A way to a console.
#[derive(Debug)]
pub(crate) struct Client {
    #[debug(skip)]
    agent: Agent,
    /// The address of its first page for the namespace, with a slash at the end.
    base: String,
    /// Where that is, for people.
    shown: String,
    #[debug(skip)]
    headers: Vec<(String, String)>,
}

/// A question: which, and about what. What is empty is left out.
pub(crate) type Fields<'f> = &'f [(&'f str, &'f str)];

/// Where the console shows the namespace that is meant, by where it is.
fn within(place: &Place, base: String) -> Result<String, CommandError> {
    match place.namespace()? {
        namespace if namespace.is_default() => Ok(base),
        namespace => Ok(format!("{base}in/{namespace}/")),
    }
}

impl Client {
    /// The way to the console that has this address.
    pub(crate) fn at(place: &Place, url: &str) -> Result<Self, CommandError> {
        if url.starts_with("https:") && !cfg!(feature = "https") {
            return Err(CommandError::usage(
                "this build does not speak https; build it with cargo install sempre-cli --features https",
            ));
        }
        if !url.starts_with("http:") && !url.starts_with("https:") {
            return Err(CommandError::usage(format!(
                "the address of a console begins with http:// url={url}"
            )));
        }
        let base = format!("{}/", url.trim_end_matches('/'));
        Ok(Self {
            agent: config().build().into(),
            shown: base.clone(),
            base: within(place, base)?,
            headers: headers(place)?,
        })
    }

    /// The way to the console that is shown at the socket beside this store.
    #[cfg(unix)]
    pub(crate) fn beside(place: &Place, store: &Path) -> Result<Self, CommandError> {
        // Proxies are for addresses.
        let config = config().proxy(None).build();
        let socket = store.join(sempre_console::SOCKET_NAME);
        Ok(Self {
            agent: beside::agent(config, store),
            // Whoever is asked is on this machine, whatever the name.
            base: within(place, "http://localhost/".to_owned())?,
            shown: socket.display().to_string(),
            headers: headers(place)?,
        })
    }

    /// What the console says to this question.
    pub(crate) fn get(&self, name: &str, fields: Fields<'_>) -> Result<Value, CommandError> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
        let place = format!("{}api/{name}?{}", self.base, query.finish());
        let mut request = self.agent.get(&place);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answered = request.call();
        self.understood(answered, Exit::Unavailable)
    }

    /// Asks for an action, with the token that it needs.
    pub(crate) fn act(
        &self,
        name: &str,
        fields: &Map<String, Value>,
    ) -> Result<Value, CommandError> {
        let session = self.get("session", &[])?;
        let mut request = self.agent.post(format!("{}api/{name}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request
            .header("content-type", "application/json")
            .header("x-csrf-token", look::text(&session, "/csrf_token"));
        let body = Value::Object(fields.clone()).to_string();
        // What is lost after it was sent may have been carried out.
        self.understood(request.send(body), Exit::Unknown)
    }

    fn understood(
        &self,
        answered: Result<Response<Body>, ureq::Error>,
        if_lost: Exit,
    ) -> Result<Value, CommandError> {
        let answered = answered.and_then(|mut response| {
            let status = response.status().as_u16();
            let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
            Ok((status, body.read_to_string()?))
        });
        let (status, body) = answered.map_err(|error| self.lost(&error, if_lost))?;
        let Ok(value) = serde_json::from_str::<Value>(&body) else {
            let message = format!(
                "there is no console at {}; give the address of its first page (status {status})",
                self.shown
            );
            return Err(CommandError::new(Exit::NotFound, message));
        };
        if (200..300).contains(&status) || value.get("error").is_none() {
            return Ok(value);
        }
        Err(refused(status, &value))
    }

    fn lost(&self, error: &ureq::Error, if_lost: Exit) -> CommandError {
        let base = &self.shown;
        match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => CommandError::usage(format!(
                "this is not the address of a console: {error} url={base}"
            )),
            ureq::Error::ConnectionFailed | ureq::Error::HostNotFound | ureq::Error::Timeout(_) => {
                unreachable(base, error)
            }
            ureq::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {
                unreachable(base, error)
            }
            _ if if_lost == Exit::Unknown => CommandError::new(
                Exit::Unknown,
                format!(
                    "the connection was lost, and whether it was done is not known: {error} url={base}"
                ),
            ),
            _ => unreachable(base, error),
        }
    }
}

fn config() -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .user_agent(concat!("sempre/", env!("CARGO_PKG_VERSION")))
}

fn unreachable(base: &str, error: &ureq::Error) -> CommandError {
    let message = format!("no console can be reached at {base}: {error}; does the service run?");
    CommandError::new(Exit::Unavailable, message)
}

/// What a console has refused, and how the command ends then.
fn refused(status: u16, value: &Value) -> CommandError {
    let mut message = look::text(value, "/error/message").to_owned();
    let exit = match look::text(value, "/error/effect") {
        "unknown" => Exit::Unknown,
        "done" => Exit::Failed,
        _ => match status {
            404 => Exit::NotFound,
            429 | 503 => Exit::Unavailable,
            _ => Exit::Refused,
        },
    };
    match status {
        401 => {
            message.push_str("; give a name and a password with --user, or a header with --header");
        }
        403 if message.contains("reload the page") => {
            "the service has restarted meanwhile; try again".clone_into(&mut message);
        }
        _ => {}
    }
    CommandError::new(exit, message)
}

fn headers(place: &Place) -> Result<Vec<(String, String)>, CommandError> {
    let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
    if let Some(user) = &place.user {
        headers.push((
            "authorization".to_owned(),
            format!("Basic {}", STANDARD.encode(user)),
        ));
    }
    for header in &place.headers {
        let (name, value) = header.split_once(':').ok_or_else(|| {
            CommandError::usage("a header is a name, a colon and a value, such as \"x-user: ada\"")
        })?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(headers)
}
