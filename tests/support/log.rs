//! The log lines of this process, for tests of what an operator can read there.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use sempre::model::RunId;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

/// One log line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// How grave it is.
    pub level: Level,
    /// Which module says it.
    pub target: String,
    /// What it says.
    pub message: String,
    /// Its fields as text.
    pub fields: BTreeMap<String, String>,
}

impl Line {
    /// A field as text; empty if the line has none of that name.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.level, self.message)?;
        let mut fields = self.fields.iter();
        fields.try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// The lines that sempre, and workflows of tests, have emitted since the log was opened.
///
/// All tests of a process share one subscriber, so a test looks for lines about its own runs.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    begin: usize,
}

impl Log {
    /// Begins to listen.
    pub fn open() -> Self {
        static OPENED: OnceLock<bool> = OnceLock::new();
        let is_ours =
            *OPENED.get_or_init(|| tracing::subscriber::set_global_default(Collector).is_ok());
        assert!(is_ours, "another subscriber has the log lines");
        Self {
            begin: lines().len(),
        }
    }

    /// All lines since then.
    pub fn lines(&self) -> Vec<Line> {
        lines().iter().skip(self.begin).cloned().collect()
    }

    /// The lines about a run since then.
    pub fn of_run(&self, run_id: RunId) -> Vec<Line> {
        let run_id = run_id.to_string();
        let mut lines = self.lines();
        lines.retain(|line| line.field("run_id") == run_id);
        lines
    }
}

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

fn lines() -> MutexGuard<'static, Vec<Line>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Collects lines, and no spans.
#[derive(Debug)]
struct Collector;

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::DEBUG && is_collected(metadata.target())
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        lines().push(Line {
            level: *event.metadata().level(),
            target: event.metadata().target().to_owned(),
            message: fields.0.remove("message").unwrap_or_default(),
            fields: fields.0,
        });
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Lines of sempre, and those that workflows of tests tell through it.
fn is_collected(target: &str) -> bool {
    target.starts_with("sempre") || target.starts_with("it::")
}

#[derive(Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}
