mod chain;
mod kept;
mod plan;
mod scenario;
mod step;
