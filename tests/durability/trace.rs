//! The store has not taken it before the disk has it: the system calls of a real process.

use std::{error::Error, fs, path::Path, process::Command};

use sempre_tests::{Outcome, powercut::require_strace};

use crate::child::{Acknowledger, arguments};

/// How many signals are acknowledged.
const NOTES: u32 = 25;

/// A system call, by the lines of the trace in which it began and ended.
#[derive(Clone, Debug)]
struct SystemCall {
    began: usize,
    ended: usize,
    /// Its name and arguments.
    text: String,
    succeeded: bool,
}

impl SystemCall {
    fn is(&self, name: &str) -> bool {
        let arguments = self.text.strip_prefix(name);
        arguments.is_some_and(|arguments| arguments.starts_with('('))
    }

    /// Whether it is about sled's log.
    fn is_about_the_log(&self, folder: &Path) -> bool {
        self.text.contains(&format!("<{}/db>", folder.display()))
    }
}

/// Reads a trace of several threads, whose calls may be interrupted by those of others.
fn read(trace: &str) -> Vec<SystemCall> {
    const UNFINISHED: &str = " <unfinished ...>";
    let mut calls = Vec::new();
    let mut open: Vec<(&str, SystemCall)> = Vec::new();
    for (line, text) in trace.lines().enumerate() {
        let Some((thread, text)) = text.split_once(' ') else {
            continue;
        };
        let text = text.trim_start();
        let succeeded = text.rsplit_once(" = ").is_some_and(|(_, result)| {
            let result = result.split(' ').next().unwrap_or_default();
            result.parse::<u64>().is_ok()
        });
        if let Some(text) = text.strip_suffix(UNFINISHED) {
            let call = SystemCall {
                began: line,
                ended: usize::MAX,
                text: text.to_owned(),
                succeeded: false,
            };
            open.push((thread, call));
        } else if text.starts_with("<... ") {
            if let Some(position) = open.iter().position(|(of, _)| *of == thread) {
                let (_, call) = open.swap_remove(position);
                calls.push(SystemCall {
                    ended: line,
                    succeeded,
                    ..call
                });
            }
        } else {
            calls.push(SystemCall {
                began: line,
                ended: line,
                text: text.to_owned(),
                succeeded,
            });
        }
    }
    calls
}

/// Checks that what was acknowledged had been written, and synced after that; or written to a file
/// with the attribute for synchronous writes.
fn check(calls: &[SystemCall], text: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let said = format!("\"ack {text}\\n\"");
    let said = calls
        .iter()
        .find(|call| call.is("write") && call.text.contains(&said));
    let said = said.ok_or_else(|| format!("the trace shows how it is said: {text}"))?;
    let about_the_log = || calls.iter().filter(|call| call.is_about_the_log(folder));
    let written = about_the_log()
        .find(|call| (call.is("pwrite64") || call.is("write")) && call.text.contains(text))
        .ok_or_else(|| format!("it was written: {text}"))?;
    let is_synchronous = about_the_log().any(|call| {
        let gives = call.is("ioctl") && call.succeeded && call.text.contains("FS_SYNC_FL");
        gives && call.text.contains("FS_IOC_SETFLAGS") && call.ended < written.began
    });
    let synced = about_the_log().any(|call| {
        let covers = call.began > written.ended && call.ended < said.began;
        call.is("fdatasync") && call.succeeded && covers
    });
    if synced || (is_synchronous && written.ended < said.began) {
        Ok(())
    } else {
        Err(format!("nothing is synced between {written:?} and {said:?}").into())
    }
}

/// Traces a process; returns what was acknowledged, with what speaks against it.
fn trace(more: &[&str]) -> Result<Vec<(String, Outcome)>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (trace, store) = (folder.path().join("trace"), folder.path().join("store"));
    let mut strace = Command::new("strace");
    // Whole strings, so that it can be seen which write carries what; paths beside descriptors.
    strace
        .args(["-f", "-y", "-s", "10000000", "-o"])
        .arg(&trace);
    strace.args(["-e", "trace=fdatasync,fsync,ioctl,pwrite64,write"]);
    strace.args(arguments(&store, NOTES)).args(more);
    let mut process = Acknowledger::start(strace)?;
    let acknowledged = process.all_acknowledged()?;
    process.finish()?;
    // A start, an attempt, a result, and the signals.
    assert_eq!(acknowledged.len(), 3 + NOTES as usize);

    let trace = fs::read(&trace)?;
    let calls = read(&String::from_utf8_lossy(&trace));
    let checked = acknowledged.into_iter().map(|text| {
        let outcome = check(&calls, &text, &store);
        (text, outcome)
    });
    Ok(checked.collect())
}

#[test]
fn every_acknowledgement_comes_after_a_sync_that_covers_it() -> Outcome {
    require_strace()?;
    for (text, outcome) in trace(&[])? {
        outcome.map_err(|error| format!("{text}: {error}"))?;
    }
    Ok(())
}

#[test]
fn where_nothing_is_synced_that_is_seen() -> Outcome {
    require_strace()?;
    let acknowledged = trace(&["careless"])?;
    // What sled's own thread has just written is there by chance.
    let unsynced = acknowledged.iter().filter(|(_, outcome)| outcome.is_err());
    assert!(2 * unsynced.count() > acknowledged.len());
    Ok(())
}
