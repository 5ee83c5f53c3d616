//! One plot for each scenario: how its times are distributed, or one bar for each subject.
//!
//! SVG with the fonts of whoever looks at it, so that nothing has to be installed to draw it.

mod bars;
mod curves;
mod frame;

use std::path::Path;

use crate::{
    Outcome,
    report::{Document, Report},
    scenario::Scenario,
};

/// Draws everything that was measured of a scenario.
pub(crate) fn draw(document: &Document, scenario: Scenario, folder: &Path) -> Outcome {
    let plan = scenario.plan();
    let reports = document.reports.iter();
    let reports: Vec<&Report> = reports.filter(|it| it.scenario == scenario).collect();
    let curves = curves::of(&reports);
    let bars = bars::of(&reports);
    let svg = match (curves.as_slice(), bars.as_slice()) {
        ([], []) => return Ok(()),
        ([], bars @ [first, ..]) => bars::draw(plan, bars, first)?,
        (curves @ [first, ..], _) => curves::draw(plan.name, curves, first)?,
    };
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(format!("{}.svg", plan.name)), svg)?;
    Ok(())
}
