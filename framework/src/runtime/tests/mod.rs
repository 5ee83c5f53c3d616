mod clock;
mod watchdog;
