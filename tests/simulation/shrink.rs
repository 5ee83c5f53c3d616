//! Making a plan that breaks a promise smaller, as long as it breaks the same one.

use crate::simulation::{
    coding::Coding,
    mutant::Mutant,
    plan::{Event, Plan, Then, Turn, What},
    program::{Program, Step},
    tell::tell,
};

/// Bound: plans that are tried.
const MAX_TRIES: usize = 400;

/// The smallest plan that was found.
pub(crate) fn shrink(plan: Plan, mutant: Option<Mutant>, invariant: &str) -> Plan {
    let mut shrinker = Shrinker {
        best: plan,
        mutant,
        invariant,
        tries: 0,
    };
    while shrinker.improve() {}
    shrinker.best
}

struct Shrinker<'s> {
    best: Plan,
    mutant: Option<Mutant>,
    invariant: &'s str,
    tries: usize,
}

impl Shrinker<'_> {
    /// Looks for something that can be left out; `false` if there is nothing.
    fn improve(&mut self) -> bool {
        let removed = self.remove_turns();
        let simplified = self.simplify_turns();
        let settled = self.simplify_settings();
        removed || simplified || settled
    }

    fn try_plan(&mut self, plan: Plan) -> bool {
        if self.tries >= MAX_TRIES || plan == self.best {
            return false;
        }
        self.tries += 1;
        let told = tell(&plan, self.mutant);
        let breaks = told
            .breach
            .is_some_and(|breach| breach.invariant == self.invariant);
        if breaks {
            self.best = plan;
        }
        breaks
    }

    /// Leaves out turns, many at a time at first.
    fn remove_turns(&mut self) -> bool {
        let mut has_removed = false;
        let mut width = self.best.turns.len() / 2;
        while width > 0 {
            let mut at = 0;
            while at < self.best.turns.len() {
                let mut plan = self.best.clone();
                let end = (at + width).min(plan.turns.len());
                plan.turns.drain(at..end);
                if self.try_plan(plan) {
                    has_removed = true;
                } else {
                    at += width;
                }
            }
            width /= 2;
        }
        has_removed
    }

    fn simplify_turns(&mut self) -> bool {
        let mut has_changed = false;
        for at in 0..self.best.turns.len() {
            let Some(turn) = self.best.turns.get(at).cloned() else {
                break;
            };
            for simpler in simpler_turns(&turn) {
                let mut plan = self.best.clone();
                if let Some(place) = plan.turns.get_mut(at) {
                    *place = simpler;
                }
                has_changed |= self.try_plan(plan);
            }
        }
        has_changed
    }

    fn simplify_settings(&mut self) -> bool {
        let mut settings = Vec::new();
        let best = &self.best.settings;
        settings.push(crate::simulation::plan::Settings {
            threads: vec![1],
            ..best.clone()
        });
        settings.push(crate::simulation::plan::Settings {
            max_resident_executions: 1_000,
            ..best.clone()
        });
        settings.push(crate::simulation::plan::Settings {
            replays_every_task: false,
            ..best.clone()
        });
        settings.push(crate::simulation::plan::Settings {
            max_attempts: 100,
            ..best.clone()
        });
        settings.push(crate::simulation::plan::Settings {
            forgets: false,
            ..best.clone()
        });
        settings.push(crate::simulation::plan::Settings {
            coding: Coding::default(),
            ..best.clone()
        });
        let mut has_changed = false;
        for settings in settings {
            let plan = Plan {
                settings,
                turns: self.best.turns.clone(),
            };
            has_changed |= self.try_plan(plan);
        }
        has_changed
    }
}

/// The same turn with less in it.
fn simpler_turns(turn: &Turn) -> Vec<Turn> {
    let mut simpler = Vec::new();
    if turn.then != Then::Settles {
        simpler.push(Turn {
            then: Then::Settles,
            ..turn.clone()
        });
    }
    if let Event::Ask(ask) = &turn.event
        && let What::Start(start) = &ask.what
    {
        for steps in simpler_steps(&start.program.steps) {
            let mut start = start.clone();
            start.program = Program {
                steps,
                ..start.program
            };
            let mut ask = ask.clone();
            ask.what = What::Start(start);
            simpler.push(Turn {
                event: Event::Ask(ask),
                then: turn.then,
            });
        }
    }
    simpler
}

/// The same steps with one left out, put in the place of its block, or made simpler.
fn simpler_steps(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut simpler = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let with = |inner: Vec<Step>| {
            let before = steps.iter().take(at).cloned();
            let after = steps.iter().skip(at + 1).cloned();
            before.chain(inner).chain(after).collect::<Vec<_>>()
        };
        simpler.push(with(Vec::new()));
        match step {
            Step::All(blocks) => {
                for (number, block) in blocks.iter().enumerate() {
                    simpler.push(with(block.clone()));
                    for inner in simpler_steps(block) {
                        let mut blocks = blocks.clone();
                        if let Some(place) = blocks.get_mut(number) {
                            *place = inner;
                        }
                        simpler.push(with(vec![Step::All(blocks)]));
                    }
                }
            }
            Step::Either(one, other) => {
                simpler.push(with(one.clone()));
                simpler.push(with(other.clone()));
                for inner in simpler_steps(one) {
                    simpler.push(with(vec![Step::Either(inner, other.clone())]));
                }
                for inner in simpler_steps(other) {
                    simpler.push(with(vec![Step::Either(one.clone(), inner)]));
                }
            }
            Step::UntilCanceled(block) | Step::Shielded(block) | Step::Within(block, _) => {
                simpler.push(with(block.clone()));
            }
            _ => {}
        }
    }
    simpler
}
