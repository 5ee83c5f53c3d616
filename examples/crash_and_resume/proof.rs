//! The comparison: what the histories say was completed, and what the side file says ran.

use std::{collections::BTreeMap, error::Error, path::Path};

use sempre::{
    Engine,
    model::{EventAttributes, EventId, History},
};

use crate::{
    child::{STORE, order_id},
    ledger::{self, Line, Mark},
    workflow::{Order, STEPS},
};

/// What became of one order.
#[derive(Default)]
pub(crate) struct Account {
    pub(crate) order: String,
    /// Events of its history.
    pub(crate) events: usize,
    /// Activities whose completion is recorded.
    pub(crate) completed: usize,
    /// Attempts that wrote a line.
    pub(crate) attempts: usize,
    /// Attempts that returned an error.
    pub(crate) failed: usize,
    /// Attempts that a kill cut short.
    pub(crate) cut_short: usize,
    /// Attempts that did all their work and were killed before that was recorded.
    pub(crate) unrecorded: usize,
    /// What should never be.
    pub(crate) problems: Vec<String>,
}

/// What became of all orders.
pub(crate) struct Proof {
    pub(crate) accounts: Vec<Account>,
}

impl Proof {
    pub(crate) fn holds(&self) -> bool {
        self.accounts.iter().all(|it| it.problems.is_empty())
    }
}

/// Reads the histories, now that nobody else has the store, and the side file.
pub(crate) async fn gather(folder: &Path, orders: usize) -> Result<Proof, Box<dyn Error>> {
    let lines = ledger::read(folder)?;
    let engine = Engine::open(folder.join(STORE))
        .workflow::<Order>()
        .start()
        .await?;
    let mut accounts = Vec::new();
    for number in 0..orders {
        let order = order_id(number);
        let history = engine.workflow::<Order>(&*order).history().await?;
        let lines = lines.iter().filter(|line| line.order == order).collect();
        accounts.push(settle(order, &history, &lines));
    }
    engine.shutdown().await;
    Ok(Proof { accounts })
}

fn settle(order: String, history: &History, lines: &Vec<&Line>) -> Account {
    let mut account = Account {
        order,
        events: history.len(),
        ..Account::default()
    };
    if let Err(violation) = history.check_grammar() {
        account.problems.push(violation.to_string());
    }
    let last = history.attributes().last();
    if !matches!(last, Some(EventAttributes::WorkflowExecutionCompleted(_))) {
        account.problems.push("the order is not completed".into());
    }
    let completed = completed_attempts(history);
    account.completed = completed.len();
    for activity in STEPS {
        let completions = completed.iter().filter(|(name, _)| *name == activity);
        let completions: Vec<u32> = completions.map(|(_, attempt)| *attempt).collect();
        let &[recorded] = completions.as_slice() else {
            let what = format!("{activity} is recorded {} times", completions.len());
            account.problems.push(what);
            continue;
        };
        let mine = lines.iter().filter(|line| line.activity == activity);
        let mine: Vec<(Mark, u32)> = mine.map(|line| (line.mark, line.attempt)).collect();
        account.settle_activity(activity, recorded, &mine);
    }
    account
}

/// The activities that were completed, each with the attempt that did, as the history has it.
fn completed_attempts(history: &History) -> Vec<(&str, u32)> {
    let mut scheduled: BTreeMap<EventId, (&str, u32)> = BTreeMap::new();
    let mut completed = Vec::new();
    for event in &history.events {
        match &event.attributes {
            EventAttributes::ActivityTaskScheduled(it) => {
                scheduled.insert(event.id, (it.activity_type.as_str(), 0));
            }
            EventAttributes::ActivityTaskStarted(it) => {
                if let Some((_, attempt)) = scheduled.get_mut(&it.scheduled_event_id) {
                    *attempt = it.attempt;
                }
            }
            EventAttributes::ActivityTaskCompleted(it) => {
                completed.extend(scheduled.get(&it.scheduled_event_id).copied());
            }
            _ => {}
        }
    }
    completed
}

impl Account {
    fn settle_activity(&mut self, activity: &str, recorded: u32, lines: &[(Mark, u32)]) {
        // The file is in the order of time, so this says both that the recorded attempt ran to its
        // end, and that nothing of this activity ran after it.
        if lines.last() != Some(&(Mark::End, recorded)) {
            let what =
                format!("{activity}: the recorded attempt {recorded} is not the last to run");
            self.problems.push(what);
        }
        let starts = lines.iter().filter(|(mark, _)| *mark == Mark::Start);
        let mut before = 0;
        for &(_, attempt) in starts {
            if attempt <= before {
                let what = format!("{activity}: attempt {attempt} ran after attempt {before}");
                self.problems.push(what);
            }
            before = attempt;
            self.attempts += 1;
            if lines.contains(&(Mark::Fail, attempt)) {
                self.failed += 1;
            } else if !lines.contains(&(Mark::End, attempt)) {
                self.cut_short += 1;
            } else if attempt != recorded {
                self.unrecorded += 1;
            }
        }
    }
}
