use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    #[activity(start_to_close = "30s")]
    #[activity]
    fn charge(&self) {}
}

fn main() {}
