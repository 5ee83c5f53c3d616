mod desk;
mod times;
