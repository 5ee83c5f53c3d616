//! How many executions are woken, by how many are on their way out of memory.

use crate::actor::shard::wakes;

#[test]
fn those_that_are_due_wait_while_many_others_leave_memory_but_never_for_ever() {
    // On their way out, and how many are woken: anyhow, and because one has left.
    let table = [
        (0, 64, 64),
        (900, 64, 64),
        (1_000, 24, 24),
        (1_023, 1, 1),
        (1_024, 0, 1),
        (50_000, 0, 1),
    ];
    for (leaving, anyhow, one_has_left) in table {
        assert_eq!(wakes(leaving, false), anyhow, "{leaving}");
        assert_eq!(wakes(leaving, true), one_has_left, "{leaving}");
    }
}
