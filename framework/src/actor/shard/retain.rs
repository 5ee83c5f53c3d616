//! Letting closed runs go whose time has passed: in the background, some at a time.
//!
//! [`expiry`](crate::actor::expiry) knows which run is due when, and this carries it out. A run is
//! deleted as by request, in a commit of its own, after it has been handed to the archive if there
//! is one. Runs that are due go in batches, one after the other and no faster than allowed, so that
//! what the shard does besides has its turn. Nothing of this is written down: a process that dies
//! begins anew with what the index says.

use std::time::Duration;

use actix::{AsyncContext as _, Context};
use futures::channel::oneshot;

use crate::{
    actor::{
        Refusal,
        message::ExecutionMail,
        port::NotArchived,
        shard::{Shard, ShardNote},
    },
    machine::execution::Problem,
    model::{ExecutionStatus, RunId, Timestamp, bulk::BULK_JOB_TYPE},
    storage::RunEntry,
};

/// Bound: runs that are deleted at a time.
const BATCH_MAX: usize = 32;
/// Bound: entries of the index that are looked at before other mail gets its turn.
const LOOK_MAX: usize = 128;
/// For how long nothing goes when an engine has started.
const GRACE: Duration = Duration::from_secs(10);
/// When a run is tried again that could not be deleted, or the index that could not be read.
const PAUSE: Duration = Duration::from_secs(60);
/// When a run is looked at again that a bulk job which goes on needs.
const JOB_PAUSE: Duration = Duration::from_secs(60 * 60);
/// For how long at most nothing is archived after the archive has failed.
const ARCHIVE_PAUSE_MAX: Duration = Duration::from_secs(60 * 60);
/// The bits by which such pauses grow at most.
const ARCHIVE_PAUSE_BITS_MAX: u32 = 6;

/// How a shard stands with letting runs go.
#[derive(Debug)]
pub(in crate::actor) struct Letting {
    /// When the alarm rings, if it is set.
    armed_for: Option<Timestamp>,
    /// How many runs are on their way out.
    going: usize,
    /// Before this time no further ones go.
    rests_until: Timestamp,
    /// How often in a row the archive has failed.
    archive_failures: u32,
}

impl Letting {
    /// Nothing goes before what earlier processes had to say to closed runs has been said again.
    pub(super) fn beginning(now: Timestamp) -> Self {
        Self {
            armed_for: None,
            going: 0,
            rests_until: now.after(GRACE),
            archive_failures: 0,
        }
    }

    /// Counts a failure of the archive, and says for how long it is left alone.
    fn archive_has_failed(&mut self) -> Duration {
        let bits = self.archive_failures.min(ARCHIVE_PAUSE_BITS_MAX);
        self.archive_failures = self.archive_failures.saturating_add(1);
        (PAUSE * (1 << bits)).min(ARCHIVE_PAUSE_MAX)
    }

    /// When further runs may go. A clock that was put back since makes nobody wait for it.
    fn rests_until(&self, now: Timestamp) -> Timestamp {
        self.rests_until.min(now.after(ARCHIVE_PAUSE_MAX))
    }
}

impl Shard {
    /// Sets the alarm for what is due next, unless it rings early enough already.
    pub(super) fn set_retention_alarm(&mut self, ctx: &Context<Self>) {
        let Some(next) = self.expiry.next_at() else {
            return;
        };
        let now = self.shared.read_clock();
        let at = next.max(self.letting.rests_until(now.wall));
        let is_set = self.letting.armed_for.is_some_and(|armed| armed <= at);
        if is_set || self.letting.going > 0 || self.is_stopping() {
            return;
        }
        if let Some(alarm) = self.retention_alarm.take() {
            alarm.abort();
        }
        self.letting.armed_for = Some(at);
        let remaining = at.since(now.wall);
        if remaining.is_zero() {
            // Bound: one note, until it has been taken.
            ctx.address().do_send(ShardNote::RetentionDue);
        } else {
            let alarm = self.note_at(now.after(remaining), ShardNote::RetentionDue, ctx);
            self.retention_alarm = Some(alarm);
        }
    }

    /// Lets some of the runs go that are due, and looks for more.
    pub(super) fn let_go(&mut self, ctx: &mut Context<Self>) {
        self.letting.armed_for = None;
        if self.letting.going > 0 || self.refusal().is_some() {
            return;
        }
        let now = self.shared.now();
        if now >= self.letting.rests_until(now) {
            self.look_for_closed(now);
            let due = self.expiry.take_due(now, BATCH_MAX);
            if !due.is_empty() {
                self.letting.rests_until = now.after(self.pace(due.len()));
            }
            for run_id in due {
                self.let_run_go(run_id, now, ctx);
            }
        }
        self.set_retention_alarm(ctx);
    }

    /// How long so many runs take at the pace that is allowed.
    fn pace(&self, runs: usize) -> Duration {
        let per_second = self.shared.services.retention.max_per_second.max(1);
        let runs = u32::try_from(runs).unwrap_or(u32::MAX);
        Duration::from_secs(1) * runs / per_second
    }

    fn look_for_closed(&mut self, now: Timestamp) {
        let Some(after) = self.expiry.look(now) else {
            return;
        };
        match self.shared.services.store.closed_runs(after, LOOK_MAX) {
            Ok(found) => {
                let is_all = found.len() < LOOK_MAX;
                let is_ours = &*self.shared.services.retention.is_ours;
                let is_ours = |entry: &RunEntry| is_ours(&entry.execution.workflow_id);
                self.expiry.take_in(&found, is_all, now, is_ours);
            }
            Err(error) => {
                tracing::warn!(%error, "closed executions cannot be looked through");
                self.expiry.look_later(now.after(PAUSE));
            }
        }
    }

    fn let_run_go(&mut self, run_id: RunId, now: Timestamp, ctx: &mut Context<Self>) {
        let entry = match self.entry(run_id) {
            Ok(Some(entry)) => entry,
            // Somebody has deleted it.
            Ok(None) => return,
            Err(_) => return self.expiry.put_back(run_id, now.after(PAUSE)),
        };
        match self.expiry.expires_at(&entry) {
            Some(at) if at <= now => {}
            Some(at) => return self.expiry.put_back(run_id, at),
            None => return,
        }
        if let Some(at) = self.kept_for_its_job(&entry, now) {
            return self.expiry.put_back(run_id, at);
        }
        self.letting.going += 1;
        let Some(archive) = self.shared.services.retention.archive.clone() else {
            return self.delete_expired(entry, ctx);
        };
        let (done, archived) = oneshot::channel();
        archive.archive(entry, done);
        let shard = ctx.address();
        actix::spawn(async move {
            let failure = match archived.await {
                Ok(outcome) => outcome.err(),
                Err(_) => Some(NotArchived::Refused(
                    "the archive has not answered".to_owned(),
                )),
            };
            // Bound: one note for each run of a batch.
            shard.do_send(ShardNote::Archived(run_id, failure));
        });
    }

    /// Until when at least a run is kept that holds a part of what a bulk job knows: as long as the job
    /// goes on, and then as long as its last run is.
    fn kept_for_its_job(&self, entry: &RunEntry, now: Timestamp) -> Option<Timestamp> {
        let is_part = entry.status == ExecutionStatus::ContinuedAsNew
            && entry.workflow_type.as_str() == BULK_JOB_TYPE;
        if !is_part {
            return None;
        }
        let store = &self.shared.services.store;
        let last = store.current_run(&entry.execution.workflow_id).ok()??;
        if last.status.is_open() {
            return Some(now.after(JOB_PAUSE));
        }
        self.expiry.expires_at(&last).filter(|at| *at > now)
    }

    /// Goes on with a run that has been archived, or could not be.
    pub(super) fn archived(
        &mut self,
        run_id: RunId,
        failure: Option<NotArchived>,
        ctx: &mut Context<Self>,
    ) {
        if self.refusal().is_some() {
            return self.one_less(ctx);
        }
        let entry = self.entry(run_id).ok().flatten();
        match (entry, failure) {
            (None, _) => self.one_less(ctx),
            (Some(entry), None) => {
                self.letting.archive_failures = 0;
                self.delete_expired(entry, ctx);
            }
            (Some(entry), Some(failure)) => self.keep_unarchived(&entry, failure, ctx),
        }
    }

    fn keep_unarchived(&mut self, entry: &RunEntry, failure: NotArchived, ctx: &mut Context<Self>) {
        let (now, execution) = (self.shared.now(), &entry.execution);
        let run_id = execution.run_id;
        let (failure, pause) = match failure {
            NotArchived::Refused(failure) => {
                let pause = self.letting.archive_has_failed();
                self.letting.rests_until = now.after(pause);
                (failure, pause)
            }
            // Others may be readable.
            NotArchived::Unreadable(failure) => (failure, ARCHIVE_PAUSE_MAX),
        };
        tracing::error!(
            %run_id,
            workflow_id = %execution.workflow_id,
            failure,
            retry_in = ?pause,
            "a closed execution cannot be archived, and is kept"
        );
        let problem = Problem::not_archived(failure);
        let troubles = &self.shared.services.troubles;
        troubles.add(execution, &entry.workflow_type, &problem, now);
        self.expiry.put_back(run_id, now.after(pause));
        self.one_less(ctx);
    }

    fn delete_expired(&mut self, entry: RunEntry, ctx: &mut Context<Self>) {
        let (done, deleted) = oneshot::channel();
        let (run_id, shard) = (entry.execution.run_id, ctx.address());
        actix::spawn(async move {
            let is_gone = matches!(deleted.await, Ok(Ok(()) | Err(Refusal::NotFound { .. })));
            // Bound: one note for each run of a batch.
            shard.do_send(ShardNote::LetGo(run_id, is_gone));
        });
        self.evict(run_id);
        self.deliver(run_id, ExecutionMail::Delete(entry.execution, done), ctx);
    }

    /// Takes note of what has become of a run that was to be deleted.
    pub(super) fn has_gone(&mut self, run_id: RunId, is_gone: bool, ctx: &Context<Self>) {
        if !is_gone {
            let at = self.shared.now().after(PAUSE);
            self.expiry.put_back(run_id, at);
        }
        self.one_less(ctx);
    }

    /// Goes on once all of a batch have gone.
    fn one_less(&mut self, ctx: &Context<Self>) {
        self.letting.going = self.letting.going.saturating_sub(1);
        self.set_retention_alarm(ctx);
    }
}
