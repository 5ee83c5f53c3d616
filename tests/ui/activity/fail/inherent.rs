use sempre::activities;

struct Billing;

#[activities]
impl Clone for Billing {
    fn clone(&self) -> Self { Self }
}

fn main() {}
