mod callgrind;
mod case;
mod comparison;
