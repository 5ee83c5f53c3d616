//! Bars: one figure of each subject, grouped by size.

use plotters::{
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

use crate::{
    Outcome,
    measurement::Unit,
    report::{
        Report,
        plot::frame::{self, FONT, SIZE},
        quantity,
    },
    scenario::Plan,
};

/// One bar of a plot.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Bar {
    subject: usize,
    label: String,
    size: u64,
    unit: Unit,
    /// What is drawn.
    figure: String,
    value: f64,
}

/// The bars of all subjects at all sizes; the disk alone has none.
pub(super) fn of(reports: &[&Report]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for report in reports {
        for (subject, column) in report.columns.iter().enumerate() {
            if let Some(figure) = column.figure(report.scenario.plan().drawn) {
                bars.push(Bar {
                    subject,
                    label: column.label(),
                    size: report.size,
                    unit: figure.unit,
                    figure: figure.name.clone(),
                    value: figure.median,
                });
            }
        }
    }
    bars
}

/// Draws the bars, of which the first says what they are.
pub(super) fn draw(plan: &Plan, bars: &[Bar], first: &Bar) -> Outcome<String> {
    let mut svg = String::new();
    let (unit, title) = (first.unit, format!("{}: {}", plan.name, first.figure));
    let high = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let high = if high > 0.0 { high * 1.2 } else { 1.0 };
    let places = places(bars);
    let end = places.iter().map(|place| place.right).fold(1.0, f64::max);
    let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, (FONT, 22))
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(88)
        .build_cartesian_2d(0.0..end + 0.5, 0.0..high)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_label_formatter(&|value| quantity::text(unit, *value))
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.14))
        .label_style((FONT, 14))
        .draw()?;
    let mut named = Vec::new();
    for (bar, place) in bars.iter().zip(&places) {
        let color = frame::color(bar.subject + 1);
        let corners = [(place.left, 0.0), (place.right, bar.value)];
        let series = chart.draw_series([Rectangle::new(corners, color.filled())])?;
        if !named.contains(&bar.subject) {
            named.push(bar.subject);
            series.label(&bar.label).legend(move |(x, y)| {
                Rectangle::new([(x, y - 5), (x + 14, y + 5)], color.filled())
            });
        }
        let center = f64::midpoint(place.left, place.right);
        let text = |anchor| (FONT, 14).into_font().color(&BLACK).pos(anchor);
        let above = text(Pos::new(HPos::Center, VPos::Bottom));
        let value = quantity::text(bar.unit, bar.value);
        chart.draw_series([Text::new(value, (center, bar.value), above)])?;
        if let Some(middle) = place.middle {
            let below = text(Pos::new(HPos::Center, VPos::Top));
            let size = crate::scenario::grouped(bar.size);
            let at = chart.backend_coord(&(middle, 0.0));
            root.draw(&Text::new(size, (at.0, at.1 + 10), below))?;
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.2))
        .label_font((FONT, 14))
        .draw()?;
    let below = (FONT, 14).into_font().color(&BLACK);
    let below = below.pos(Pos::new(HPos::Center, VPos::Bottom));
    let (width, height) = (i32::try_from(SIZE.0)?, i32::try_from(SIZE.1)?);
    root.draw(&Text::new(plan.counts, (width / 2, height - 16), below))?;
    root.present()?;
    drop(chart);
    drop(root);
    Ok(svg)
}

/// Where a bar stands; the first of a size knows the middle of all of its size.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Place {
    left: f64,
    right: f64,
    middle: Option<f64>,
}

/// Bars of one size stand together, with room before the next size.
fn places(bars: &[Bar]) -> Vec<Place> {
    const WIDTH: f64 = 1.0;
    const ROOM: f64 = 0.8;
    let mut places: Vec<Place> = Vec::new();
    let mut left = 0.5;
    let mut last = None;
    for bar in bars {
        let is_first = last != Some(bar.size);
        if is_first && last.is_some() {
            left += ROOM;
        }
        last = Some(bar.size);
        let same = bars.iter().filter(|other| other.size == bar.size).count();
        let width = f64::from(u32::try_from(same).unwrap_or(u32::MAX));
        places.push(Place {
            left,
            right: left + WIDTH * 0.92,
            middle: is_first.then_some(left + width * WIDTH / 2.0),
        });
        left += WIDTH;
    }
    places
}
