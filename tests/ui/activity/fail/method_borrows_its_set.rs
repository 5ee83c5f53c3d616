use sempre::activities;

struct Billing;

#[activities]
impl Billing {
    #[activity]
    fn charge(&mut self) {}
    #[activity]
    fn refund() {}
}

fn main() {}
