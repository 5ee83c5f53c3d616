use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    #[activity(name = "refund", start_to_close = "30s")]
    fn charge(&self) {}
    #[activity(start_to_close = "30s")]
    fn refund(&self) {}
}

fn main() {}
