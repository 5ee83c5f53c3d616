mod plan;
mod step;
