//! What can be said on the command line, and what cannot.

use clap::{CommandFactory as _, Parser as _};

use crate::{command_line::Options, scenario::Scenario};

fn parse(line: &str) -> Result<Options, String> {
    let words = line.split_whitespace();
    let options = Options::try_parse_from(std::iter::once("sempre-bench").chain(words));
    options.map_err(|error| error.to_string())
}

#[track_caller]
fn check_refused(line: &str, why: &str) {
    let refused = parse(line).unwrap_err();
    assert!(refused.contains(why), "{refused}");
}

#[test]
fn the_description_of_the_command_line_is_sound() {
    Options::command().debug_assert();
}

#[test]
fn scenarios_come_in_the_order_of_the_list_and_once() -> Result<(), String> {
    let chosen = parse("timers step timers")?.chosen();
    assert_eq!(chosen, [Scenario::Step, Scenario::Timers]);
    assert_eq!(parse("all step")?.chosen(), Scenario::ALL);
    assert!(parse("")?.chosen().is_empty());
    Ok(())
}

#[test]
fn every_scenario_has_its_name_on_the_command_line() -> Result<(), String> {
    for scenario in Scenario::ALL {
        assert_eq!(parse(scenario.plan().name)?.chosen(), [scenario]);
    }
    Ok(())
}

#[test]
fn sizes_are_read_as_people_write_them() -> Result<(), String> {
    let sizes = parse("step --size 500,10_000,20k,1M")?.size;
    assert_eq!(sizes, [500, 10_000, 20_000, 1_000_000]);
    Ok(())
}

#[test]
fn large_sizes_are_measured_only_when_asked_for() -> Result<(), String> {
    let scenario = Scenario::Payload;
    let usual = parse("payload")?.sizes(scenario);
    assert_eq!(usual, [1_024, 32_768, 1_048_576]);
    let full = parse("payload --full")?.sizes(scenario);
    assert_eq!(full, [1_024, 4_096, 32_768, 262_144, 1_048_576]);
    assert_eq!(parse("payload --size 7")?.sizes(scenario), [7]);
    Ok(())
}

#[test]
fn what_makes_no_sense_is_refused_with_a_remedy() {
    check_refused("stepp", "possible values: all, step");
    check_refused("step --size 0", "at least 1");
    check_refused("step --size many", "write a number such as 10000");
    check_refused("step --size 99999999999999999999", "write a number");
    check_refused("step --runs 0", "0 is not in 1..");
    check_refused("step --size 5 --full", "cannot be used with");
}
