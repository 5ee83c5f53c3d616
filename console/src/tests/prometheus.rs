//! The endpoint for Prometheus, and the dashboard, which asks for what there is.

use std::collections::BTreeSet;

use metrics::{Label, Unit, with_local_recorder};
use sempre::metrics::{METRICS, MetricKind};
use serde_json::Value;

use super::world::{Outcome, World};
use crate::prometheus::{Prometheus, recorder_for_tests};

const DASHBOARD: &str = include_str!("../../grafana/sempre.json");

/// What Prometheus is told when everything has been measured once.
fn rendered() -> Outcome<String> {
    let recorder = recorder_for_tests()?;
    let handle = recorder.handle();
    with_local_recorder(&recorder, || {
        for metric in METRICS {
            let unit = match metric.unit {
                "s" => Unit::Seconds,
                "By" => Unit::Bytes,
                _ => Unit::Count,
            };
            let labels = metric.labels.iter().map(|name| Label::new(*name, "x"));
            let labels: Vec<_> = labels.collect();
            let name = metric.name;
            match metric.kind {
                MetricKind::Counter => {
                    metrics::describe_counter!(name, unit, metric.description);
                    metrics::counter!(name, labels).increment(1);
                }
                MetricKind::Gauge => {
                    metrics::describe_gauge!(name, unit, metric.description);
                    metrics::gauge!(name, labels).set(1.0);
                }
                MetricKind::Histogram => {
                    metrics::describe_histogram!(name, unit, metric.description);
                    metrics::histogram!(name, labels).record(1.0);
                }
            }
        }
    });
    Ok(Prometheus::of(handle).render())
}

/// The series that there are, by their names and the names of their labels.
fn series(rendered: &str) -> BTreeSet<(String, BTreeSet<String>)> {
    let lines = rendered.lines().filter(|line| line.starts_with("sempre_"));
    let series = lines.map(|line| {
        let (name, rest) = line.split_once(['{', ' ']).unwrap_or((line, ""));
        let (labels, _) = rest.split_once('}').unwrap_or(("", ""));
        let labels = labels.split(',').filter_map(|it| it.split_once('='));
        (
            name.to_owned(),
            labels.map(|(name, _)| name.to_owned()).collect(),
        )
    });
    series.collect()
}

fn expressions(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("expr").and_then(Value::as_str);
            own.into_iter()
                .chain(fields.values().flat_map(expressions))
                .collect()
        }
        Value::Array(values) => values.iter().flat_map(expressions).collect(),
        _ => Vec::new(),
    }
}

/// The words of an expression that begin like this.
fn words<'e>(expression: &'e str, begins: &str) -> Vec<&'e str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = expression.split(|letter| !is_part(letter));
    words.filter(|word| word.starts_with(begins)).collect()
}

#[test]
fn the_dashboard_asks_for_metrics_and_labels_that_there_are() -> Outcome {
    let rendered = rendered()?;
    let series = series(&rendered);
    let dashboard: Value = serde_json::from_str(DASHBOARD)?;
    let expressions = expressions(&dashboard);
    let mut asked = BTreeSet::new();
    for expression in &expressions {
        let names = words(expression, "sempre_");
        assert!(!names.is_empty(), "{expression}");
        for name in names {
            let known = series.iter().find(|(known, _)| known == name);
            let (_, labels) = known.ok_or_else(|| format!("no {name} in {rendered}"))?;
            asked.insert(name.to_owned());
            let groups = expression.match_indices("by (").filter_map(|(at, _)| {
                let (inside, _) = expression.get(at + 4..)?.split_once(')')?;
                Some(inside)
            });
            for label in groups.flat_map(|it| it.split(',')).map(str::trim) {
                assert!(
                    labels.contains(label),
                    "{name} has no {label}: {expression}"
                );
            }
        }
    }
    // Everything that is measured is on it.
    for metric in METRICS {
        let name = metric.name.replace('.', "_");
        let shown = asked.iter().any(|asked| asked.starts_with(&name));
        assert!(shown, "{} is not on the dashboard", metric.name);
    }
    Ok(())
}

#[test]
fn histograms_have_buckets() -> Outcome {
    let rendered = rendered()?;
    for metric in METRICS.iter().filter(|it| it.kind == MetricKind::Histogram) {
        let name = metric.name.replace('.', "_");
        let has_buckets = rendered
            .lines()
            .any(|line| line.starts_with(&name) && line.contains("_bucket{"));
        assert!(has_buckets, "{name} in {rendered}");
    }
    Ok(())
}

#[actix::test]
async fn numbers_are_shown_to_whoever_may_see_the_console() -> Outcome {
    let mut world = World::new().await?;
    let without = world.get("metrics").await?;
    without.expect(404).says("Console::metrics");
    let recorder = recorder_for_tests()?;
    let prometheus = Prometheus::of(recorder.handle());
    with_local_recorder(&recorder, || metrics::counter!("shop.sales").increment(3));
    world.console = world.console.clone().metrics(&prometheus);
    let shown = world.get("metrics").await?;
    let shown = shown.expect(200).says("shop_sales_total 3");
    let kind = shown.headers.get("content-type").ok_or("a type")?;
    assert!(kind.to_str()?.starts_with("text/plain; version=0.0.4"));
    world.get_as("grace", "metrics").await?.expect(200);
    world.get_as("nobody", "metrics").await?.expect(403);
    world.engine.shutdown().await;
    Ok(())
}
