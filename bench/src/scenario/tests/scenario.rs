//! Scenarios measure what their plans draw, and hold it to what was promised.

use sempre::Durability;

use crate::{
    Outcome,
    child::Job,
    measurement::Measurement,
    scenario::Scenario,
    subject::{Sempre, Subject as _},
};

fn check(scenario: Scenario, promised: &[&str]) -> Outcome {
    check_at(20, scenario, promised)
}

fn check_at(size: u64, scenario: Scenario, promised: &[&str]) -> Outcome {
    let folder = tempfile::tempdir()?;
    let subject = Sempre::new(Durability::Fsync);
    let mut measured = Measurement::default();
    for phase in 1..=scenario.plan().phases {
        measured = subject.measure(&Job {
            scenario,
            size,
            subject: subject.label(),
            phase,
            folder: folder.path().into(),
        })?;
    }
    let bounded = measured.figures.iter().filter(|it| it.bound.is_some());
    let bounded: Vec<_> = bounded.map(|it| it.name.as_str()).collect();
    assert_eq!(bounded, promised);
    let compared = measured.compared.as_ref().map(|it| it.figure.as_str());
    for name in [scenario.plan().drawn].into_iter().chain(compared) {
        assert!(measured.value(name) > Some(0.0), "{name}");
    }
    Ok(())
}

#[test]
fn local_activities_are_measured_beside_a_step() -> Outcome {
    check(Scenario::Local, &["time per local activity"])
}

#[test]
fn activities_a_hundred_at_a_time_are_measured_beside_fan_out() -> Outcome {
    check(Scenario::MapConcurrent, &["time per activity / fan-out"])
}

#[test]
fn updates_are_measured_in_steps_and_among_many() -> Outcome {
    let promised = ["one at a time, p50 / step", "to many, time per update"];
    check(Scenario::Update, &promised)
}

#[test]
fn children_are_measured_in_steps_and_at_once() -> Outcome {
    let promised = ["one at a time, p50 / step", "at once, time per child"];
    check(Scenario::Child, &promised)
}

#[test]
fn signals_of_workflows_are_measured_from_one_and_from_many() -> Outcome {
    let promised = ["from one, time per signal", "from many, time per signal"];
    check(Scenario::External, &promised)
}

#[test]
fn runs_that_continue_as_new_are_measured_in_steps() -> Outcome {
    check(
        Scenario::Chain,
        &["time per run / step", "memory added by the chain"],
    )
}

#[test]
fn runs_are_found_by_what_is_asked_often_and_by_what_nobody_foresaw() -> Outcome {
    let promised = [
        "all",
        "type and status",
        "id prefix",
        "keyword attribute",
        "time range",
        "another filter, per run",
        "time per step with an index / without",
    ];
    check(Scenario::List, &promised)
}

#[test]
fn views_of_the_console_are_painted() -> Outcome {
    let promised = [
        "overview, first after a start",
        "overview",
        "runs",
        "runs of a status",
        "runs of another filter",
        "one run",
        "store",
        "types",
        "failures",
        "patches",
        "schedules",
        "bulk jobs",
    ];
    check(Scenario::Console, &promised)
}

#[test]
fn tenants_are_measured_alone_and_beside_a_large_one() -> Outcome {
    let promised = ["wait p50, beside / alone", "wait p99, beside / alone"];
    check(Scenario::Fairness, &promised)
}

#[test]
fn a_load_that_lasts_is_measured_by_its_quarters() -> Outcome {
    check_at(1, Scenario::Soak, &[])
}

#[test]
fn an_engine_that_has_too_much_to_do_recovers() -> Outcome {
    check_at(
        1,
        Scenario::Overload,
        &["memory meanwhile", "p99, after / before"],
    )
}
