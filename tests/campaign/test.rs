//! A short campaign, as part of the tests; thousands of kills take `--bin campaign`, see the page of
//! `sempre_tests::campaign`.
#![cfg(target_os = "linux")]

use std::{error::Error, path::Path, thread};

use sempre_tests::{
    campaign::{Failure, Fault, Mutant, Series},
    powercut::require_strace,
};

#[test]
fn a_process_that_is_killed_and_whose_disk_fails_keeps_its_word() -> Result<(), Box<dyn Error>> {
    require_strace()?;
    let folder = tempfile::tempdir()?;
    for (fault, kills) in [(Fault::None, 20), (Fault::Enospc, 10), (Fault::Eio, 10)] {
        let series = Series {
            program: env!("CARGO_BIN_EXE_campaign").into(),
            kills,
            from: u64::from(std::process::id()),
            fault,
            mutant: None,
            jobs: 2,
            folder: folder.path().to_owned(),
        };
        let (tally, failures) = series.run(&|_, _: Option<&Failure>| {})?;
        if !failures.is_empty() {
            let told: Vec<_> = failures.iter().map(ToString::to_string).collect();
            let kept = folder.keep();
            return Err(format!("folder={}\n{}", kept.display(), told.join("\n")).into());
        }
        assert!(tally.kills > 0, "{tally}");
        assert_eq!(tally.failed > 0, fault != Fault::None, "{tally}");
    }
    Ok(())
}

#[test]
fn every_deliberate_fault_of_a_process_is_noticed() -> Result<(), Box<dyn Error>> {
    require_strace()?;
    let folder = tempfile::tempdir()?;
    // Half of them at a time: most of a life is waiting.
    let (some, others) = Mutant::ALL.split_at(Mutant::ALL.len() / 2);
    thread::scope(|scope| {
        let other = scope.spawn(|| unnoticed(others, folder.path()));
        let mut missed = unnoticed(some, folder.path());
        missed.extend(other.join().expect("it does not panic"));
        assert!(missed.is_empty(), "{missed:?}");
    });
    Ok(())
}

/// Which of these mutants are noticed in none of ten rounds, or cannot be tried.
fn unnoticed(mutants: &[Mutant], folder: &Path) -> Vec<String> {
    let mut missed = Vec::new();
    for mutant in mutants {
        let series = Series {
            program: env!("CARGO_BIN_EXE_campaign").into(),
            kills: 0,
            from: 0,
            fault: mutant.fault(),
            mutant: Some(*mutant),
            jobs: 1,
            folder: folder.join(mutant.to_string()),
        };
        match series.first_failure(10) {
            Ok(Some(_)) => {}
            Ok(None) => missed.push(mutant.to_string()),
            Err(error) => missed.push(format!("{mutant}: {error}")),
        }
    }
    missed
}
