//! The end of a world: no more faults, and whoever can come to an end has to.

use std::collections::BTreeMap;

use sempre::model::{RunId, WorkflowId};

use crate::simulation::{
    client::Answer,
    facts::Run,
    invariant::{Moment, Report},
    plan::{Ask, What},
    schedule::{ScheduleAsk, schedule_of},
    world::{OWN, Verdict, World, breach},
};

/// Bound: moments at which somebody wakes or an attempt ends; past it a world has no end.
const MAX_MOMENTS: usize = 1_000;
/// Bound: signals that the runs of a world are sent, so that nobody waits for one.
const MAX_CALLS: u32 = 60;

impl World<'_> {
    /// Brings the world to its end.
    pub(crate) fn come_to_an_end(&mut self) -> Verdict {
        self.mend()?;
        self.unpause_all()?;
        self.calm_down()?;
        let reports = self.reports()?;
        self.check(&Moment::Quiet(&reports))?;
        self.delete_schedules()?;
        self.call_until_closed()?;
        self.check_over()
    }

    /// Lets everything go on that is paused.
    fn unpause_all(&mut self) -> Verdict {
        self.settle()?;
        let mut asks = Vec::new();
        for workflow_id in self.open_executions() {
            let Some(run) = self.facts.runs_of(&workflow_id).last() else {
                continue;
            };
            if run.state.is_paused() {
                asks.push((workflow_id.clone(), What::Unpause));
            }
            let paused = run.state.pending_activities();
            let paused = paused.filter(|activity| activity.pause.is_some());
            // Invariant: the activities of a world have numbers for ids.
            let numbers = paused.filter_map(|it| it.scheduled.activity_id.as_str().parse().ok());
            asks.extend(numbers.map(|number| (workflow_id.clone(), What::UnpauseActivity(number))));
        }
        for (at, (workflow_id, what)) in (0..).zip(asks) {
            self.ask(&Ask {
                id: OWN + 600 + at,
                workflow_id,
                what,
            });
        }
        self.settle()
    }

    /// Ends what runs and lets time pass, until nothing runs and nobody sleeps.
    fn calm_down(&mut self) -> Verdict {
        for _ in 0..MAX_MOMENTS {
            self.settle()?;
            let has_ended = self.end_attempts() | self.run_blocking() | self.report_all();
            if !has_ended && !self.facts.time.skip() {
                return Ok(());
            }
        }
        Err(breach("a world comes to an end", "somebody always wakes"))
    }

    /// Looks how the schedules stand, and deletes them.
    fn delete_schedules(&mut self) -> Verdict {
        let schedulers = self.open_executions().into_iter();
        let schedulers = schedulers.filter(|it| schedule_of(it).is_some());
        let schedulers: Vec<WorkflowId> = schedulers.collect();
        for (first, what) in [(700, ScheduleAsk::Describe), (800, ScheduleAsk::Delete)] {
            for (at, workflow_id) in (0..).zip(&schedulers) {
                self.ask(&Ask {
                    id: OWN + first + at,
                    workflow_id: workflow_id.clone(),
                    what: What::Schedule(what.clone()),
                });
            }
            self.settle()?;
        }
        let descriptions = (0..).zip(&schedulers).filter_map(|(at, _)| {
            match self.told.remove(&(OWN + 700 + at)) {
                Some(Answer::ScheduleDescribed(description)) => Some(description),
                _ => None,
            }
        });
        let descriptions: Vec<_> = descriptions.collect();
        self.check(&Moment::SchedulesDescribed(&descriptions))?;
        self.calm_down()
    }

    /// What the engine says of each run that is open.
    fn reports(&mut self) -> Result<BTreeMap<RunId, Report>, crate::simulation::invariant::Breach> {
        let mut reports = BTreeMap::new();
        for (at, workflow_id) in self.open_executions().into_iter().enumerate() {
            let id = OWN + 2 * u32::try_from(at).unwrap_or_default();
            for (id, what) in [(id, What::Describe), (id + 1, What::Query)] {
                self.ask(&Ask {
                    id,
                    workflow_id: workflow_id.clone(),
                    what,
                });
            }
            self.settle()?;
            let standing = match self.told.remove(&(id + 1)) {
                Some(Answer::Standing(standing)) => Some(standing),
                _ => None,
            };
            if let Some(Answer::Described(description)) = self.told.remove(&id) {
                let report = Report {
                    description,
                    standing,
                };
                reports.insert(report.description.state.run_id(), report);
            }
        }
        Ok(reports)
    }

    /// Sends signals to whoever waits for them.
    fn call_until_closed(&mut self) -> Verdict {
        for call in 0..MAX_CALLS {
            let open = self.open_executions();
            if open.is_empty() {
                return Ok(());
            }
            for (at, workflow_id) in (0..).zip(open) {
                self.ask(&Ask {
                    id: OWN + 1_000 + call * 1_000 + at,
                    workflow_id,
                    what: What::Call(call),
                });
            }
            self.calm_down()?;
        }
        self.terminate_forks()
    }

    /// Ends the runs that wait for a child which had ended before they went on from another run.
    fn terminate_forks(&mut self) -> Verdict {
        let forks = self.open_executions().into_iter().filter(|workflow_id| {
            let last = self.facts.runs_of(workflow_id).last();
            last.is_some_and(Run::is_fork)
        });
        let forks: Vec<WorkflowId> = forks.collect();
        for (at, workflow_id) in (0..).zip(forks) {
            self.ask(&Ask {
                id: OWN + 500 + at,
                workflow_id,
                what: What::Terminate,
            });
        }
        self.calm_down()
    }

    fn check_over(&mut self) -> Verdict {
        let clients = std::mem::take(&mut self.clients);
        self.check(&Moment::Over(&clients))?;
        self.crash(0, false)
    }

    /// The executions whose latest run is open.
    fn open_executions(&self) -> Vec<WorkflowId> {
        let executions = self.facts.executions.keys();
        let open = executions.filter(|workflow_id| {
            let last = self.facts.runs_of(workflow_id).last();
            last.is_some_and(|run| run.state.status().is_open())
        });
        open.cloned().collect()
    }
}
