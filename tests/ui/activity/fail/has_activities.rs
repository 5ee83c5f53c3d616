use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    fn charge(&self) {}
}

fn main() {}
