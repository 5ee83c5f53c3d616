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

    /// The file of the store's journal that it is about, if it is about one.
    fn journal<'t>(&'t self, folder: &Path) -> Option<&'t str> {
        let path = format!("<{}/sempre.journal.", folder.display());
        let (_, number) = self.text.split_once(&path)?;
        number.split_once('>').map(|(number, _)| number)
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

/// Checks that what was acknowledged had been written to the journal, and synced after that.
fn check(calls: &[SystemCall], text: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let said = format!("\"ack {text}\\n\"");
    let said = calls
        .iter()
        .find(|call| call.is("write") && call.text.contains(&said));
    let said = said.ok_or_else(|| format!("the trace shows how it is said: {text}"))?;
    let about_the_journal = || calls.iter().filter(|call| call.journal(folder).is_some());
    let written = about_the_journal()
        .find(|call| (call.is("pwrite64") || call.is("write")) && call.text.contains(text))
        .ok_or_else(|| format!("it was written: {text}"))?;
    let synced = about_the_journal().any(|call| {
        let covers = call.began > written.ended && call.ended < said.began;
        let same_file = call.journal(folder) == written.journal(folder);
        call.is("fdatasync") && call.succeeded && covers && same_file
    });
    if synced {
        Ok(())
    } else {
        Err(format!("nothing is synced between {written:?} and {said:?}").into())
    }
}

/// What was seen of a process.
struct Seen {
    /// What was acknowledged, with what speaks against it.
    acknowledged: Vec<(String, Outcome)>,
    /// How often the store's journal was synced while the process was at work.
    syncs: usize,
}

/// Traces a process.
fn trace(more: &[&str]) -> Result<Seen, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (trace, store) = (folder.path().join("trace"), folder.path().join("store"));
    let mut strace = Command::new("strace");
    // Whole strings, so that it can be seen which write carries what; paths beside descriptors.
    strace
        .args(["-f", "-y", "-s", "10000000", "-o"])
        .arg(&trace);
    strace.args(["-e", "trace=fdatasync,fsync,pwrite64,write"]);
    strace.args(arguments(&store, NOTES)).args(more);
    let mut process = Acknowledger::start(strace)?;
    let acknowledged = process.all_acknowledged()?;
    process.finish()?;
    // A start, an attempt, a result, and the signals.
    assert_eq!(acknowledged.len(), 3 + NOTES as usize);

    let trace = fs::read(&trace)?;
    let calls = read(&String::from_utf8_lossy(&trace));
    let ready = calls
        .iter()
        .position(|call| call.text.contains("\"ready\\n\""));
    let at_work = calls
        .iter()
        .take(ready.ok_or("the trace shows that it is ready")?);
    let syncs = at_work.filter(|call| call.is("fdatasync") && call.journal(&store).is_some());
    let checked = acknowledged.into_iter().map(|text| {
        let outcome = check(&calls, &text, &store);
        (text, outcome)
    });
    Ok(Seen {
        acknowledged: checked.collect(),
        syncs: syncs.count(),
    })
}

#[test]
fn every_acknowledgement_comes_after_an_fdatasync_that_covers_it() -> Outcome {
    require_strace()?;
    for (text, outcome) in trace(&[])?.acknowledged {
        outcome.map_err(|error| format!("{text}: {error}"))?;
    }
    Ok(())
}

#[test]
fn where_nothing_is_synced_that_is_seen() -> Outcome {
    require_strace()?;
    let seen = trace(&["careless"])?;
    let covered = seen
        .acknowledged
        .iter()
        .filter(|(_, outcome)| outcome.is_ok());
    // Acknowledgements come one after the other, so a sync that comes by itself, every half
    // second, covers one of them at most.
    assert!(covered.count() <= seen.syncs);
    assert!(
        seen.syncs < seen.acknowledged.len() / 2,
        "syncs={}",
        seen.syncs
    );
    Ok(())
}
