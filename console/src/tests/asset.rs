//! The files of the console, and what pages may load.

use http::header;

use super::world::{Outcome, World};
use crate::asset::ASSETS;

#[test]
fn the_files_are_small() {
    assert!(ASSETS.style.content.len() <= 20 * 1024, "the styles grow");
    assert!(ASSETS.script.content.len() <= 30 * 1024, "the script grows");
}

#[actix::test]
async fn files_are_kept_and_pages_are_not() -> Outcome {
    let world = World::new().await?;
    for asset in [&ASSETS.style, &ASSETS.script, &ASSETS.icon] {
        let file = world.get_as("nobody", &asset.name).await?.expect(200);
        assert_eq!(file.headers[header::CONTENT_TYPE], asset.content_type);
        let kept = file.headers[header::CACHE_CONTROL].to_str()?;
        assert!(kept.contains("immutable"), "{kept}");
    }
    let page = world.get("").await?.expect(200);
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str()?;
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    world.get("console-0123456789abcdef.css").await?.expect(404);
    world.engine.shutdown().await;
    Ok(())
}
