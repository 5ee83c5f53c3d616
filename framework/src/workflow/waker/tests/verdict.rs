//! The table of verdicts, row by row, and that it has no holes.

use crate::workflow::waker::{
    Stand,
    Verdict::{self, Foreign, Stuck, Suspect, Well},
    verdict::Wrapped::{self, Before, Never, Now},
};

/// One row: clones, own waits, wrapped waits, the verdict at first sight and after a second look.
type Row = (usize, usize, Wrapped, Verdict, Verdict);

const TABLE: &[Row] = &[
    // Nobody holds its waker: it is asleep for good, or sempre wakes it.
    (0, 0, Never, Stuck, Stuck),
    (0, 0, Before, Stuck, Stuck),
    (0, 0, Now, Stuck, Stuck),
    (0, 1, Never, Well, Well),
    (0, 9, Before, Well, Well),
    (0, 1, Now, Well, Well),
    // Any number of handles of one `Shared` future hold a clone each.
    (1, 0, Now, Well, Well),
    (1, 1, Now, Well, Well),
    (9, 0, Now, Well, Well),
    // A queue that is empty again, whose source is waited for.
    (1, 1, Before, Well, Well),
    // Nothing of sempre's can lead to the wake that is waited for.
    (1, 0, Before, Suspect, Foreign),
    (1, 0, Never, Suspect, Foreign),
    // A foreign future beside one of sempre's.
    (1, 1, Never, Suspect, Foreign),
    (3, 9, Never, Suspect, Foreign),
];

#[test]
fn a_task_at_rest_is_judged_by_the_table() {
    for &(clones, own_waits, wrapped, first, second) in TABLE {
        for (looked_again, verdict) in [(false, first), (true, second)] {
            let stand = Stand {
                own_waits,
                clones,
                wrapped,
                looked_again,
            };
            assert_eq!(stand.verdict(), verdict, "{stand:?}");
        }
    }
}
