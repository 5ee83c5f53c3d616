//! What all plots have in common: size, colors, and axes over powers of ten.

use plotters::style::{Color as _, RGBColor, ShapeStyle};

/// Width and height of a plot.
pub(super) const SIZE: (u32, u32) = (960, 540);
/// The font family that every viewer has one of.
pub(super) const FONT: &str = "sans-serif";

/// Colors that are told apart by most eyes, on white and on gray paper.
const COLORS: [RGBColor; 8] = [
    RGBColor(0x88, 0x88, 0x88),
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0x8c, 0x56, 0x4b),
];

/// The color of the subject at this place.
pub(super) fn color(at: usize) -> RGBColor {
    let [first, ..] = COLORS;
    COLORS.get(at % COLORS.len()).copied().unwrap_or(first)
}

/// A line of the subject at this place.
pub(super) fn stroke(at: usize, width: u32) -> ShapeStyle {
    color(at).stroke_width(width)
}

/// Powers of ten around these values.
pub(super) fn decades(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.filter(|value| *value > 0.0) {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        return (0.1, 1.0);
    }
    let low = 10_f64.powf(low.log10().floor());
    let high = 10_f64.powf(high.log10().ceil());
    (low, if high > low { high } else { low * 10.0 })
}
