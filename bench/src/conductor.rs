//! The conductor: each scenario at each size through each subject, as often as was asked.
//!
//! The disk is measured before each measurement, so that every ratio compares neighbors in time.

use std::{path::Path, process::ExitCode};

use tempfile::TempDir;

use crate::{
    Outcome, allocator,
    child::Job,
    clock,
    command_line::{Options, Output},
    disk,
    measurement::{Figure, Measurement},
    progress::Progress,
    report::{Column, Document, Report, json, plot, table},
    resources::Machine,
    scenario::{Scenario, grouped},
    subject::Subject,
};

/// Measures what was asked for, and reports.
///
/// In a process that was started to take one measurement, it takes that.
pub fn run(options: &Options, subjects: &[Box<dyn Subject>]) -> ExitCode {
    if let Some(job) = &options.measure {
        return exit_code(job.carry_out(subjects));
    }
    match conduct(options, subjects) {
        Ok(complete) => exit_code(complete),
        Err(error) => {
            table::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn exit_code(complete: bool) -> ExitCode {
    if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Measures and reports; whether every measurement could be taken.
fn conduct(options: &Options, subjects: &[Box<dyn Subject>]) -> Outcome<bool> {
    let chosen = options.chosen();
    if chosen.is_empty() {
        table::say(&table::scenarios());
        return Ok(true);
    }
    let pieces = pieces(options, &chosen)?;
    let folder = match &options.folder {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            folder.clone()
        }
        None => std::env::temp_dir(),
    };
    let machine = Machine::of(&folder);
    let mut document = Document {
        measured_at: clock::wall().to_string(),
        version: env!("CARGO_PKG_VERSION").into(),
        allocator: allocator::NAME.into(),
        machine,
        runs: options.runs,
        reports: Vec::new(),
    };
    let in_text = options.output == Output::Text;
    if in_text {
        table::say(&table::head(&document));
    }
    let covered = |piece: &Piece| {
        subjects
            .iter()
            .filter(|it| it.covers(piece.scenario))
            .count()
    };
    let measurements: usize = pieces.iter().map(covered).sum();
    let progress = Progress::new(measurements as u64 * u64::from(options.runs));
    for piece in pieces {
        let conductor = Conductor {
            folder: &folder,
            progress: &progress,
            runs: options.runs,
            piece,
            smallest: smallest(&document, piece),
        };
        let report = conductor.report(subjects)?;
        if in_text {
            progress.aside(|| table::say(&table::report(&report)));
        }
        document.reports.push(report);
        // What is drawn so far is not lost if the next scenario is interrupted.
        if let Some(plots) = &options.plots {
            plot::draw(&document, piece.scenario, plots)?;
        }
    }
    progress.finish();
    if !in_text {
        table::say(&json::document(&document)?);
    }
    Ok(document.is_complete())
}

/// One scenario at one size.
#[derive(Clone, Copy, Debug)]
struct Piece {
    scenario: Scenario,
    size: u64,
}

/// Everything that is to be measured, or what is wrong with a size before anything is.
fn pieces(options: &Options, chosen: &[Scenario]) -> Outcome<Vec<Piece>> {
    let mut pieces = Vec::new();
    for scenario in chosen {
        let scenario = *scenario;
        for size in options.sizes(scenario) {
            scenario.plan().check(size)?;
            pieces.push(Piece { scenario, size });
        }
    }
    Ok(pieces)
}

/// The report on the same scenario at the smallest size so far, if that is smaller.
fn smallest(document: &Document, piece: Piece) -> Option<&Report> {
    let reports = document.reports.iter();
    let smaller = reports.filter(|it| it.scenario == piece.scenario && it.size < piece.size);
    smaller.min_by_key(|report| report.size)
}

struct Conductor<'c> {
    folder: &'c Path,
    progress: &'c Progress,
    runs: u32,
    piece: Piece,
    smallest: Option<&'c Report>,
}

impl Conductor<'_> {
    fn report(&self, subjects: &[Box<dyn Subject>]) -> Outcome<Report> {
        let Piece { scenario, size } = self.piece;
        let plan = scenario.plan();
        let subjects = subjects.iter().filter(|it| it.covers(scenario));
        let mut columns: Vec<Column> = subjects
            .map(|it| Column::new(it.system(), it.durability(), it.notes()))
            .collect();
        let mut disk = Column::new("bare append", "fdatasync", Vec::new());
        for _ in 0..self.runs {
            for column in &mut columns {
                self.progress.begin(format!(
                    "{} {}: {} {}",
                    plan.name, size, column.system, column.durability
                ));
                let folder = new_folder(self.folder)?;
                let floor = disk::write_and_sync(folder.path(), (plan.bare_bytes)(size))?;
                drop(folder);
                let outcome = self.measure(&column.label());
                let outcome = outcome.map(|measured| compare(measured, &floor));
                let smallest = self.smallest.and_then(|report| {
                    let column = report.column(&column.label())?;
                    Some((report.size, column))
                });
                column.add(outcome.map(|measured| set_beside(measured, smallest)));
                disk.add(Ok(floor));
                self.progress.end();
            }
        }
        Ok(Report {
            scenario,
            size,
            title: format!("{}: {}", plan.name, (plan.title)(size)),
            disk,
            columns,
        })
    }

    fn measure(&self, subject: &str) -> Outcome<Measurement> {
        let folder = new_folder(self.folder)?;
        let mut job = Job {
            scenario: self.piece.scenario,
            size: self.piece.size,
            subject: subject.into(),
            phase: 1,
            folder: folder.path().into(),
        };
        for _ in 1..job.scenario.plan().phases {
            job.delegate(|how_far| self.progress.note(how_far))?;
            job.phase += 1;
        }
        job.delegate(|how_far| self.progress.note(how_far))
    }
}

/// A folder that is gone with its value.
fn new_folder(parent: &Path) -> std::io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix("sempre-bench-")
        .tempdir_in(parent)
}

/// Adds what a measurement is beside a bare write, if it can be compared so.
fn compare(mut measured: Measurement, floor: &Measurement) -> Measurement {
    let Some(compared) = measured.compared.take() else {
        return measured;
    };
    let Some(value) = measured.value(&compared.figure) else {
        return measured;
    };
    let bases = [
        ("bare append", disk::P50, compared.bound),
        ("allocated write", disk::ALLOCATED_P50, None),
    ];
    for (base, figure, bound) in bases {
        if let Some(bare) = floor.value(figure) {
            let name = format!("{} / {base}", compared.figure);
            let ratio = Figure::ratio(name, value, bare).bound(bound);
            measured.figures.push(ratio);
        }
    }
    measured
}

/// Adds what a measurement is beside that of a smaller size, if it can be compared so.
pub(crate) fn set_beside(
    mut measured: Measurement,
    smaller: Option<(u64, &Column)>,
) -> Measurement {
    if let Some(growth) = measured.growth.take()
        && let Some((size, column)) = smaller
        && let Some(value) = measured.value(&growth.figure)
        && let Some(base) = column.figure(&growth.figure)
    {
        let name = format!("{} / that of {}", growth.figure, grouped(size));
        let ratio = Figure::ratio(name, value, base.median).bound(growth.bound);
        measured.figures.push(ratio);
    }
    measured
}
