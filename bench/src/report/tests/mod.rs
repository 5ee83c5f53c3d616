mod json;
mod plot;
mod quantity;
mod report;
mod sample;
mod table;
