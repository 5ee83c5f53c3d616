use sempre::activities;

struct Billing<'a>(&'a str);

#[activities]
impl<'a> Billing<'a> {
    #[activity]
    fn charge(&self) {}
}

fn main() {}
