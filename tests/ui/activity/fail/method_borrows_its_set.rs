use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    #[activity(start_to_close = "30s")]
    fn charge(&mut self) {}
    #[activity(start_to_close = "30s")]
    fn refund() {}
}

fn main() {}
