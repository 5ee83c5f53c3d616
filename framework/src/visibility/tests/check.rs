//! What is refused, where, and with which words.

use crate::visibility::{
    Filter,
    parse::{BYTES_MAX, DEPTH_MAX},
    tests::sample::schema,
};

/// The column and the words of the error that a filter brings.
fn refusal(text: &str) -> (usize, String) {
    let error = Filter::parse(text, &schema()).expect_err(text);
    assert!(
        error
            .to_string()
            .ends_with(&format!("column={}", error.column()))
    );
    (error.column(), error.message().to_owned())
}

/// Filters that are refused, with the column and the words of the error.
const REFUSED: &[(&str, usize, &str)] = &[
    ("= 'x'", 1, "expected the name of a field, found '='"),
    (
        "WorkflowId",
        11,
        "expected an operator (=, !=, <, <=, >, >=, IN, BETWEEN, STARTS_WITH, IS NULL), found \
             the end",
    ),
    (
        "WorkflowId == 'a'",
        13,
        "expected a value ('text', a number, true or false), found '='",
    ),
    (
        "CI + 1 = 2",
        4,
        "expected an operator (=, !=, <, <=, >, >=, IN, BETWEEN, STARTS_WITH, IS NULL), found \
             '+'",
    ),
    (
        "CI = ",
        6,
        "expected a value ('text', a number, true or false), found the end",
    ),
    (
        "CI IN ()",
        8,
        "expected a value ('text', a number, true or false), found ')'",
    ),
    ("CI IN (1", 9, "expected ',' or ')', found the end"),
    ("CI IN 1", 7, "expected '(' and a list of values, found '1'"),
    (
        "CI BETWEEN 1",
        13,
        "expected AND and the upper bound, found the end",
    ),
    ("CI IS 1", 7, "expected NULL or NOT NULL, found '1'"),
    (
        "CK = 'x",
        8,
        "expected the quote at the end of the text, found the end",
    ),
    ("CI = 1 /* x", 11, "expected '*/', found 'x'"),
    ("(CI = 1", 8, "expected AND, OR or ')', found the end"),
    (
        "CI = 1)",
        7,
        "expected AND, OR, GROUP BY or the end, found ')'",
    ),
    (
        "CI = 1 AND",
        11,
        "expected the name of a field, found the end",
    ),
    (
        "CI = 1;",
        7,
        "expected AND, OR, GROUP BY or the end, found ';'",
    ),
    (
        "CI = 12x",
        6,
        "expected a value ('text', a number, true or false), found '1'",
    ),
    ("CK LIKE 'x%'", 4, "there is no LIKE: use STARTS_WITH"),
    (
        "CI = 1 LIMIT 2",
        8,
        "there is no LIMIT: the size of a page is set beside the filter",
    ),
    (
        "ORDER BY CI",
        1,
        "there is no ORDER BY: runs come newest first",
    ),
    ("GROUP BY", 9, "expected the name of a field, found the end"),
    (
        "GROUP BY CI",
        10,
        "counts are grouped by ExecutionStatus only",
    ),
    (
        "GROUP BY ExecutionStatus, CI",
        25,
        "counts are grouped by a single field",
    ),
    ("Nope = 1", 1, "there is no field Nope"),
    (
        "workflowid = 'a'",
        1,
        "there is no field workflowid, did you mean WorkflowId?",
    ),
    (
        "CI = CI",
        6,
        "expected a value, found a name: write 'CI' in quotes",
    ),
    (
        "CK = a-1",
        6,
        "expected a value, found a name: write 'a-1' in quotes",
    ),
    (
        "CI = NULL",
        6,
        "nothing equals NULL: write IS NULL or IS NOT NULL",
    ),
    ("CI = '1'", 6, "expected a whole number without quotes"),
    ("CB = 'true'", 6, "expected true or false without quotes"),
    ("CB = 1", 6, "expected true or false without quotes"),
    ("CK = 1", 6, "expected a text in quotes"),
    ("CD = '1'", 6, "expected a number without quotes"),
    (
        "CDT = true",
        7,
        "expected a time such as '2026-01-31T12:00:00Z'",
    ),
    (
        "CK = 'ä' AND CDT > '2026-01-31'",
        20,
        "'2026-01-31' is no time with a zone, expected a time such as \
             '2026-01-31T12:00:00Z'",
    ),
    (
        "ExecutionDuration > '1:75:00'",
        21,
        "'1:75:00' is no length of time, expected a length of time such as '1h30m' or \
             '01:30:00'",
    ),
    (
        "ExecutionStatus = 'running'",
        19,
        "there is no status 'running', only Running, Completed, Failed, Canceled, Terminated, \
             ContinuedAsNew, TimedOut, Paused",
    ),
    (
        "CT > 'a'",
        1,
        "CT is of type Text, which has no >, only =, != and IS NULL",
    ),
    (
        "CKL NOT BETWEEN 'a' AND 'b'",
        1,
        "CKL is of type KeywordList, which has no NOT BETWEEN, only =, !=, IN and IS NULL",
    ),
    (
        "StartTime STARTS_WITH 1",
        1,
        "StartTime is of type Datetime, which has no STARTS_WITH, only =, !=, <, <=, >, >=, \
             IN, BETWEEN and IS NULL",
    ),
];

#[test]
fn f2_an_error_names_its_column_and_what_would_be_right() {
    for (text, column, message) in REFUSED {
        assert_eq!(refusal(text), (*column, (*message).to_owned()), "{text}");
    }
}

#[test]
fn f3_length_and_depth_are_bounded() {
    let deep = |depth: usize| format!("{}CI = 1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&deep(DEPTH_MAX), &schema()).is_ok());
    let (column, message) = refusal(&deep(DEPTH_MAX + 1));
    assert_eq!(column, DEPTH_MAX + 2);
    assert_eq!(message, "there are too many parentheses within parentheses");

    let long = |bytes: usize| format!("CK = '{}'", "x".repeat(bytes - 7));
    assert!(Filter::parse(&long(BYTES_MAX), &schema()).is_ok());
    let (_, message) = refusal(&long(BYTES_MAX + 1));
    assert_eq!(message, "it is too long limit=16384 bytes=16385");

    let negated = format!("{}CI = 1", "NOT ".repeat(4_000));
    assert!(Filter::parse(&negated, &schema()).is_ok());
}

proptest::proptest! {
    #[test]
    fn f2_no_text_brings_anything_but_a_filter_or_an_error(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "CI", "CK", "`CT`", "=", "!=", "<", "1", "-2.5e3", "'a'", "\"b\"", "'", "(", ")",
                "AND", "or", "NOT", "IN", "BETWEEN", "IS", "NULL", "STARTS_WITH", ",", "GROUP BY",
                "ExecutionStatus", "/*", "*/", "ä", "\\", "true", "1e999", "99999999999999999999",
            ]),
            0..12,
        ),
    ) {
        let text = words.join(" ");
        if let Err(error) = Filter::parse(&text, &schema()) {
            assert!((1..=text.chars().count() + 1).contains(&error.column()));
            assert!(!error.message().is_empty());
        }
    }
}
