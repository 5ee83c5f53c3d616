use sempre::activities;

struct Billing;

#[activities(name = "billing")]
impl Billing {
    #[activity(start_to_close = "30s")]
    fn charge(&self) {}
}

fn main() {}
