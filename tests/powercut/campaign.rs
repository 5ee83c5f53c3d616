//! A campaign: many cuts of many recordings, each opened by a process of its own.

use std::{
    error::Error,
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use derive_more::{Debug, Display};
use tempfile::TempDir;

use crate::powercut::{
    cut::Cut,
    noise,
    record::{Recording, STORE},
};

/// What cuts to try, and how.
#[derive(Debug)]
pub struct Campaign<'r> {
    /// The program that is called with `check`.
    pub program: PathBuf,
    /// What is cut.
    pub recordings: &'r [Recording],
    /// One cut for each.
    pub seeds: Range<u64>,
    /// How many are tried at once.
    pub jobs: usize,
}

/// Who is told after each cut.
pub type Progress<'p> = &'p (dyn Fn(Option<&Failure>) + Sync);

/// A state of the disk that does not hold what was promised.
#[derive(Debug, Display)]
#[display("seed {seed}, {recording}, the power goes at line {at}: {what}\n  {story}")]
pub struct Failure {
    /// What the cut follows from, with the recording.
    pub seed: u64,
    /// The recording.
    pub recording: String,
    /// Where in its trace.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// What the disk had.
    pub story: String,
}

impl Campaign<'_> {
    /// Tries all cuts; returns those that failed.
    ///
    /// # Errors
    /// If states cannot be built here.
    pub fn run(&self, progress: Progress<'_>) -> Result<Vec<Failure>, Box<dyn Error>> {
        let next = AtomicU64::new(self.seeds.start);
        let failures = Mutex::new(Vec::new());
        let broken = Mutex::new(None);
        thread::scope(|scope| {
            for _ in 0..self.jobs {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= self.seeds.end {
                            return;
                        }
                        match self.try_cut(seed) {
                            Ok(failure) => {
                                progress(failure.as_ref());
                                let mut all =
                                    failures.lock().unwrap_or_else(PoisonError::into_inner);
                                all.extend(failure);
                            }
                            Err(error) => {
                                next.store(self.seeds.end, Ordering::Relaxed);
                                let mut broken =
                                    broken.lock().unwrap_or_else(PoisonError::into_inner);
                                *broken = Some(error.to_string());
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
        let mut failures = failures
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        failures.sort_by_key(|failure| failure.seed);
        Ok(failures)
    }

    fn try_cut(&self, seed: u64) -> Result<Option<Failure>, Box<dyn Error>> {
        let count = self.recordings.len() as u64;
        let recording = usize::try_from(noise::below(count, &[seed, 20]))?;
        let recording = self
            .recordings
            .get(recording)
            .ok_or("nothing is recorded")?;
        let cut = Cut::draw(seed, &recording.moments);
        let root = folder()?;
        let mut story = recording.disk.build(&cut, root.path())?;
        let claims = recording.claims(cut.at);
        let mut check = Command::new(&self.program);
        check.arg("check").arg(root.path().join(STORE));
        check.args(claims.iter().map(ToString::to_string));
        if noise::below(4, &[seed, 21]) == 0 {
            check.arg("--go-on");
        }
        let output = check.output()?;
        if output.status.success() {
            return Ok(None);
        }
        let claims: Vec<_> = claims.iter().map(ToString::to_string).collect();
        story.insert(0, format!("{cut} claims={}", claims.join(" ")));
        let said = String::from_utf8_lossy(&output.stderr);
        let said = if said.trim().is_empty() {
            output.status.to_string()
        } else {
            said.trim().to_owned()
        };
        Ok(Some(Failure {
            seed,
            recording: recording.name.clone(),
            at: cut.at,
            what: said,
            story: story.join("\n  "),
        }))
    }
}

/// A folder for one state, in memory where that can be had.
fn folder() -> std::io::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    TempDir::new_in(memory).or_else(|_| TempDir::new())
}
