//! What can be said on the command line beyond what `sempre-bench` understands.

use std::path::PathBuf;

use clap::Parser;
use sempre_bench::command_line::Options;

/// The size at which peers are measured unless another one is asked for; larger ones take them
/// many minutes.
const USUAL_SIZE: u64 = 1_000;

/// Measures Sempre beside other systems, by the scenarios of `sempre-bench`.
///
/// The peers do `step`, `throughput`, `fan-out` and `timers`; everything is measured at the size
/// 1,000 unless `--size` or `--full` is given.
#[derive(Clone, PartialEq, Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
pub(crate) struct PeerOptions {
    #[command(flatten)]
    pub(crate) bench: Options,

    /// With how many dispatchers duroxide is measured, for orchestrations and for activities each
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "2,8,32"
    )]
    pub(crate) duroxide_concurrency: Vec<usize>,

    /// The program `restate-server`; without it Restate is left out
    #[arg(long, value_name = "PATH")]
    pub(crate) restate_server: Option<PathBuf>,
}

impl PeerOptions {
    /// The same with the size at which peers are measured, if none is asked for.
    pub(crate) fn adjusted(mut self) -> Self {
        if self.bench.size.is_empty() && !self.bench.full {
            self.bench.size.push(USUAL_SIZE);
        }
        self
    }
}
