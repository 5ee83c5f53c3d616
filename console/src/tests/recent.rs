//! How the latest runs of each type have ended.

use super::world::{Outcome, World};

#[actix::test]
async fn the_types_are_shown_with_how_their_latest_runs_have_ended() -> Outcome {
    let world = World::new().await?;
    for number in 0..3 {
        let doomed = world.engine.execution(format!("doomed-{number}"));
        let doomed = doomed.start("Doomed", &()).await?;
        assert!(doomed.result::<()>().await.is_err());
    }
    let nap = world.engine.execution("nap").start("Nap", &()).await?;
    nap.terminate("a test").await?;
    let types = world.get("api/types").await?.expect(200).json();
    let of = |name: &str| {
        let all = types["workflows"].as_array().cloned().unwrap_or_default();
        let found = all.into_iter().find(|it| it["workflow_type"] == name);
        found.map(|it| it["recent"].clone()).unwrap_or_default()
    };
    let doomed = of("Doomed");
    assert_eq!(
        (doomed["runs"].as_u64(), doomed["failed"].as_u64()),
        (Some(3), Some(3))
    );
    let (p50, p99) = (doomed["p50"].as_f64(), doomed["p99"].as_f64());
    assert!(p50.is_some() && p50 <= p99, "{doomed}");
    // Whoever is terminated has not failed; of a type without closed runs nothing is known.
    assert_eq!(
        (of("Nap")["runs"].as_u64(), of("Nap")["failed"].as_u64()),
        (Some(1), Some(0))
    );
    assert!(of("Order").is_null(), "{types}");
    let page = world.get("types").await?.expect(200);
    let page = page
        .says("p50")
        .says("100.0 %")
        .says("3 of 3 runs")
        .says("0.0 %");
    page.says("<td class=\"num\">–</td>");
    world.engine.shutdown().await;
    Ok(())
}
