use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    #[activity(crate = sempre)]
    fn charge(&self) {}
}

fn main() {}
