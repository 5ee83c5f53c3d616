mod chain;
mod plan;
mod scenario;
mod step;
