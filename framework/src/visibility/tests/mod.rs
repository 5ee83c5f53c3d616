mod check;
mod evaluate;
mod roster;
mod sample;
mod server;
