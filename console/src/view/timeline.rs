//! The history as bars over time.

use maud::{Markup, html};
use sempre::{
    Timestamp,
    model::{History, WorkflowExecution},
};

use super::{form, text};
use crate::{
    api::range,
    duration::rough,
    history::{Range, Row, RowKind, RowState, Timeline, compact},
    problem::Problem,
    visit::Visit,
};

/// Bound: rows that are drawn; of more, the latest.
const ROWS_MAX: usize = 300;
/// Where things lie, in units of the drawing.
const WIDTH: f64 = 1_000.0;
const LABEL: f64 = 250.0;
const ROW: f64 = 24.0;
const TOP: f64 = 28.0;
const BAR: f64 = 12.0;
/// So narrow a bar is drawn wider, to be seen.
const BAR_MIN: f64 = 3.0;
/// Bound: stretches that there is a way to.
const STRETCHES_MAX: usize = 8;
/// Bound: letters of a label.
const LABEL_CHARS: usize = 34;

pub(super) fn bars(visit: &Visit, history: &History) -> Result<Markup, Problem> {
    let mut rows = compact(history);
    let whole = Range::of(&rows, visit.now);
    let range = range(visit, &rows)?;
    if let Some(range) = range {
        rows.retain(|row| range.part(row, visit.now).is_some());
    }
    let left_out = rows.len().saturating_sub(ROWS_MAX);
    // The run itself stays, whatever is left out.
    let kept = rows.iter().enumerate();
    let kept = kept.filter(|(index, _)| *index == 0 || *index > left_out);
    let rows: Vec<Row<'_>> = kept.map(|(_, row)| row.clone()).collect();
    let timeline = match range {
        None => Timeline::new(&rows, visit.now),
        Some(range) => {
            let parts = rows.iter().filter_map(|row| range.part(row, visit.now));
            Timeline::new(&parts.collect::<Vec<_>>(), visit.now)
        }
    };
    let shown = Shown {
        run: &history.execution,
        whole,
        range,
    };
    #[expect(clippy::cast_precision_loss, reason = "there are few rows")]
    let height = TOP + rows.len() as f64 * ROW + 8.0;
    Ok(html! {
        (ranges(visit, &shown, &timeline))
        @if let Some(range) = range {
            p.muted { (rough(range.length())) ", from " (rough(range.from.since(whole.from))) " after the start." }
        }
        @if left_out > 0 { p.muted { (text::count(left_out, "earlier row is", "earlier rows are")) " not shown." } }
        ul.legend {
            li.good { "done" } li.running { "open" } li.bad { "failed" } li.off { "canceled" }
            @if !timeline.folds.is_empty() { li.folded { "idle time, folded" } }
        }
        div.scroll {
            svg.timeline role="img" aria-label="What the run did, over time"
                data-scale=(scale(&timeline)) viewBox=(format!("0 0 {WIDTH} {height}")) {
                (background(&timeline, height))
                @for (index, (row, bar)) in rows.iter().zip(&timeline.bars).enumerate() {
                    (drawn(row, *bar, index))
                }
            }
        }
    })
}

/// What of the time of a run is shown.
struct Shown<'h> {
    run: &'h WorkflowExecution,
    whole: Range,
    /// A part of it, if that was asked for.
    range: Option<Range>,
}

impl Shown<'_> {
    /// The way to another part, or to the whole.
    fn link(&self, visit: &Visit, range: Option<Range>) -> String {
        let place = text::run_link(visit, "history", self.run);
        let mut query = form_urlencoded::Serializer::new(place);
        query.append_pair("form", "timeline");
        if let Some(range) = range {
            query.append_pair("from", &exact(range.from));
            query.append_pair("to", &exact(range.to));
        }
        query.finish()
    }
}

/// The ways to parts of the time, and a form for any other.
fn ranges(visit: &Visit, shown: &Shown<'_>, timeline: &Timeline) -> Markup {
    let (whole, range) = (shown.whole, shown.range);
    let moves = [
        ("← Earlier", range.and_then(|it| it.earlier(whole))),
        ("Later →", range.and_then(|it| it.later(whole))),
        ("Zoom in", timeline.middle),
        (
            "Zoom out",
            range.map(|it| it.wider(whole)).filter(|it| *it != whole),
        ),
    ];
    let at = range.unwrap_or(whole);
    // A view that is live must not be new whenever time has passed.
    let until = range.map(|range| exact(range.to)).unwrap_or_default();
    html! {
        nav.range aria-label="Time shown" {
            @if range.is_some() { a.button href=(shown.link(visit, None)) { "All of it" } }
            @for (word, to) in moves { @if let Some(to) = to {
                a.button href=(shown.link(visit, Some(to))) { (word) }
            } }
            @if timeline.stretches.len() > 1 { @for (number, stretch) in (1..).zip(timeline.stretches.iter().take(STRETCHES_MAX)) {
                @let after = rough(stretch.from.since(whole.from));
                a.button href=(shown.link(visit, Some(*stretch))) title=(format!("Busy for {}", rough(stretch.length()))) {
                    "Stretch " (number) ", +" (after)
                }
            } }
            (form::folded("range", "Other…", "", &html! {
                form.action method="get" action="history" {
                    input type="hidden" name="id" value=(shown.run.workflow_id);
                    input type="hidden" name="run" value=(shown.run.run_id);
                    input type="hidden" name="form" value="timeline";
                    @if visit.shows_payloads() { input type="hidden" name="payloads" value="show"; }
                    label { "From" input type="text" name="from" value=(exact(at.from)) autocomplete="off" spellcheck="false"; }
                    label { "To" input type="text" name="to" value=(until) placeholder="2026-11-30T09:00:00Z" autocomplete="off" spellcheck="false"; }
                    button type="submit" { "Show" }
                }
            }))
        }
    }
}

/// A moment as exactly as it is known: what begins just before the end of a part belongs to it.
fn exact(moment: Timestamp) -> String {
    humantime::format_rfc3339_nanos(moment.into()).to_string()
}

fn x(place: f64) -> f64 {
    let x = LABEL + place * (WIDTH - LABEL - 10.0);
    (x * 10.0).round() / 10.0
}

/// Which moment is where, for whoever drags over the drawing: `x:milliseconds` of each corner, without a
/// moment where it is now.
fn scale(timeline: &Timeline) -> String {
    let corners = timeline.corners.iter().map(|(place, moment)| {
        let moment = moment.map(|it| (it.as_nanos() / 1_000_000).to_string());
        let moment = moment.unwrap_or_default();
        format!("{}:{moment}", x(*place))
    });
    corners.collect::<Vec<_>>().join(" ")
}

fn background(timeline: &Timeline, height: f64) -> Markup {
    html! {
        @for fold in &timeline.folds {
            @let (from, to) = (x(fold.from), x(fold.to));
            @let lasted = rough(fold.lasted);
            g.fold {
                title { (lasted) " idle" }
                rect x=(from) y=(TOP - 4.0) width=((to - from).max(1.0)) height=(height - TOP) {}
                @if to - from > 40.0 {
                    text x=(f64::midpoint(from, to)) y="9" text-anchor="middle" { "⋯ " (lasted) }
                }
            }
        }
        @for (place, after) in &timeline.ticks {
            g.tick {
                line x1=(x(*place)) x2=(x(*place)) y1="16" y2=(height) {}
                text x=(x(*place)) y="20" dx="3" { "+" (rough(*after)) }
            }
        }
    }
}

fn drawn(row: &Row<'_>, bar: crate::history::Bar, index: usize) -> Markup {
    #[expect(clippy::cast_precision_loss, reason = "there are few rows")]
    let y = TOP + index as f64 * ROW;
    let (from, to) = (x(bar.from), x(bar.to));
    let width = (to - from).max(BAR_MIN);
    html! {
        g.bar.(class(row)) {
            title { (told(row)) }
            rect.lane x="0" y=(y - 3.0) width=(WIDTH) height=(ROW) {}
            text.label x="4" y=(y + BAR - 2.0) { (label(row)) }
            rect.shape x=(from) y=(y) width=(width) height=(BAR) rx="2.5" {}
            @if row.attempts > 1 {
                text.attempts x=(from + width + 5.0) y=(y + BAR - 2.0) { "×" (row.attempts) }
            }
        }
    }
}

fn class(row: &Row<'_>) -> &'static str {
    match (row.kind, row.state) {
        (_, RowState::Open) => "running",
        (_, RowState::Failed | RowState::TimedOut | RowState::Terminated) => "bad",
        (_, RowState::Canceled) => "off",
        (RowKind::Signal | RowKind::Marker | RowKind::Property | RowKind::CancelRequest, _) => {
            "note"
        }
        (_, RowState::Done) => "good",
    }
}

fn label(row: &Row<'_>) -> String {
    let label = match row.kind {
        RowKind::Run => row.name.clone(),
        kind => format!("{} {}", kind.name(), row.name),
    };
    match label.char_indices().nth(LABEL_CHARS) {
        Some((end, _)) => format!("{}…", label.get(..end).unwrap_or_default()),
        None => label,
    }
}

fn told(row: &Row<'_>) -> String {
    let (kind, state) = (row.kind.name(), row.state.name());
    let took = row.ended.map(|ended| rough(ended.since(row.began)));
    let took = took.map_or_else(String::new, |took| format!(", took {took}"));
    let attempts = match row.attempts {
        0 | 1 => String::new(),
        attempts => format!(", attempt {attempts}"),
    };
    format!(
        "{kind} {} {}: {state}{took}{attempts}, from {}",
        row.name, row.id, row.began
    )
}
