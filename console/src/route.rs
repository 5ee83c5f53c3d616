//! Which path is what.
//!
//! Pages lie side by side, and ids stand in the query: so every link is relative wherever the
//! console is mounted, and an id may hold whatever it likes. Those of a namespace lie side by side
//! below its name: `in/billing/runs`.

use sempre::model::Namespace;

use crate::{action::ActionKind, problem::Problem};

/// What a path is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Route {
    /// A page to look at.
    Page(Page),
    /// Something to read as JSON.
    Read(Read),
    /// Something to be done.
    Act(Act),
    /// The metrics of the process.
    #[cfg(feature = "prometheus")]
    Metrics,
}

/// A page to look at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Page {
    Overview,
    Runs,
    Run,
    History,
    Tree,
    Code,
    Schedules,
    Schedule,
    Queues,
    Queue,
    Bulk,
    BulkJobs,
    BulkJob,
    Failures,
    Types,
    Patches,
    Store,
    Audit,
}

/// Something to read as JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Read {
    Session,
    Health,
    Attention,
    Runs,
    Count,
    Run,
    History,
    Tree,
    Code,
    #[cfg(feature = "temporal")]
    TemporalHistory,
    Schedules,
    Schedule,
    Queues,
    Queue,
    BulkPreview,
    BulkJobs,
    BulkJob,
    BulkResults,
    Patches,
    Types,
    Store,
    Audit,
}

/// Something to be done, and how it is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// By a form, whose field `action` says what.
    Form,
    /// By JSON.
    Json(ActionKind),
}

const PAGES: [(&str, Page); 18] = [
    ("", Page::Overview),
    ("runs", Page::Runs),
    ("run", Page::Run),
    ("history", Page::History),
    ("tree", Page::Tree),
    ("code", Page::Code),
    ("schedules", Page::Schedules),
    ("schedule", Page::Schedule),
    ("queues", Page::Queues),
    ("queue", Page::Queue),
    ("bulk", Page::Bulk),
    ("bulk-jobs", Page::BulkJobs),
    ("bulk-job", Page::BulkJob),
    ("failures", Page::Failures),
    ("types", Page::Types),
    ("patches", Page::Patches),
    ("store", Page::Store),
    ("audit", Page::Audit),
];

const READS: &[(&str, Read)] = &[
    ("session", Read::Session),
    ("health", Read::Health),
    ("attention", Read::Attention),
    ("runs", Read::Runs),
    ("count", Read::Count),
    ("run", Read::Run),
    ("history", Read::History),
    ("tree", Read::Tree),
    ("code", Read::Code),
    #[cfg(feature = "temporal")]
    ("temporal-history", Read::TemporalHistory),
    ("schedules", Read::Schedules),
    ("schedule", Read::Schedule),
    ("queues", Read::Queues),
    ("queue", Read::Queue),
    ("bulk-preview", Read::BulkPreview),
    ("bulk-jobs", Read::BulkJobs),
    ("bulk-job", Read::BulkJob),
    ("bulk-results", Read::BulkResults),
    ("patches", Read::Patches),
    ("types", Read::Types),
    ("store", Read::Store),
    ("audit", Read::Audit),
];

/// What the paths of a namespace begin with, before its name.
const NAMESPACE: &str = "in/";

/// The namespace that a path is below, and the rest of it.
pub(crate) fn in_namespace(path: &str) -> (Option<Namespace>, &str) {
    let below = path.strip_prefix(NAMESPACE);
    match below.and_then(|below| below.split_once('/')) {
        Some((name, rest)) => (Some(Namespace::from(name)), rest),
        None => (None, path),
    }
}

/// Where the first page of another namespace lies, from the pages of this one.
pub(crate) fn from_to(here: &Namespace, there: &Namespace) -> String {
    let up = if here.is_default() { "" } else { "../../" };
    match there {
        there if there.is_default() => format!("{up}."),
        there => format!("{up}{NAMESPACE}{there}/"),
    }
}

impl Route {
    /// What this path is, without the slash it begins with.
    pub(crate) fn of(path: &str) -> Result<Self, Problem> {
        let nothing = || Problem::not_found("there is no such page");
        if path == "act" {
            return Ok(Self::Act(Act::Form));
        }
        #[cfg(feature = "prometheus")]
        if path == "metrics" {
            return Ok(Self::Metrics);
        }
        if let Some(name) = path.strip_prefix("api/") {
            let read = READS.iter().find(|(known, _)| *known == name);
            if let Some((_, read)) = read {
                return Ok(Self::Read(*read));
            }
            let kind = ActionKind::named(name).ok_or_else(nothing)?;
            return Ok(Self::Act(Act::Json(kind)));
        }
        let page = PAGES.iter().find(|(known, _)| *known == path);
        page.map(|(_, page)| Self::Page(*page)).ok_or_else(nothing)
    }
}

impl Route {
    /// Whether there is nothing of the kind where there is only a store.
    pub(crate) fn needs_engine(self) -> bool {
        match self {
            Self::Page(page) => page.needs_engine(),
            Self::Read(read) => {
                #[cfg(feature = "temporal")]
                if read == Read::TemporalHistory {
                    return false;
                }
                !matches!(
                    read,
                    Read::Session
                        | Read::Runs
                        | Read::Count
                        | Read::Run
                        | Read::History
                        | Read::Tree
                        | Read::Code
                        | Read::Patches
                        | Read::Store
                )
            }
            Self::Act(_) => true,
            #[cfg(feature = "prometheus")]
            Self::Metrics => true,
        }
    }
}

impl Page {
    /// Whether it shows what only an engine knows.
    pub(crate) fn needs_engine(self) -> bool {
        !matches!(
            self,
            Self::Overview
                | Self::Runs
                | Self::Run
                | Self::History
                | Self::Tree
                | Self::Code
                | Self::Failures
                | Self::Patches
                | Self::Store
        )
    }

    /// The last part of its address.
    pub(crate) fn path(self) -> &'static str {
        let page = PAGES.iter().find(|(_, page)| *page == self);
        page.map_or("", |(path, _)| path)
    }
}
