use sempre::handlers;

struct Order<T>(T);

#[handlers]
impl<T> Order<T> {}

#[handlers]
impl Order<u8> {}

fn main() {}
