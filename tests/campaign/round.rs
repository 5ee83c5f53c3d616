//! One store and its lives, from the first to the last look.

use std::{error::Error, fs, io, path::Path, time::Duration};

use sempre::{
    model::ContentKey,
    storage::{FileStorage, PayloadStorage as _},
};

use crate::{
    campaign::{
        fault::Fault,
        full::SmallDisk,
        line::{self, Reply},
        mutant::Mutant,
        patron::Patron,
        place::{Folder, Role, command},
        series::{Series, Tally, copy},
        strace::Watch,
        verdict::{
            Backups, Look, Marks, Past, Promises, Verdict, check_attempts, check_expired,
            check_payloads, check_runs, check_schedule, check_settings, check_store,
        },
        workload::last_content,
    },
    crash::life::{Asker, Doom, End, live},
};

/// After so many lives the store is looked at.
const LOOK_EVERY: u64 = 5;
/// Where a call is waited for, a life ends after so long if it does not come.
const WATCHED: Duration = Duration::from_millis(1_500);
/// The bits of how many bytes are left on a disk that is filled.
const ROOM_BITS: u64 = 23;
/// In one round of so many, closed runs are let go at the end.
const EXPIRE_EVERY: u64 = 4;
/// Lives in which that is cut short.
const EXPIRING: u64 = 3;

/// A round under way.
pub(super) struct Round<'p> {
    program: &'p Path,
    folder: Folder,
    fault: Fault,
    mutant: Option<Mutant>,
    patron: Patron,
    past: Past,
    backups: Backups,
    /// A file system that can be full, if there is one.
    disk: Option<SmallDisk>,
    /// What each life was, in words.
    pub(super) story: Vec<String>,
    pub(super) tally: Tally,
}

impl<'p> Round<'p> {
    /// A round in this folder, which is empty.
    pub(super) fn new(series: &'p Series, folder: &Path, seed: u64) -> Self {
        let fault = series.fault;
        let mut patron = Patron::new(seed);
        // Where the system allows it, every other round is on a disk that really gets full.
        let disk = (fault == Fault::Enospc && patron.draw(2) == 0)
            .then(|| SmallDisk::mount(&Folder::new(folder.to_owned()).disk()))
            .flatten();
        Self {
            program: &series.program,
            folder: Folder::new(folder.to_owned()),
            fault,
            mutant: series.mutant,
            patron,
            past: Past::default(),
            backups: Backups::default(),
            disk,
            story: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Kills so many children, and looks at what is left; `seed` decides what else is done.
    pub(super) fn run(&mut self, kills: u64, seed: u64) -> Verdict {
        for number in 1..=kills {
            self.live_some()?;
            if number % LOOK_EVERY == 0 {
                self.look(false)?;
            }
        }
        self.patron.close();
        self.live(Role::Live, None, Doom::WhenAllIsDone)?;
        self.look(true)?;
        if seed.is_multiple_of(EXPIRE_EVERY) {
            self.expire()?;
        }
        Ok(())
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.patron.draw(to - from))
    }

    /// One life of a kind that is drawn.
    fn live_some(&mut self) -> Verdict {
        let kind = self.patron.draw(16);
        let patron = &mut self.patron;
        match (kind, self.fault.errno()) {
            (0, _) => {
                let watch = Watch::kill(&mut |below| patron.draw(below));
                return self.compact(&watch);
            }
            (1..=8, Some(errno)) => return self.live_with_fault(errno),
            (1..=2, _) => {
                let after = self.millis(10, 150);
                self.live(Role::Live, None, Doom::AfterSpawn(after))?;
            }
            (3..=8, _) => {
                let after = self.millis(0, 400);
                self.live(Role::Live, None, Doom::AfterReady(after))?;
            }
            _ => {
                let watch = Watch::kill(&mut |below| patron.draw(below));
                self.live(Role::Live, Some(&watch), Doom::AfterReady(WATCHED))?;
            }
        }
        Ok(())
    }

    /// One life; gives back how it ended.
    fn live(
        &mut self,
        role: Role,
        watch: Option<&Watch>,
        doom: Doom,
    ) -> Result<End, Box<dyn Error>> {
        let watched = watch.map_or_else(String::new, Watch::to_string);
        self.story.push(format!("{role:?} {doom:?} {watched}"));
        let since = Marks::of(&self.folder, self.patron.in_force)?;
        let child = command(self.program, &self.folder, role, watch, self.mutant)?;
        let disk = self.disk.as_ref();
        let full = disk.filter(|_| role == Role::LiveTolerant);
        if let Some(disk) = full {
            // The less room there is, the more depends on where it ends.
            let bits = self.patron.draw(ROOM_BITS);
            disk.fill(self.patron.draw(1 << bits))?;
        }
        let end = live(child, &mut self.patron, doom);
        full.map(SmallDisk::make_room).transpose()?;
        let end = end?;
        if let Some(in_force) = self.patron.steady {
            check_settings(&self.folder, &since, in_force)?;
        }
        self.tally.lives += 1;
        self.tally.kills += u64::from(end == End::Killed);
        self.tally.at_calls += u64::from(watch.is_some() && end == End::Killed);
        Ok(end)
    }

    /// A life on a disk that refuses something at some moment: an engine whose store was refused
    /// something says that it can do nothing more.
    fn live_with_fault(&mut self, errno: &'static str) -> Verdict {
        let doom = Doom::AfterReady(WATCHED);
        if self.disk.is_some() {
            self.live(Role::LiveTolerant, None, doom)?;
            self.tally.faults += 1;
        } else {
            // Whatever was seen of another life is not about this one.
            let _none = fs::remove_file(self.folder.trace());
            let patron = &mut self.patron;
            let watch = Watch::fail(errno, &mut |below| patron.draw(below));
            self.live(Role::LiveTolerant, Some(&watch), doom)?;
            let was_hit = Watch::has_hit_the_store(&self.folder)?;
            self.tally.faults += u64::from(was_hit);
            if was_hit && self.patron.failure.is_none() {
                return Err("the store was refused something, and the engine goes on".into());
            }
        }
        self.tally.failed += u64::from(self.patron.failure.is_some());
        Ok(())
    }

    /// The store is compacted, and the process that does it killed.
    fn compact(&mut self, watch: &Watch) -> Verdict {
        if !self.patron.has_started {
            return Ok(());
        }
        self.story.push(format!("Compact {watch}"));
        let child = command(self.program, &self.folder, Role::Compact, Some(watch), None)?;
        let end = live(child, &mut Visitor::default(), Doom::WhenAllIsDone)?;
        self.tally.lives += 1;
        self.tally.kills += u64::from(end == End::Killed);
        self.tally.at_calls += u64::from(end == End::Killed);
        Ok(())
    }

    /// Looks at everything; at the end nothing is open, and nothing is left over.
    fn look(&mut self, is_end: bool) -> Verdict {
        if !self.patron.has_started {
            return Ok(());
        }
        check_store(&self.folder.store())?;
        let look = Look::at(&self.folder.store())?;
        self.past.check(&look)?;
        let said = &self.patron.said;
        let promises = Promises {
            said,
            later: said,
            when_asked: &self.patron.when_asked,
            when_done: &self.patron.when_done,
        };
        check_runs(&look, &promises)?;
        check_attempts(&look, &self.folder, said)?;
        check_schedule(&look, is_end)?;
        check_payloads(&look, &self.folder.payloads(), false)?;
        drop(look);
        let restored = self.backups.check(&self.folder, &self.patron)?;
        self.tally.backups = self.backups.count();
        if let (Some(restored), true) = (restored, is_end) {
            let child = command(self.program, &restored, Role::Live, None, None)?;
            live(child, &mut Visitor::default(), Doom::WhenAllIsDone)?;
            check_store(&restored.store())?;
        }
        if is_end {
            self.tally.asked = said.asked.len() as u64;
            self.patron.sweep();
            let last = last_content();
            let payloads = FileStorage::open(self.folder.payloads())?;
            payloads.put(&ContentKey::of(&last), &last)?;
            drop(payloads);
            self.live(Role::Live, None, Doom::WhenAllIsDone)?;
            let look = Look::at(&self.folder.store())?;
            check_payloads(&look, &self.folder.payloads(), true)?;
        }
        Ok(())
    }

    /// Keeps what is on a disk that is about to go, for whoever looks into what went wrong.
    pub(super) fn keep_disk(&self, to: &Path) -> io::Result<()> {
        match &self.disk {
            Some(_) => copy(&self.folder.disk(), to),
            None => Ok(()),
        }
    }

    /// Closed chits are let go, while processes are killed.
    fn expire(&mut self) -> Verdict {
        self.patron.expire();
        for _ in 0..EXPIRING {
            // Nothing goes in the first ten seconds, which are a third of one by this clock.
            let after = self.millis(300, 600);
            self.live(Role::Expire, None, Doom::AfterReady(after))?;
        }
        self.live(Role::Expire, None, Doom::WhenAllIsDone)?;
        check_store(&self.folder.store())?;
        let look = Look::at(&self.folder.store())?;
        check_expired(&look, &self.folder, &self.patron.said)
    }
}

/// Who comes by to see whether an engine starts, and has it stop again.
#[derive(Default)]
struct Visitor {
    has_seen: bool,
}

impl Asker for Visitor {
    fn begin_life(&mut self) {}

    fn handle_line(&mut self, line: &str) -> Result<Vec<String>, String> {
        self.has_seen |= matches!(line::read(line)?, Reply::Ready(_));
        Ok(Vec::new())
    }

    fn open(&self) -> Vec<String> {
        vec!["a visit".into()]
    }

    fn all_is_done(&self) -> bool {
        self.has_seen
    }
}
