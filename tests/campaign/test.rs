//! A short campaign, as part of the tests; thousands of kills take `--bin campaign`, see the page of
//! `sempre_tests::campaign`.
#![cfg(target_os = "linux")]

use std::error::Error;

use sempre_tests::{
    campaign::{Failure, Fault, Series},
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
