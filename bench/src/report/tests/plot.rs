//! Plots are drawn where they are asked for, and name what they show.

use crate::{
    Outcome,
    report::{plot, tests::sample},
    scenario::Scenario,
};

#[test]
fn distributions_are_drawn_as_curves_of_all_subjects_and_the_disk() -> Outcome {
    let folder = tempfile::tempdir()?;
    plot::draw(&sample::document(), Scenario::Step, folder.path())?;
    let svg = std::fs::read_to_string(folder.path().join("step.svg"))?;
    assert!(svg.starts_with("<svg"));
    for text in [
        "sempre fsync",
        "sempre deferred",
        "µs",
        "percent of the samples",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    Ok(())
}

#[test]
fn figures_without_a_distribution_are_drawn_as_bars_with_their_values() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut document = sample::document();
    for column in &mut document.reports[0].columns {
        column.distribution = None;
    }
    plot::draw(&document, Scenario::Step, folder.path())?;
    let svg = std::fs::read_to_string(folder.path().join("step.svg"))?;
    for text in [
        "step: step p50",
        "sempre fsync",
        "310 µs",
        "12.0 µs",
        "1,000",
        "activities",
    ] {
        assert!(svg.contains(text), "{text}");
    }
    Ok(())
}

#[test]
fn nothing_measured_is_nothing_drawn_and_no_error() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut document = sample::document();
    for column in &mut document.reports[0].columns {
        column.figures.clear();
        column.distribution = None;
    }
    plot::draw(&document, Scenario::Step, folder.path())?;
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}
