mod watchdog;
