//! Which runs pass.

use crate::visibility::{
    FieldValue, Filter,
    tests::sample::{Run, list, schema, text, time},
};

fn run() -> Run {
    Run::default()
        .and("WorkflowId", text("order-7"))
        .and("ExecutionStatus", FieldValue::Int(1))
        .and("StartTime", time("2026-01-31T12:00:00Z"))
        .and("CloseTime", time("2026-01-31T13:30:00Z"))
        .and(
            "ExecutionDuration",
            FieldValue::Int(90 * 60 * 1_000_000_000),
        )
        .and("CI", FieldValue::Int(7))
        .and("CD", FieldValue::Double(0.5))
        .and("CB", FieldValue::Bool(true))
        .and("CK", text("red"))
        .and("CT", text("The quick-brown Fox"))
        .and("CKL", list(&["x", "y"]))
}

#[test]
fn what_a_filter_says_of_a_run() {
    for (filter, passes) in [
        ("", true),
        ("CI = 7 and CK = 'red'", true),
        ("CI = 7 AND CK = 'blue' OR CB = true", true),
        ("CI = 7 AND (CK = 'blue' OR CB = false)", false),
        ("NOT CI = 8", true),
        ("NOT NOT CI = 8", false),
        ("NOT (CI = 7 AND CB = true)", false),
        ("CI = 7.0", true),
        ("CI > 6.5 AND CI < 7.5", true),
        ("CI = +7", true),
        ("CD >= 0.5 AND CD < 1", true),
        ("CB > false", true),
        ("CK > 'blue' AND CK < 'ree'", true),
        ("CK STARTS_WITH 'r'", true),
        ("CK NOT STARTS_WITH 'r'", false),
        ("CK IN ('blue', 'red')", true),
        ("CK NOT IN ('blue', 'red')", false),
        ("CI BETWEEN 7 AND 7", true),
        ("CI BETWEEN 8 AND 6", false),
        ("CI NOT BETWEEN 1 AND 6", true),
        ("`CI` <> 8 /* not eight */", true),
        ("CT = 'fox'", true),
        ("CT = 'slow QUICK'", true),
        ("CT = 'quick-brown'", true),
        ("CT = 'qui'", false),
        ("CT != 'fox'", false),
        ("CKL = 'x' AND CKL = 'y'", true),
        ("CKL IN ('z', 'y')", true),
        ("CKL NOT IN ('z', 'y')", false),
        ("ExecutionStatus = 'Running'", true),
        ("ExecutionStatus = 1", true),
        ("ExecutionStatus IN ('Failed', 'TimedOut')", false),
        ("StartTime = '2026-01-31T13:00:00+01:00'", true),
        ("StartTime > 0", true),
        (
            "StartTime BETWEEN '2026-01-31T00:00:00Z' AND '2026-02-01T00:00:00Z'",
            true,
        ),
        ("ExecutionDuration = '1h30m'", true),
        ("ExecutionDuration = '01:30:00'", true),
        ("ExecutionDuration > 5400000000000", false),
        ("WorkflowId = \"order-7\"", true),
        ("CK = 'it''s'", false),
    ] {
        let parsed = Filter::parse(filter, &schema()).expect(filter);
        assert_eq!(parsed.matches(&run()), passes, "{filter}");
    }
}

#[test]
fn quotes_are_doubled_or_follow_a_backslash() {
    let run = Run::default().and("CK", text("it's \"so\"\n"));
    for filter in [
        r#"CK = 'it''s "so"\n'"#,
        r#"CK = "it's ""so""\n""#,
        r#"CK = 'it\'s \"so\"\n'"#,
    ] {
        let parsed = Filter::parse(filter, &schema()).expect(filter);
        assert!(parsed.matches(&run), "{filter}");
    }
}

#[test]
fn f1_what_a_run_lacks_is_not_known() {
    let empty = Run::default();
    for (filter, passes) in [
        ("CK = 'red'", false),
        ("CK != 'red'", false),
        ("NOT CK = 'red'", false),
        ("CK NOT IN ('red')", false),
        ("CK NOT STARTS_WITH 'r'", false),
        ("CI NOT BETWEEN 1 AND 2", false),
        ("CK IS NULL", true),
        ("CK IS NOT NULL", false),
        ("CK = 'red' OR CK IS NULL", true),
        ("NOT (CK = 'red' AND CK IS NULL)", false),
        ("NOT (CK = 'red' AND CK IS NOT NULL)", true),
        ("CKL = 'x'", false),
        ("CKL != 'x'", true),
        ("CKL NOT IN ('x')", true),
        ("NOT CKL = 'x'", true),
        ("CT = 'fox'", false),
        ("CT != 'fox'", true),
    ] {
        let parsed = Filter::parse(filter, &schema()).expect(filter);
        assert_eq!(parsed.matches(&empty), passes, "{filter}");
    }
}
