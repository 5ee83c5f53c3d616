//! The trail of what operators have done, the latest first.

use std::{str::FromStr, sync::Arc};

use derive_more::{Debug, Display};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::{
    client::{InvalidPageToken, RequestError},
    model::{EventAttributes, History, RunId},
    operator::{AuditEntry, OperatorDesk, OperatorError, recover::entries_of},
};

/// The size of a page where none is given.
const PAGE_SIZE: usize = 100;

/// The trail of what operators have done to an engine; await it for its latest page.
///
/// Made by [`Engine::audit`](crate::Engine::audit). It holds the last 10,000 entries or so; those before
/// are deleted. What has become of a wish is in the history of the run that it was about.
///
/// # Examples
/// ```
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::operator::AuditEntry;
///
/// engine.task_queue("default").identity("ada").pause("the bank is down").await?;
/// engine.audit().record(AuditEntry::new("deploy", "release 2.3").who("ci")).await?;
///
/// let trail = engine.audit().await?;
/// assert_eq!(trail.entries[0].operation, "deploy");
/// assert_eq!(trail.entries[1].operation, "pause task queue");
/// assert_eq!(trail.entries[1].who.as_str(), "ada");
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct AuditTrail {
    desk: Arc<OperatorDesk>,
    before: Option<AuditToken>,
    page_size: usize,
}

/// A page of the trail.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct AuditPage {
    /// What was done, the latest first.
    pub entries: Vec<AuditEntry>,
    /// Where the trail goes on; `None` if this was the last page.
    pub next: Option<AuditToken>,
}

/// Where a trail goes on. Keep it as text if it has to travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
pub struct AuditToken(RunId);

impl FromStr for AuditToken {
    type Err = InvalidPageToken;

    fn from_str(text: &str) -> Result<Self, InvalidPageToken> {
        let run_id = Uuid::parse_str(text).map_err(|_| InvalidPageToken)?;
        Ok(Self(RunId::from(run_id)))
    }
}

impl AuditTrail {
    pub(crate) fn new(desk: Arc<OperatorDesk>) -> Self {
        Self {
            desk,
            before: None,
            page_size: PAGE_SIZE,
        }
    }

    /// The page behind this token instead of the first one.
    pub fn after(mut self, token: AuditToken) -> Self {
        self.before = Some(token);
        self
    }

    /// The same trail with pages of at least so many entries, where there are as many: 100 by default.
    ///
    /// A page has some hundreds more, because it ends where a run of the book does.
    pub fn page_size(mut self, entries: usize) -> Self {
        self.page_size = entries.max(1);
        self
    }

    /// Records something that was done elsewhere, such as in the service that holds the engine.
    ///
    /// # Durability
    /// Once it returns, the entry is in the trail.
    ///
    /// # Errors
    /// [`OperatorError`] if a text of it is empty or too long, or the engine does not answer.
    pub async fn record(&self, entry: AuditEntry) -> Result<(), OperatorError> {
        let entry = AuditEntry {
            setting: None,
            ..entry
        };
        self.desk.take(entry).await
    }

    async fn read(self) -> Result<AuditPage, RequestError> {
        let mut entries = Vec::new();
        let mut next = self.before;
        // Bound: each turn reads one of the runs that are kept of the book.
        loop {
            let keeper = match next {
                None => self.desk.keeper().clone(),
                Some(AuditToken(run_id)) => self.desk.keeper().clone().at_run(run_id),
            };
            let history = match keeper.readable_history().await {
                Ok(history) => history,
                // Nothing was done yet, or what was done before is deleted.
                Err(RequestError::NotFound { .. }) => {
                    next = None;
                    break;
                }
                Err(error) => return Err(error),
            };
            // What cannot be read hides nothing else.
            let events = history.events.iter().rev();
            entries
                .extend(events.flat_map(|it| entries_of(it).unwrap_or_default().into_iter().rev()));
            next = predecessor(&history).map(AuditToken);
            if next.is_none() || entries.len() >= self.page_size {
                break;
            }
        }
        Ok(AuditPage { entries, next })
    }
}

/// The run of the book before this one.
fn predecessor(history: &History) -> Option<RunId> {
    match history.attributes().next()? {
        EventAttributes::WorkflowExecutionStarted(it) => it.lineage.continued_execution_run_id,
        _ => None,
    }
}

impl IntoFuture for AuditTrail {
    type Output = Result<AuditPage, RequestError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.read())
    }
}
