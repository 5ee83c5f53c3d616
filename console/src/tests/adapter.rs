//! The console inside the servers of others: under a path, with links that lead where they should.

use super::world::{Outcome, World};

#[cfg(feature = "axum")]
#[actix::test]
async fn axum_shows_it_under_a_path() -> Outcome {
    use axum::{Router, body::Body};
    use http::Request;
    use http_body_util::BodyExt as _;
    use tower_service::Service as _;

    let world = World::new().await?;
    let router = crate::adapter::axum::router("/ops/console", &world.console);
    let mut app: Router = Router::new().merge(router);
    let mut ask = async |request: Request<Body>| -> Outcome<(u16, String, String)> {
        let response = app.call(request).await?;
        let (head, body) = response.into_parts();
        let place = head
            .headers
            .get("location")
            .map(|it| it.to_str().unwrap().to_owned());
        let text = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
        Ok((head.status.as_u16(), place.unwrap_or_default(), text))
    };
    let get = |place: &str| Request::get(place).body(Body::empty());
    let (status, place, _) = ask(get("/ops/console")?).await?;
    assert_eq!((status, place.as_str()), (308, "console/"));
    let (status, _, page) = ask(get("/ops/console/")?).await?;
    assert_eq!(status, 200);
    assert!(page.contains("href=\"runs\""), "{page}");
    let (status, _, runs) = ask(get("/ops/console/runs?filter=WorkflowTyp")?).await?;
    assert_eq!(status, 400, "{runs}");
    let (status, _, json) = ask(get("/ops/console/api/health")?).await?;
    assert!(status == 200 && json.contains("is_healthy"), "{json}");
    let large = Request::post("/ops/console/act").body(Body::from(vec![0; 10 << 20]))?;
    assert_eq!(ask(large).await?.0, 413);
    world.engine.shutdown().await;
    Ok(())
}

#[cfg(feature = "actix-web")]
#[actix::test]
async fn actix_web_shows_it_under_a_path() -> Outcome {
    use actix_web::{
        App,
        http::header,
        test::{TestRequest, call_service, init_service, read_body},
    };

    let world = World::new().await?;
    let scope = crate::adapter::actix::scope("/ops/console", &world.console);
    let app = init_service(App::new().service(scope)).await;
    let get = async |place: &str| {
        let response = call_service(&app, TestRequest::get().uri(place).to_request()).await;
        let place = response.headers().get(header::LOCATION).cloned();
        let status = response.status().as_u16();
        let text = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        (status, place, text)
    };
    let (status, place, _) = get("/ops/console").await;
    assert_eq!((status, place.unwrap().to_str()?), (308, "console/"));
    let (status, _, page) = get("/ops/console/").await;
    assert!(status == 200 && page.contains("href=\"runs\""), "{page}");
    assert_eq!(get("/ops/console/runs?filter=WorkflowTyp").await.0, 400);
    assert_eq!(get("/ops/console/run?id=nobody").await.0, 404);
    let (status, _, json) = get("/ops/console/api/health").await;
    assert!(status == 200 && json.contains("is_healthy"), "{json}");
    let token = world.token("ada").await?;
    world.order("order-1", "4242").await?;
    let form = format!("action=terminate&id=order-1&csrf={token}");
    let form = TestRequest::post()
        .uri("/ops/console/act")
        .set_payload(form);
    let form = form.insert_header((header::CONTENT_TYPE, "application/x-www-form-urlencoded"));
    let sent = call_service(&app, form.to_request()).await;
    assert_eq!(sent.status().as_u16(), 303);
    let large = TestRequest::post()
        .uri("/ops/console/act")
        .set_payload(vec![0; 10 << 20]);
    assert_eq!(
        call_service(&app, large.to_request())
            .await
            .status()
            .as_u16(),
        413
    );
    world.engine.shutdown().await;
    Ok(())
}
