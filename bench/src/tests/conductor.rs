//! What the conductor adds to a measurement.

use crate::{
    conductor::set_beside,
    measurement::{Bound, Compared, Figure, Measurement, Unit},
    report::Column,
};

fn measured(value: f64) -> Measurement {
    Measurement {
        figures: vec![Figure::new("time each", Unit::Seconds, value)],
        growth: Some(Compared {
            figure: "time each".into(),
            bound: Some(Bound::AtMost(1.3)),
        }),
        ..Measurement::default()
    }
}

fn thousand() -> Column {
    let mut column = Column::new("sempre", "fsync", Vec::new());
    column.add(Ok(measured(2.0)));
    column
}

#[test]
fn what_grows_is_set_beside_the_smallest_size_with_its_bound() {
    let both = set_beside(measured(3.0), Some((1_000, &thousand())));
    let ratio = both.figures.last().unwrap();
    assert_eq!(ratio.name, "time each / that of 1,000");
    assert_eq!((ratio.unit, ratio.value), (Unit::Ratio, 1.5));
    assert_eq!(ratio.bound, Some(Bound::AtMost(1.3)));
}

#[test]
fn one_size_alone_is_set_beside_nothing() {
    assert_eq!(set_beside(measured(3.0), None).figures.len(), 1);
}
