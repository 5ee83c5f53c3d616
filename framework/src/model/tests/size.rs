//! How large what every step moves may be.

use crate::model::{Entry, EventAttributes, HistoryEvent};

#[test]
fn what_few_events_have_makes_none_of_them_larger() {
    // Events are moved and cloned in every step and in every replay: what is large in one kind of
    // event, and small or absent in most, belongs in a box.
    assert!(size_of::<EventAttributes>() <= 256);
    assert!(size_of::<HistoryEvent>() <= 272);
    assert!(size_of::<Entry>() <= 280);
}
