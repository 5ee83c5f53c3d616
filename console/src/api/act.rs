//! Requests to change something: who may, and whether the request is theirs.

use http::{HeaderMap, StatusCode, header};
use sempre::model::Identity;
use serde_json::{Value, json};

use crate::{
    Console,
    action::{ActionKind, ActionOutcome, read_form_input},
    audit,
    console::Asked,
    fields::Fields,
    problem::Problem,
    reply::{self, Reply},
    route::Act,
    view,
    visit::Visit,
};

/// The header that carries the token of a JSON request.
const TOKEN_HEADER: &str = "x-csrf-token";

/// Does what a request asks for, if it may.
pub(crate) async fn act(
    act: Act,
    console: &Console,
    who: Option<Identity>,
    asked: &Asked,
) -> Result<Reply, Problem> {
    match act {
        Act::Form => {
            let fields = form(asked)?;
            let kind = fields.required("action")?;
            let kind = ActionKind::named(kind)
                .ok_or_else(|| Problem::bad_request(format!("there is no action {kind}")))?;
            let token = fields.text("csrf").map(str::to_owned);
            let visit = Visit::new(console, who, fields);
            let outcome = carry_out(kind, &visit, token.as_deref()).await?;
            Ok(answer_form(&visit, &outcome))
        }
        Act::Json(kind) => {
            expect_type(&asked.parts.headers, "application/json")?;
            let fields = Fields::of_json(&asked.body)?;
            let token = asked.parts.headers.get(TOKEN_HEADER);
            let token = token.and_then(|value| value.to_str().ok());
            let visit = Visit::new(console, who, fields);
            let outcome = carry_out(kind, &visit, token).await?;
            let answer = outcome.answer.unwrap_or(Value::Null);
            let answer = json!({ "done": outcome.said, "answer": answer });
            Ok(reply::json(StatusCode::OK, &answer))
        }
    }
}

fn answer_form(visit: &Visit, outcome: &ActionOutcome) -> Reply {
    match &outcome.answer {
        Some(answer) if outcome.is_asked_for => {
            let page = view::answer(visit, outcome, answer);
            reply::html(StatusCode::OK, page)
        }
        _ => reply::see_other(&outcome.next(visit)),
    }
}

async fn carry_out(
    kind: ActionKind,
    visit: &Visit,
    token: Option<&str>,
) -> Result<ActionOutcome, Problem> {
    if !kind.changes() {
        return kind.carry_out(visit).await;
    }
    let Some(who) = &visit.who else {
        return Err(Problem::forbidden("you may look at this but not change it"));
    };
    let csrf = &visit.console.shared.csrf;
    if !token.is_some_and(|token| csrf.check(who, token)) {
        return Err(Problem::forbidden(
            "the request does not come from a page that was shown to you, or the service has \
             restarted since; reload the page and try again",
        ));
    }
    audit::record(visit, kind, who).await?;
    let outcome = kind.carry_out(visit).await;
    audit::record_end(visit, kind, who, outcome.as_ref().err()).await;
    outcome
}

fn form(asked: &Asked) -> Result<Fields, Problem> {
    expect_type(&asked.parts.headers, "application/x-www-form-urlencoded")?;
    let mut fields = Fields::of_form(&asked.body);
    let input = fields.text("input").unwrap_or_default();
    let input = read_form_input(input)?;
    fields.set("input", input);
    Ok(fields)
}

fn expect_type(headers: &HeaderMap, expected: &str) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim();
    if given.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("the body must be {expected}"),
    ))
}
