use sempre::activities;

struct Billing;

#[activities(name = "billing")]
impl Billing {
    #[activity]
    fn charge(&self) {}
}

fn main() {}
