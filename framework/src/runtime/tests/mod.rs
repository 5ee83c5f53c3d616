mod clock;
mod known_runs;
mod watchdog;
