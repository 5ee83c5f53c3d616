//! What moved is pointed out, and what did not is not.

use expect_test::expect;

use crate::{
    baseline::Baseline,
    case::Case,
    comparison::{percent, text},
};

fn baseline() -> Baseline {
    Baseline {
        compiler: "rustc 1.95.0 x86_64".into(),
        instructions: [
            ("replay-1000".into(), 1_000_000),
            ("transition".into(), 50_000),
        ]
        .into(),
    }
}

#[test]
fn a_case_that_moved_is_marked_and_a_new_one_is_named() {
    let counts = [
        (Case::ReplayOfThousandEvents, 1_040_000),
        (Case::Transition, 60_000),
        (Case::RecordEncode, 9_000),
    ];
    expect![[r#"
        case              instructions      baseline     moved
        replay-1000            1040000       1000000    +4.0 %
        transition               60000         50000   +20.0 %  <<
        record-encode             9000             -       new
        Moved by more than 5 %: say why in the commit, and make it the new baseline with --bless."#]]
    .assert_eq(&text(&counts, &baseline(), "rustc 1.95.0 x86_64"));
}

#[test]
fn another_compiler_is_pointed_out() {
    let counts = [(Case::Transition, 50_000)];
    let text = text(&counts, &baseline(), "rustc 1.96.0 x86_64");
    assert!(text.contains("counted with rustc 1.95.0 x86_64, this with rustc 1.96.0 x86_64"));
    assert!(!text.contains("--bless"));
}

#[test]
fn a_change_is_a_share_of_what_was_before() {
    let texts = [(100, 105), (100, 90), (0, 5)].map(|(before, after)| percent(before, after));
    let texts = texts.map(|percent| format!("{percent:+.1}"));
    assert_eq!(texts, ["+5.0", "-10.0", "+0.0"]);
}
