struct Suite;

impl Suite {
    #[sempre::test]
    async fn broken(self) {}
}

fn main() {}
