//! A cut: the moment at which the power goes, and what of the unsynced is on disk by then.
//!
//! Everything follows from a seed, so that a state can be built again.

use derive_more::Display;

use crate::powercut::noise;

/// The moment of a power cut, and what it leaves.
#[derive(Clone, Copy, Debug, Display)]
#[display("data={data} sizes={sizes} names={names}")]
pub(crate) struct Cut {
    seed: u64,
    /// The line of the trace before which the power goes.
    pub(crate) at: usize,
    data: Data,
    sizes: Sizes,
    names: Names,
}

/// Which unsynced writes are on disk.
#[derive(Clone, Copy, Debug, Display)]
enum Data {
    #[display("all")]
    All,
    #[display("none")]
    None,
    #[display("whole-writes")]
    WholeWrites,
    #[display("pages")]
    Pages,
    #[display("sectors")]
    Sectors,
    /// All but one.
    #[display("one-missing")]
    OneMissing,
    /// All but one, of which the beginning or the end is there.
    #[display("one-torn")]
    OneTorn,
    /// The latest, and nothing before.
    #[display("only-the-latest")]
    OnlyTheLatest,
}

/// Which unsynced sizes of files are on disk.
#[derive(Clone, Copy, Debug, Display)]
enum Sizes {
    #[display("latest")]
    Latest,
    #[display("synced")]
    Synced,
    #[display("any")]
    Any,
}

/// Which unsynced changes of names are on disk.
#[derive(Clone, Copy, Debug, Display)]
enum Names {
    #[display("all")]
    All,
    #[display("none")]
    None,
    #[display("first-ones")]
    FirstOnes,
    #[display("any")]
    Any,
}

/// What is asked about one unsynced write of a file.
#[derive(Clone, Copy)]
pub(crate) struct Unsynced {
    /// Its file.
    pub(crate) file: u64,
    /// Its place among all changes of the file.
    pub(crate) write: usize,
    /// Its place among those that are not synced, and how many those are.
    pub(crate) nth: usize,
    pub(crate) of: usize,
    /// The sector, and the sectors that the write begins and ends with.
    pub(crate) sector: u64,
    pub(crate) sectors: (u64, u64),
}

impl Cut {
    /// The cut that follows from a seed, at one of these moments.
    pub(crate) fn draw(seed: u64, moments: &[usize]) -> Self {
        let moment = noise::below(moments.len() as u64, &[seed, 1]);
        let moment = usize::try_from(moment).unwrap_or_default();
        Self {
            seed,
            at: moments.get(moment).copied().unwrap_or_default(),
            data: match noise::below(16, &[seed, 2]) {
                0 => Data::All,
                1 => Data::None,
                2..5 => Data::WholeWrites,
                5..7 => Data::Pages,
                7..10 => Data::Sectors,
                10..12 => Data::OneMissing,
                12..14 => Data::OneTorn,
                _ => Data::OnlyTheLatest,
            },
            sizes: match noise::below(4, &[seed, 3]) {
                0..2 => Sizes::Latest,
                2 => Sizes::Synced,
                _ => Sizes::Any,
            },
            names: match noise::below(4, &[seed, 4]) {
                0 => Names::All,
                1 => Names::None,
                2 => Names::FirstOnes,
                _ => Names::Any,
            },
        }
    }

    /// Whether an unsynced write has reached the disk in one of its sectors.
    pub(crate) fn keeps_sector(&self, write: Unsynced) -> bool {
        const SECTORS_OF_A_PAGE: u64 = 8;
        let Unsynced { file, sector, .. } = write;
        let seed = [self.seed, 5, file, write.write as u64];
        let chance = |parts: &[u64]| {
            let [seed, kind, file, write] = seed;
            let unit = noise::mix(parts);
            // Between few and nearly all.
            let percent = 5 + noise::below(90, &[seed, 6]);
            noise::below(100, &[seed, kind, file, write, unit]) < percent
        };
        let victim = noise::below(write.of as u64, &[self.seed, 7, file]) == write.nth as u64;
        match self.data {
            Data::None => false,
            Data::WholeWrites => chance(&[]),
            Data::Pages => chance(&[sector / SECTORS_OF_A_PAGE]),
            Data::Sectors => chance(&[sector]),
            Data::OneMissing => !victim,
            Data::OneTorn if victim => self.keeps_torn(write),
            Data::All | Data::OneTorn => true,
            Data::OnlyTheLatest => {
                let latest = 1 + noise::below(3, &[self.seed, 8]);
                write.nth as u64 + latest >= write.of as u64
            }
        }
    }

    /// Whether a sector of the torn write is on its side that is there.
    fn keeps_torn(&self, write: Unsynced) -> bool {
        let (first, last) = write.sectors;
        let tear = first + noise::below(last - first + 1, &[self.seed, 9]);
        let begins = noise::below(2, &[self.seed, 10]) == 0;
        (write.sector < tear) == begins
    }

    /// How many unsynced changes of a file's size are on disk, of so many.
    pub(crate) fn kept_sizes(&self, file: u64, of: usize) -> usize {
        match self.sizes {
            Sizes::Latest => of,
            Sizes::Synced => 0,
            Sizes::Any => below(of + 1, &[self.seed, 11, file]),
        }
    }

    /// Whether an unsynced change of names is on disk, the `nth` of so many.
    pub(crate) fn keeps_name(&self, nth: usize, of: usize) -> bool {
        match self.names {
            Names::All => true,
            Names::None => false,
            Names::FirstOnes => nth < below(of + 1, &[self.seed, 12]),
            Names::Any => noise::below(2, &[self.seed, 13, nth as u64]) == 0,
        }
    }
}

fn below(bound: usize, parts: &[u64]) -> usize {
    usize::try_from(noise::below(bound as u64, parts)).unwrap_or_default()
}
