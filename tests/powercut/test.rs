//! A few power cuts, as part of the tests; thousands take `--bin powercut`, see the page of
//! `sempre_tests::powercut`.
#![cfg(target_os = "linux")]

use std::{error::Error, path::Path};

use sempre_tests::powercut::{Campaign, Failure, Plan, record_all};

#[test]
fn a_power_cut_at_any_moment_loses_nothing_acknowledged() -> Result<(), Box<dyn Error>> {
    let program = Path::new(env!("CARGO_BIN_EXE_powercut"));
    let folder = tempfile::tempdir()?;
    let recordings = record_all(program, folder.path(), &[Plan::FirstStart, Plan::Reopened])?;
    let campaign = Campaign {
        program: program.to_owned(),
        recordings: &recordings,
        seeds: 0..60,
        jobs: 2,
    };
    let failures = campaign.run(&|_: Option<&Failure>| {})?;
    if failures.is_empty() {
        return Ok(());
    }
    let told: Vec<_> = failures.iter().map(ToString::to_string).collect();
    let kept = folder.keep();
    Err(format!(
        "{} states failed; recordings={}\n{}",
        failures.len(),
        kept.display(),
        told.join("\n"),
    )
    .into())
}
