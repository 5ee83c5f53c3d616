//! A few simulated worlds, as part of the tests; thousands take `--bin simulate`, see the page of
//! `sempre_tests::simulation`.

use sempre_tests::simulation::{Campaign, Failure, Mutant, fingerprint, first_breach};

#[test]
fn whatever_happens_to_a_simulated_world_its_promises_hold() {
    let campaign = Campaign {
        seeds: 0..200,
        jobs: 2,
        mutant: None,
    };
    let failures = campaign.run(&|_: Option<&Failure>| {});
    let told: Vec<_> = failures.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in 0..20 {
        assert_eq!(fingerprint(seed), fingerprint(seed), "seed={seed}");
    }
}

/// Its run left memory while the workflow task waited for the disk, and nobody brought it back.
#[test]
fn a_run_that_leaves_memory_takes_its_workflow_task_first() {
    assert!(first_breach(9_673..9_674, None).is_none());
}

/// A child's start was refused, and asked for again before its parent had recorded that; by then its
/// id was free.
#[test]
fn a_message_whose_answer_is_on_its_way_is_not_sent_again() {
    for seed in [10_078, 10_445] {
        assert!(first_breach(seed..seed + 1, None).is_none(), "seed={seed}");
    }
}

/// A query waited for a workflow task with local activities when the engine was stopped; given back,
/// it brought the run in again, which left again, and so on.
#[test]
fn a_run_that_leaves_with_its_engine_keeps_no_query() {
    for seed in [20_545, 33_675, 91_098, 120_852, 201_537, 215_625] {
        assert!(first_breach(seed..seed + 1, None).is_none(), "seed={seed}");
    }
}

#[test]
fn every_deliberate_fault_is_noticed() {
    for mutant in Mutant::ALL {
        // Where most worlds notice nothing, one that does; `--mutants` finds others.
        let from = match mutant {
            Mutant::ReorderAtCrash => 100,
            _ => 0,
        };
        let noticed = first_breach(from..from + 50, Some(mutant));
        assert!(noticed.is_some(), "mutant={mutant}");
    }
}
