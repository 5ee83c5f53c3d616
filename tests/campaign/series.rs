//! Many rounds, some at a time.

use std::{
    error::Error,
    fs, io,
    ops::AddAssign,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use derive_more::Display;

use crate::campaign::{fault::Fault, mutant::Mutant, round::Round};

/// Lives of a round that are cut short.
const KILLS_A_ROUND: u64 = 20;

/// Many rounds.
#[derive(Clone, Debug)]
pub struct Series {
    /// The program that is called as a child.
    pub program: PathBuf,
    /// Lives that are cut short, in all.
    pub kills: u64,
    /// The seed of the first round.
    pub from: u64,
    /// What the disk does.
    pub fault: Fault,
    /// What is wrong with the process on purpose.
    pub mutant: Option<Mutant>,
    /// Rounds at a time.
    pub jobs: usize,
    /// Where the folders of rounds are made.
    pub folder: PathBuf,
}

/// How much has happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Display)]
#[display(
    "lives={lives} killed={kills} at_calls={at_calls} refused_writes={faults} engines_failed={failed} \
     requests={asked} backups_restored={backups}"
)]
pub struct Tally {
    /// Lives.
    pub lives: u64,
    /// Those that ended in a kill.
    pub kills: u64,
    /// Those of them that ended at a system call.
    pub at_calls: u64,
    /// Those in which the disk refused something of the store.
    pub faults: u64,
    /// Those in which the engine said that it can do nothing more.
    pub failed: u64,
    /// Different things that were asked for.
    pub asked: u64,
    /// Backups that were restored and looked into.
    pub backups: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.lives += other.lives;
        self.kills += other.kills;
        self.at_calls += other.at_calls;
        self.faults += other.faults;
        self.failed += other.failed;
        self.asked += other.asked;
        self.backups += other.backups;
    }
}

/// A round in which something was not as it was promised.
#[derive(Debug, Display)]
#[display("seed {seed}, fault {fault}, in {}: {what}\n  {story}", folder.display())]
pub struct Failure {
    /// The seed of the round. It decides what is asked for and when a child is killed, and not what
    /// the machine does meanwhile.
    pub seed: u64,
    /// What the disk did.
    pub fault: Fault,
    /// Where everything lies as it was.
    pub folder: PathBuf,
    /// What is wrong.
    pub what: String,
    /// The lives.
    pub story: String,
}

/// Who is told after each round: how many kills it had, and what went wrong.
pub type Progress<'p> = &'p (dyn Fn(u64, Option<&Failure>) + Sync);

impl Series {
    /// Goes through all rounds; gives back how much has happened, and what went wrong.
    ///
    /// # Errors
    /// If folders cannot be made here.
    pub fn run(&self, progress: Progress<'_>) -> Result<(Tally, Vec<Failure>), Box<dyn Error>> {
        let rounds = self.kills.div_ceil(KILLS_A_ROUND);
        let next = AtomicU64::new(0);
        let all = Mutex::new((Tally::default(), Vec::new()));
        let broken = Mutex::new(None);
        thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| {
                    loop {
                        let round = next.fetch_add(1, Ordering::Relaxed);
                        if round >= rounds {
                            return;
                        }
                        let kills = KILLS_A_ROUND.min(self.kills - round * KILLS_A_ROUND);
                        match self.try_round(self.from + round, kills) {
                            Ok((tally, failure)) => {
                                progress(kills, failure.as_ref());
                                let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                                all.0 += tally;
                                all.1.extend(failure);
                            }
                            Err(error) => {
                                next.store(rounds, Ordering::Relaxed);
                                let mut broken =
                                    broken.lock().unwrap_or_else(PoisonError::into_inner);
                                *broken = Some(error);
                                return;
                            }
                        }
                    }
                });
            }
        });
        if let Some(error) = broken.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error.into());
        }
        let (tally, mut failures) = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        failures.sort_by_key(|failure| failure.seed);
        Ok((tally, failures))
    }

    /// The first round in which something goes wrong, if it is one of so many.
    ///
    /// # Errors
    /// If folders cannot be made here.
    pub fn first_failure(&self, rounds: u64) -> io::Result<Option<Failure>> {
        for seed in self.from..self.from + rounds {
            if let (_, Some(failure)) = self.try_round(seed, KILLS_A_ROUND)? {
                return Ok(Some(failure));
            }
        }
        Ok(None)
    }

    fn try_round(&self, seed: u64, kills: u64) -> io::Result<(Tally, Option<Failure>)> {
        let folder = self.folder.join(format!("round-{seed}-{}", self.fault));
        fs::create_dir_all(&folder)?;
        let folder = folder.canonicalize()?;
        let mut round = Round::new(self, &folder, seed);
        let outcome = round.run(kills, seed);
        let (tally, story) = (round.tally, round.story.join("\n  "));
        let Err(error) = outcome else {
            drop(round);
            fs::remove_dir_all(&folder)?;
            return Ok((tally, None));
        };
        round.keep_disk(&folder.join("kept"))?;
        let failure = Failure {
            seed,
            fault: self.fault,
            what: error.to_string(),
            story,
            folder,
        };
        Ok((tally, Some(failure)))
    }
}

/// Copies a folder with all that is in it.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
