//! A workflow whose code holds its thread until a test lets it go on.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, PoisonError},
};

use sempre::{Canceled, Workflow, WorkflowContext, handlers};

/// Where code waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Gate {
    #[default]
    Closed,
    /// Somebody waits at it.
    Held,
    Open,
}

static GATES: Mutex<BTreeMap<u32, Gate>> = Mutex::new(BTreeMap::new());
static CHANGED: Condvar = Condvar::new();

/// Waits until a gate is as wanted, after it has been changed like this.
fn change(number: u32, change: impl FnOnce(&mut Gate), wanted: Gate) {
    let mut gates = GATES.lock().unwrap_or_else(PoisonError::into_inner);
    change(gates.entry(number).or_default());
    CHANGED.notify_all();
    while gates.get(&number) != Some(&wanted) {
        gates = CHANGED.wait(gates).unwrap_or_else(PoisonError::into_inner);
    }
}

/// Blocks until somebody is held at this gate.
pub(crate) fn until_held(number: u32) {
    change(number, |_| (), Gate::Held);
}

/// Lets whoever comes to this gate go on.
pub(crate) fn open(number: u32) {
    change(number, |gate| *gate = Gate::Open, Gate::Open);
}

fn pass(number: u32) {
    let arrive = |gate: &mut Gate| {
        if *gate == Gate::Closed {
            *gate = Gate::Held;
        }
    };
    change(number, arrive, Gate::Open);
}

/// Holds its thread until the gate of this number is open.
#[derive(Workflow, Default)]
pub(crate) struct Holder;

#[handlers]
impl Holder {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>, gate: u32) -> Result<(), Canceled> {
        pass(gate);
        Ok(())
    }
}
