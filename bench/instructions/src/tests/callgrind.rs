//! Profiles are read for their total.

use crate::callgrind::instructions;

#[test]
fn the_total_of_a_profile_is_found() {
    let profile = "version: 1\nevents: Ir\nsummary: 7\n\nfn=(1) main\n1 7\n\ntotals: 1234\n";
    assert_eq!(instructions(profile), Some(1_234));
    assert_eq!(instructions("events: Ir\n"), None);
}
