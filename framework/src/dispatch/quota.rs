//! What the limits of a queue leave of it: who may start, and who waits for what.
//!
//! Each limit has an *account*, or one for each fairness key. An account counts the attempts that run,
//! and knows how far its rate is used up. Whoever is next in line and may not start because of an
//! account waits *aside*, with that account, so that those behind are looked at once and not again and
//! again. When the account has room, the first of those comes back into the line.
//!
//! Invariant: if an account has room and somebody waits aside with it, then one of its activities stands
//! in line. Whatever may end that is followed by a look at who comes back (`Line::call_back`).
//!
//! Pure: the time is an argument.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    clock::MonotonicTime,
    dispatch::{AttemptLimit, limit::Pace, turn::Rank},
    model::{ActivityType, Priority},
};

/// Accounts that are kept beyond those of which something runs or waits.
const IDLE_ACCOUNTS_MAX: usize = 64;

/// Names an account: which limit it is of, and of which fairness key.
pub(super) type AccountKey = (usize, Box<str>);

/// What the limits of a queue leave of it.
#[derive(Debug, Default)]
pub(super) struct Quotas {
    limits: Vec<AttemptLimit>,
    accounts: BTreeMap<AccountKey, Account>,
    /// When accounts that wait for their rate are to be looked at.
    alarms: BTreeSet<(MonotonicTime, AccountKey)>,
    /// Which limits these are: what was counted by others is not counted here.
    generation: u64,
    /// How many accounts were busy when it was looked at last.
    busy: usize,
}

#[derive(Debug, Default)]
struct Account {
    running: usize,
    pace: Pace,
    /// Those who wait for it.
    aside: BTreeSet<Rank>,
    /// How many of those who may have some of it stand in line.
    in_line: usize,
    alarm: Option<MonotonicTime>,
}

/// The accounts that an attempt runs on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Charge {
    accounts: Vec<AccountKey>,
    generation: u64,
    /// Whether nobody has started for it.
    is_forgone: bool,
}

impl Charge {
    /// Whether no limit is about the attempt.
    pub(super) fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Takes note that nobody starts for it: rates are as they were, once it has ended.
    pub(super) fn forgo(&mut self) {
        self.is_forgone = true;
    }
}

/// How an account stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct AccountLoad {
    pub(crate) limit: AttemptLimit,
    pub(crate) fairness_key: Box<str>,
    pub(crate) running: usize,
    pub(crate) waiting: usize,
}

impl Quotas {
    /// Goes by these limits from now on; what runs is not counted by them, and everybody who waits
    /// stands in line again.
    pub(super) fn replace(&mut self, limits: Vec<AttemptLimit>) {
        *self = Self {
            limits,
            generation: self.generation + 1,
            ..Self::default()
        };
    }

    /// How many accounts there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether there are no limits.
    pub(super) fn is_empty(&self) -> bool {
        self.limits.is_empty()
    }

    /// Whether some limit has a rate.
    pub(super) fn has_rate(&self) -> bool {
        self.limits.iter().any(|limit| limit.rate_limit.is_some())
    }

    /// The accounts that an activity of this type and priority would run on.
    pub(super) fn accounts_of(
        &self,
        activity_type: &ActivityType,
        priority: Option<&Priority>,
    ) -> Vec<AccountKey> {
        let fairness_key = priority.map_or("", |it| it.fairness_key.as_str());
        let limits = self.limits.iter().enumerate();
        let about = limits.filter(|(_, limit)| limit.is_about(activity_type));
        let accounts = about.map(|(number, limit)| {
            let key = if limit.is_per_key { fairness_key } else { "" };
            (number, key.into())
        });
        accounts.collect()
    }

    /// The first of these accounts that lets nothing start now.
    pub(super) fn blocked_by(
        &self,
        accounts: &[AccountKey],
        now: MonotonicTime,
    ) -> Option<AccountKey> {
        let mut accounts = accounts.iter();
        accounts.find(|key| !self.has_room(key, now)).cloned()
    }

    fn has_room(&self, key: &AccountKey, now: MonotonicTime) -> bool {
        let Some(account) = self.accounts.get(key) else {
            return true;
        };
        self.is_within_limit(key, account) && self.ready_at(key, account) <= now
    }

    fn is_within_limit(&self, key: &AccountKey, account: &Account) -> bool {
        let limit = self.limits.get(key.0);
        let max = limit.and_then(|limit| limit.max_concurrent_attempts);
        max.is_none_or(|max| account.running < max.max(1))
    }

    fn ready_at(&self, key: &AccountKey, account: &Account) -> MonotonicTime {
        let limit = self.limits.get(key.0);
        let rate = limit.and_then(|limit| limit.rate_limit);
        rate.map_or(MonotonicTime::default(), |rate| account.pace.ready_at(rate))
    }

    /// An attempt starts on these accounts.
    pub(super) fn start(&mut self, accounts: Vec<AccountKey>, now: MonotonicTime) -> Charge {
        for key in &accounts {
            let rate = self.limits.get(key.0).and_then(|limit| limit.rate_limit);
            let account = self.accounts.entry(key.clone()).or_default();
            account.running += 1;
            if let Some(rate) = rate {
                account.pace.start(rate, now);
            }
        }
        self.forget_idle(now);
        Charge {
            accounts,
            generation: self.generation,
            is_forgone: false,
        }
    }

    /// An attempt has ended; says which accounts may have room for others now.
    pub(super) fn end(&mut self, charge: Charge) -> Vec<AccountKey> {
        if charge.generation != self.generation {
            return Vec::new();
        }
        for key in &charge.accounts {
            let rate = self.limits.get(key.0).and_then(|limit| limit.rate_limit);
            if let Some(account) = self.accounts.get_mut(key) {
                account.running = account.running.saturating_sub(1);
                if let Some(rate) = rate.filter(|_| charge.is_forgone) {
                    account.pace.give_back(rate);
                }
            }
        }
        charge.accounts
    }

    /// Takes note that somebody who may have some of these accounts stands in line.
    pub(super) fn enter_line(&mut self, accounts: &[AccountKey]) {
        for key in accounts {
            self.accounts.entry(key.clone()).or_default().in_line += 1;
        }
    }

    /// The same of somebody who stands there no longer.
    pub(super) fn leave_line(&mut self, accounts: &[AccountKey]) {
        for key in accounts {
            if let Some(account) = self.accounts.get_mut(key) {
                account.in_line = account.in_line.saturating_sub(1);
            }
        }
    }

    /// Whether somebody who joins has to wait behind others who wait aside, and with which account.
    pub(super) fn queued_behind(&self, accounts: &[AccountKey]) -> Option<AccountKey> {
        let mut accounts = accounts.iter();
        let waits = |key: &&AccountKey| {
            let account = self.accounts.get(*key);
            account.is_some_and(|account| !account.aside.is_empty())
        };
        accounts.find(waits).cloned()
    }

    /// Has somebody wait for this account.
    pub(super) fn step_aside(&mut self, key: &AccountKey, rank: Rank) {
        let account = self.accounts.entry(key.clone()).or_default();
        account.aside.insert(rank);
        self.set_alarm(key);
    }

    /// Somebody waits for this account no longer.
    pub(super) fn leave_aside(&mut self, key: &AccountKey, rank: Rank) {
        if let Some(account) = self.accounts.get_mut(key) {
            account.aside.remove(&rank);
        }
    }

    /// The next of those who wait for this account, if it has room and none who may have it stands in
    /// line.
    pub(super) fn take_next_aside(&mut self, key: &AccountKey, now: MonotonicTime) -> Option<Rank> {
        if !self.has_room(key, now) {
            self.set_alarm(key);
            return None;
        }
        let account = self.accounts.get_mut(key)?;
        if account.in_line > 0 {
            return None;
        }
        account.aside.pop_first()
    }

    /// Sets the alarm of an account that is below its maximum, and which somebody waits for.
    fn set_alarm(&mut self, key: &AccountKey) {
        let Some(account) = self.accounts.get(key) else {
            return;
        };
        if account.aside.is_empty() || !self.is_within_limit(key, account) {
            return;
        }
        let at = self.ready_at(key, account);
        if account.alarm.is_some_and(|set| set <= at) {
            return;
        }
        let old = account.alarm;
        if let Some(old) = old {
            self.alarms.remove(&(old, key.clone()));
        }
        self.alarms.insert((at, key.clone()));
        if let Some(account) = self.accounts.get_mut(key) {
            account.alarm = Some(at);
        }
    }

    /// When an account is to be looked at next.
    pub(super) fn next_alarm(&self) -> Option<MonotonicTime> {
        self.alarms.first().map(|(at, _)| *at)
    }

    /// An account whose alarm has rung.
    pub(super) fn take_rung(&mut self, now: MonotonicTime) -> Option<AccountKey> {
        let (at, _) = self.alarms.first()?;
        if *at > now {
            return None;
        }
        let (_, key) = self.alarms.pop_first()?;
        if let Some(account) = self.accounts.get_mut(&key) {
            account.alarm = None;
        }
        Some(key)
    }

    /// How the accounts stand, of which something runs or waits.
    pub(super) fn loads(&self) -> Vec<AccountLoad> {
        let accounts = self.accounts.iter();
        let loads = accounts.filter_map(|((number, key), account)| {
            let waiting = account.aside.len() + account.in_line;
            (account.running + waiting > 0).then(|| AccountLoad {
                limit: self.limits.get(*number).cloned().unwrap_or_default(),
                fairness_key: key.clone(),
                running: account.running,
                waiting,
            })
        });
        loads.collect()
    }

    /// Forgets accounts that are as new, once they are many.
    fn forget_idle(&mut self, now: MonotonicTime) {
        // Bound: all are looked at again when there are twice as many as were busy the last time.
        if self.accounts.len() <= 2 * self.busy + IDLE_ACCOUNTS_MAX {
            return;
        }
        self.accounts.retain(|_, it| {
            let is_idle = it.running == 0 && it.in_line == 0 && it.aside.is_empty();
            !is_idle || !it.pace.is_over(now)
        });
        self.busy = self.accounts.len();
    }
}
