mod check;
mod evaluate;
mod sample;
mod server;
