//! Purity: the machines know no clock, thread, store, actor or chance; sled and actix stay at home.
//!
//! What a pure floor does follows from its arguments alone, which is why a replay in another
//! process comes to the same end.

use crate::{
    floor::{floor_of, root_module},
    report,
    source::{Source, rust, words},
};

/// Words that floors 0 and 1 do without, but for [`THREADS`].
const IMPURE: &[&str] = &[
    "actix",
    "tokio",
    "sled",
    "futures",
    "async",
    "await",
    "thread",
    "Instant",
    "HashMap",
    "HashSet",
    "RandomState",
    "rand",
    "rand_core",
    "rand_xoshiro",
    "getrandom",
    "Mutex",
    "RwLock",
    "OnceLock",
    "AtomicU64",
    "AtomicBool",
    "File",
    "fs",
    "net",
    "process",
];

/// Modules about threads: what catches what they raise, and what they meet at, which stands beside the
/// machines, so that these cannot import it.
const THREADS: &[&str] = &["panic", "sync"];

/// Calls that floors 0 to 3 do without, wherever they are written.
const IMPURE_CALLS: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Uuid::now_v7",
    "Uuid::new_v4",
];

/// The lowest floor that may speak of actors and their runtime.
const ACTOR_FLOOR: u8 = 4;

/// The one file below that speaks of tokio, to leave its time budget.
const BUDGET: &str = "budget.rs";

/// Where sled is spoken of, and the one file that names its module.
const SLED_HOME: &str = "storage/sled/";
const SLED_DOOR: &str = "storage/mod.rs";

/// Complaints about all sources of the framework on floors that `concerns` picks.
fn complaints(
    concerns: impl Fn(u8, &str) -> bool,
    complain: impl Fn(&Source) -> Vec<String>,
) -> Vec<String> {
    let mut all = Vec::new();
    for source in rust() {
        let Some(path) = source.framework_path() else {
            continue;
        };
        let floor = floor_of(root_module(path)).unwrap_or(u8::MAX);
        if concerns(floor, path) {
            all.extend(complain(&source));
        }
    }
    all
}

/// Every use of these words.
fn uses(source: &Source, forbidden: &[&str]) -> Vec<String> {
    let code = source.code();
    words(&code)
        .filter(|(_, word)| forbidden.contains(word))
        .map(|(line, word)| format!("{}:{line}: {word}", source.path))
        .collect()
}

#[test]
fn the_model_and_the_machines_are_pure() {
    report(
        "take it as an argument, or move it to the floor that has it: time comes through `clock`, \
         I/O through `storage`, and ordered collections replace hashed ones",
        &complaints(
            |floor, path| floor <= 1 && !THREADS.contains(&root_module(path)),
            |source| uses(source, IMPURE),
        ),
    );
}

#[test]
fn time_and_chance_enter_at_the_top() {
    let calls = |source: &Source| {
        let code = source.code();
        let lines = code.lines().enumerate();
        let found = lines.flat_map(|(index, line)| {
            let calls = IMPURE_CALLS.iter().filter(move |call| line.contains(*call));
            calls.map(move |call| (index + 1, *call))
        });
        found
            .map(|(line, call)| format!("{}:{line}: {call}", source.path))
            .collect()
    };
    report(
        "let the caller say what time it is, or which id to use",
        &complaints(|floor, _| floor < ACTOR_FLOOR, calls),
    );
}

#[test]
fn actors_begin_on_floor_four() {
    report(
        "declare a port on this floor and implement it on floor 4 or above",
        &complaints(
            |floor, path| floor < ACTOR_FLOOR && path != BUDGET,
            |source| uses(source, &["actix", "tokio"]),
        ),
    );
}

#[test]
fn sled_stays_in_its_adapter() {
    report(
        "go through the port in `storage::store`; whatever only sled needs lives in storage/sled",
        &complaints(
            |_, path| !path.starts_with(SLED_HOME) && path != SLED_DOOR,
            |source| uses(source, &["sled"]),
        ),
    );
}
