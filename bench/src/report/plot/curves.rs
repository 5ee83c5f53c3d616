//! Curves: the time that each share of the samples does not exceed, a line for each subject.

use plotters::prelude::*;

use crate::{
    Outcome,
    measurement::Unit,
    report::{
        Column, Report,
        plot::frame::{self, FONT, SIZE, decades},
        quantity,
    },
};

/// One line of a plot.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Curve {
    /// The subject and the size.
    label: String,
    /// What was timed.
    of: String,
    /// Which subject it is, and which size, each from 0.
    subject: usize,
    size: usize,
    /// Seconds, in steps of one hundredth of the samples.
    percentiles: Vec<f64>,
}

/// The curves of all subjects at all sizes, and that of the disk alone, which has no size; none if
/// no subject has any.
pub(super) fn of(reports: &[&Report]) -> Vec<Curve> {
    let mut curves = Vec::new();
    for (size, report) in reports.iter().enumerate() {
        for (subject, column) in (1..).zip(&report.columns) {
            let label = if reports.len() == 1 {
                column.label()
            } else {
                let size = crate::scenario::grouped(report.size);
                format!("{}, {size}", column.label())
            };
            curves.extend(curve(column, label, subject, size));
        }
    }
    if let (false, Some(report)) = (curves.is_empty(), reports.first()) {
        let disk = &report.disk;
        curves.extend(curve(disk, disk.label(), 0, 0));
    }
    curves
}

fn curve(column: &Column, label: String, subject: usize, size: usize) -> Option<Curve> {
    let distribution = column.distribution.as_ref()?;
    Some(Curve {
        label,
        of: distribution.of.clone(),
        subject,
        size,
        percentiles: distribution.percentiles.clone(),
    })
}

/// Draws the curves, of which the first says what they are.
pub(super) fn draw(name: &str, curves: &[Curve], first: &Curve) -> Outcome<String> {
    let mut svg = String::new();
    let title = format!("{name}: {}", first.of);
    let values = curves.iter().flat_map(|curve| &curve.percentiles);
    let (low, high) = decades(values.copied());
    // Room for the legend above the curves.
    let high = high * 10_f64.powf(f64::from(u32::try_from(curves.len())?) / 4.0);
    let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, (FONT, 22))
        .margin(16)
        .margin_right(32)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(0.0..100.0, (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("percent of the samples that take no longer")
        .x_label_formatter(&|percent| format!("{percent:.0} %"))
        .y_label_formatter(&|seconds| quantity::text(Unit::Seconds, *seconds))
        .light_line_style(BLACK.mix(0.06))
        .bold_line_style(BLACK.mix(0.14))
        .label_style((FONT, 14))
        .draw()?;
    for curve in curves {
        let style = frame::stroke(curve.subject, 2 + u32::try_from(curve.size)?.min(3));
        let points = (0_u32..).zip(&curve.percentiles);
        let points = points.map(|(percent, seconds)| (f64::from(percent), seconds.max(low)));
        chart
            .draw_series(LineSeries::new(points, style))?
            .label(&curve.label)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .label_font((FONT, 14))
        .draw()?;
    root.present()?;
    drop(chart);
    drop(root);
    Ok(svg)
}
