use sempre::activities;

#[activities]
impl [u8] {
    #[activity]
    fn charge(&self) {}
}

fn main() {}
