//! Permits of a thread that is lost come back.

use std::sync::Arc;

use crate::dispatch::{LaneSlots, slot::Slots};

#[test]
fn a_lost_thread_gives_its_slots_back() {
    let slots = Slots::new(2, None, Arc::default(), Arc::default());
    let lane = Arc::<LaneSlots>::default();
    let held = lane.hold(slots.try_take().unwrap()).unwrap();
    let returned = lane.hold(slots.try_take().unwrap()).unwrap();
    drop(returned);
    assert_eq!(slots.taken(), 1);
    lane.retire();
    assert_eq!(slots.taken(), 0);
    assert!(lane.is_retired());
    drop(held);
    assert_eq!(slots.taken(), 0, "it is given back once");
    assert!(lane.hold(slots.try_take().unwrap()).is_none());
    assert_eq!(slots.taken(), 0, "a lost thread gets none");
}
