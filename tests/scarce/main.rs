//! An engine where the machine grants nothing more. In a process of its own, because what is granted
//! is a matter of the whole process.
#![cfg(target_os = "linux")]

use std::{
    fs,
    process::Command,
    sync::Arc,
    thread::{self, JoinHandle},
};

use sempre::{
    Engine,
    storage::{MemoryStore, WriteStore as _},
};
use sempre_tests::{
    Outcome, block_on,
    workflow::{Board, BoardHandle as _},
};

/// What is left for small allocations, and for the signal stacks of threads that get the stacks of
/// ended ones: a thread that has no room for that aborts the process. A stack of its own takes more.
const SPARE_BYTES: u64 = 1536 * 1024;

/// Lets this process have so many bytes of addresses.
fn limit_addresses(limit: &str) -> Outcome {
    let pid = std::process::id().to_string();
    let limit = format!("--as={limit}:");
    // Part of util-linux, so it is wherever there is a shell.
    let limited = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .status()?;
    assert!(limited.success(), "prlimit answers {limited}");
    Ok(())
}

/// The bytes of addresses that this process has.
fn addresses() -> Result<u64, Box<dyn std::error::Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let size = size.ok_or("the system says how large a process is")?;
    let kib: u64 = size.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}

/// Makes threads until there is none to be had: those that ended before leave their stacks.
fn take_all_threads() -> Vec<JoinHandle<()>> {
    let mut taken = Vec::new();
    while let Ok(thread) = thread::Builder::new().spawn(thread::park) {
        taken.push(thread);
    }
    taken
}

#[test]
fn an_engine_shuts_down_where_no_thread_can_be_made() -> Outcome {
    block_on(async {
        let store = MemoryStore::new();
        let engine = Engine::on_store(Arc::new(store.clone())).workflow::<Board>();
        let engine = engine.threads(2).start().await?;
        let board = engine.workflow::<Board>("board").start(()).await?;
        board.post("kept".to_owned()).await?;

        limit_addresses(&(addresses()? + SPARE_BYTES).to_string())?;
        let taken = take_all_threads();
        engine.shutdown().await;
        // Whoever wrote to the store has ended.
        drop(store.write_right().claim()?);
        for thread in &taken {
            thread.thread().unpark();
        }
        limit_addresses("unlimited")?;

        let engine = Engine::on_store(Arc::new(store)).workflow::<Board>();
        let engine = engine.start().await?;
        let board = engine.workflow::<Board>("board");
        assert_eq!(board.notes().await?, ["kept"]);
        engine.shutdown().await;
        Ok(())
    })
}
