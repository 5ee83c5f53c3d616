//! What is written, and what is compared.

use expect_test::expect;
use serde_json::{Value, json};

use crate::golden::normal::{compared, written};

fn history() -> Value {
    json!({"events": [
        {
            "eventTime": "2026-01-01T00:00:00Z",
            "links": [{"workflowEvent": {"requestIdRef": {"requestId": "abc"}}}],
            "identity": "me@host",
            "originalExecutionRunId": "run-a",
            "firstExecutionRunId": "run-b",
        },
        {
            "identity": "you@host",
            "requestId": "abc",
            "historySizeBytes": "198",
            "runId": "run-b",
            "workflowId": "w",
        },
        {"identity": "me@host", "requestId": "def"},
    ]})
}

#[test]
fn who_did_it_is_numbered_in_what_is_written_and_the_rest_is_kept() {
    expect![[r#"
        {
          "events": [
            {
              "eventTime": "2026-01-01T00:00:00Z",
              "firstExecutionRunId": "run-b",
              "identity": "identity-1",
              "links": [
                {
                  "workflowEvent": {
                    "requestIdRef": {
                      "requestId": "request-1"
                    }
                  }
                }
              ],
              "originalExecutionRunId": "run-a"
            },
            {
              "historySizeBytes": "198",
              "identity": "identity-2",
              "requestId": "request-1",
              "runId": "run-b",
              "workflowId": "w"
            },
            {
              "identity": "identity-1",
              "requestId": "request-2"
            }
          ]
        }
    "#]]
    .assert_eq(&format!("{:#}\n", written(history())));
}

#[test]
fn when_and_where_it_was_done_is_not_compared() {
    expect![[r#"
        [
          {
            "firstExecutionRunId": "run-1",
            "identity": "identity-1",
            "links": [
              {
                "workflowEvent": {
                  "requestIdRef": {
                    "requestId": "request-1"
                  }
                }
              }
            ],
            "originalExecutionRunId": "run-2"
          },
          {
            "identity": "identity-2",
            "requestId": "request-1",
            "runId": "run-1",
            "workflowId": "w"
          },
          {
            "identity": "identity-1",
            "requestId": "request-2"
          }
        ]
    "#]]
    .assert_eq(&format!("{:#}\n", Value::Array(compared(history()))));
}

/// A payload as it is compared.
fn opened(payload: &Value) -> Value {
    let history = json!({"events": [{"input": {"payloads": [payload]}}]});
    compared(history)[0]["input"]["payloads"][0].take()
}

#[test]
fn a_payload_of_json_is_compared_and_shown_as_json() {
    let payload =
        json!({"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "eyJ0byI6IlJvbWUifQ=="});
    assert_eq!(opened(&payload), json!({"json/plain": {"to": "Rome"}}));
}

#[test]
fn a_payload_of_which_something_would_be_lost_is_compared_as_it_is() {
    let payloads = [
        // `1.0e1`, which would be written as `10.0`.
        json!({"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MS4wZTE="}),
        json!({"metadata": {"encoding": "anNvbi9wbGFpbg==", "key": "MQ=="}, "data": "MQ=="}),
        json!({"metadata": {"encoding": "YmluYXJ5L3BsYWlu"}, "data": "MQ=="}),
        json!({"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "*"}),
    ];
    for payload in payloads {
        assert_eq!(opened(&payload), payload);
    }
}
