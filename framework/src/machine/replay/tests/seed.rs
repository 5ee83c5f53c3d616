//! Golden values: a changed seed would change what every stored run drew.

use expect_test::expect;

use crate::{machine::replay::seed::random_seed, model::RunId};

#[test]
fn the_seed_of_a_run_id_never_changes() {
    let seeds: Vec<String> = [0, 1, 2, u128::MAX]
        .map(|bits| format!("{:016x}", random_seed(RunId::from_u128(bits))))
        .into();
    expect![[r#"
        68752350ae1d483f
        1af7b85a5eef58e4
        279694ba88b5c865
        be9bb22066375ef1"#]]
    .assert_eq(&seeds.join("\n"));
}
