mod child;
mod command_line;
mod conductor;
mod disk;
mod measurement;
