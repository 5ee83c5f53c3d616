//! The rows of a history as bars over time.

use serde_json::Value;

use crate::{Terminal, look, text};

/// How wide a line is where nobody says so, and how wide at least.
const WIDTH: usize = 100;
const WIDTH_MIN: usize = 60;
/// Characters of what stands before a bar, and behind it.
const LABEL: usize = 28;
const BEHIND: usize = 18;

/// The bars, a line each.
pub(crate) fn bars(terminal: &Terminal<'_>, history: &Value) -> String {
    let width = terminal.width.unwrap_or(WIDTH).max(WIDTH_MIN) - LABEL - BEHIND - 3;
    let folds: Vec<(usize, usize)> = look::list(history, "/folds")
        .iter()
        .map(|fold| {
            let ends = [look::fraction(fold, "/from"), look::fraction(fold, "/to")];
            let [from, to] = ends.map(|end| column(end, width));
            (from, to)
        })
        .collect();
    let mut lines: Vec<String> = look::list(history, "/rows")
        .iter()
        .map(|row| line(row, width, &folds))
        .collect();
    if !folds.is_empty() {
        lines.push(text::faint("┊ idle time, folded"));
    }
    lines.join("\n")
}

fn column(place: f64, width: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place is between 0 and 1, and lines are short"
    )]
    let column = (place.clamp(0.0, 1.0) * width as f64).round() as usize;
    column.min(width)
}

fn line(row: &Value, width: usize, folds: &[(usize, usize)]) -> String {
    let from = column(look::fraction(row, "/bar/0"), width).min(width.saturating_sub(1));
    let to = column(look::fraction(row, "/bar/1"), width).max(from + 1);
    let is_folded = |at: usize| folds.iter().any(|(from, to)| (*from..*to).contains(&at));
    let bar: String = (0..width)
        .map(|at| match (from..to).contains(&at) {
            true if is_folded(at) => '┄',
            true => '━',
            false if is_folded(at) => '┊',
            false => ' ',
        })
        .collect();
    let state = look::text(row, "/state");
    let kind = look::text(row, "/kind");
    let label = format!("{kind} {}", text::printable(look::text(row, "/name")));
    let label: String = label.chars().take(LABEL).collect();
    let took = text::between(look::text(row, "/began"), look::text(row, "/ended"));
    let took = if took.is_empty() { "open" } else { &took };
    let attempts = match look::number(row, "/attempts") {
        0 | 1 => String::new(),
        attempts => format!(" ×{attempts}"),
    };
    let bar = text::colored(&bar, text::color(state));
    format!("{label:<LABEL$} {bar} {took}{attempts}")
        .trim_end()
        .to_owned()
}
