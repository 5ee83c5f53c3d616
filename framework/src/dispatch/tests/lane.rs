//! Permits of a thread that is lost come back.

use std::sync::Arc;

use crate::{
    clock::SharedClock,
    dispatch::{LaneSlots, slot::Slots},
    model::Timestamp,
    testing::ManualClock,
};

#[test]
fn a_lost_thread_gives_its_slots_back() {
    let clock = SharedClock::new(ManualClock::starting_at(Timestamp::EPOCH));
    let slots = Slots::new(clock, Arc::default(), Arc::default());
    slots.limit(2, None, Vec::new());
    let take = || slots.try_take(&"charge".into(), None);
    let lane = Arc::<LaneSlots>::default();
    let held = lane.hold(take().unwrap()).unwrap();
    let returned = lane.hold(take().unwrap()).unwrap();
    drop(returned);
    assert_eq!(slots.taken(), 1);
    lane.retire();
    assert_eq!(slots.taken(), 0);
    assert!(lane.is_retired());
    drop(held);
    assert_eq!(slots.taken(), 0, "it is given back once");
    assert!(lane.hold(take().unwrap()).is_none());
    assert_eq!(slots.taken(), 0, "a lost thread gets none");
}
