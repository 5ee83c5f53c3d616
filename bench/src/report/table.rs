//! The report for people.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use crate::{
    disk,
    measurement::Unit,
    report::{Column, Document, Report, Summary, quantity},
    scenario::Scenario,
};

/// Prints a part of the report.
#[expect(clippy::print_stdout, reason = "this is what the program is for")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Prints why there is no report.
#[expect(clippy::print_stderr, reason = "errors belong there")]
pub(crate) fn complain(text: &str) {
    eprintln!("sempre-bench: {text}");
}

/// What can be measured.
pub(crate) fn scenarios() -> String {
    let mut table = new_table();
    table.set_header(["scenario", "what it asks", "sizes", "with --full also"]);
    for scenario in Scenario::ALL {
        let plan = scenario.plan();
        table.add_row([
            plan.name.to_owned(),
            plan.about.to_owned(),
            format!("{} {}", sizes(plan.usual), plan.counts),
            sizes(plan.large),
        ]);
    }
    format!(
        "Name the scenarios to measure, or `all`; `--help` says what else can be chosen.\n\n{table}"
    )
}

fn sizes(sizes: &[u64]) -> String {
    let sizes = sizes.iter().map(|size| crate::scenario::grouped(*size));
    sizes.collect::<Vec<_>>().join(" · ")
}

/// When and where the figures were measured.
pub(crate) fn head(document: &Document) -> String {
    let machine = &document.machine;
    let runs = match document.runs {
        1 => "one run".to_owned(),
        runs => format!("medians of {runs} runs"),
    };
    let mut text = format!(
        "{}, sempre {}, {runs}\n{}, {} cores, {}, {}, {}, {}\n",
        document.measured_at,
        document.version,
        machine.processor,
        machine.cores,
        quantity::text(Unit::Bytes, crate::measurement::float(machine.memory_bytes)),
        machine.operating_system,
        machine.file_system,
        document.allocator,
    );
    if machine.has_no_disk() {
        text.push_str(
            "The folder is in memory, so nothing is synced: choose another one with --folder.\n",
        );
    }
    if cfg!(debug_assertions) {
        text.push_str(
            "This is a debug build, whose figures mean nothing: run it with --release.\n",
        );
    }
    text
}

/// One scenario at one size: a line for each figure, a column for each subject.
pub(crate) fn report(report: &Report) -> String {
    let mut table = new_table();
    let heads = report.columns.iter().map(|column| {
        let head = format!("{}\n{}", column.system, column.durability);
        Cell::new(head).set_alignment(CellAlignment::Right)
    });
    table.set_header(std::iter::once(Cell::new("")).chain(heads));
    for name in names(&report.columns) {
        let cells = report.columns.iter().map(|column| {
            let text = column.figure(name).map(cell).unwrap_or_default();
            Cell::new(text).set_alignment(CellAlignment::Right)
        });
        table.add_row(std::iter::once(Cell::new(name)).chain(cells));
    }
    let notes = notes(report);
    let notes: String = notes.iter().flat_map(|note| ["* ", note, "\n"]).collect();
    format!(
        "{}\n{}\n{table}\n{notes}",
        report.title,
        floor(&report.disk)
    )
}

/// The disk alone, in a line.
fn floor(disk: &Column) -> String {
    let of = |name| {
        let figure = disk.figure(name);
        figure.map_or_else(String::new, |it| quantity::text(it.unit, it.median))
    };
    format!(
        "bare append of {} with fdatasync: p50 {}, p99 {}, {}; into allocated space: p50 {}, p99 {}",
        of("bytes"),
        of(disk::P50),
        of("append p99"),
        of("appends per second"),
        of(disk::ALLOCATED_P50),
        of("allocated p99"),
    )
}

/// The names of all figures, each once, in the order in which columns bring them.
fn names(columns: &[Column]) -> Vec<&str> {
    let mut names = Vec::new();
    for figure in columns.iter().flat_map(|column| &column.figures) {
        if !names.contains(&figure.name.as_str()) {
            names.push(&figure.name);
        }
    }
    names
}

fn cell(figure: &Summary) -> String {
    let value = quantity::text(figure.unit, figure.median);
    match (figure.bound, figure.holds) {
        (Some(bound), Some(holds)) => {
            let bound = quantity::bound(figure.unit, bound);
            let mark = if holds { '✓' } else { '✗' };
            format!("{value}\n{bound} {mark}")
        }
        _ => value,
    }
}

/// What has to be known to read the columns; what holds for several of them is said once.
fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    for column in &report.columns {
        let failures = column.failures.iter();
        let failures = failures.map(|why| format!("{} failed: {why}", column.label()));
        for note in column.notes.iter().cloned().chain(failures) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

fn new_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table
}
