mod child;
mod command_line;
mod disk;
mod measurement;
