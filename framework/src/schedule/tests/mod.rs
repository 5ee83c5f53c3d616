mod desk;
mod error;
mod times;
