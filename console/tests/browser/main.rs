//! Every page and every kind of action, in a real browser.
//!
//! Needs Node and a Chromium; `npm ci` in this folder brings Playwright and axe. Where one of them is
//! missing, the test says so and passes, unless `SEMPRE_BROWSER_REQUIRED` is set. With
//! `SEMPRE_SCREENSHOTS=<folder>` each page is kept as a picture.

mod shop;

use std::{env, path::Path, process::Command, sync::Arc};

use sempre::storage::MemoryStore;
use sempre_console::{Access, Console};
use shop::Outcome;

const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

fn find(program: &str) -> Option<String> {
    let found = Command::new("which").arg(program).output().ok()?;
    let path = String::from_utf8(found.stdout).ok()?;
    Some(path.trim().to_owned()).filter(|path| !path.is_empty())
}

/// The browser, or what is missing.
fn browser() -> Result<String, &'static str> {
    let browser = env::var("CHROMIUM").ok();
    let browser = browser.or_else(|| BROWSERS.iter().find_map(|name| find(name)));
    let browser = browser.ok_or("there is no Chromium; on Debian, apt-get install chromium")?;
    find("node").ok_or("there is no Node")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    if !folder.join("node_modules/playwright-core").is_dir() {
        return Err("Playwright is not installed; run npm ci in console/tests/browser");
    }
    Ok(browser)
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::print_stderr,
    reason = "who runs the test is told why it did nothing"
)]
async fn every_page_is_looked_at_in_a_browser() -> Outcome {
    let browser = match browser() {
        Ok(browser) => browser,
        Err(missing) if env::var_os("SEMPRE_BROWSER_REQUIRED").is_none() => {
            eprintln!("skipped: {missing}");
            return Ok(());
        }
        Err(missing) => return Err(missing.into()),
    };
    let engine = shop::engine(&Arc::new(MemoryStore::new())).await?;
    let left = Console::at_rest(&shop::at_rest().await?).title("tea shop");
    let console = Console::new(&engine).title("tea shop");
    let acting = console.clone().access(|_| Access::Act("ada".into()));
    let (acting, reading) = (acting.serve("127.0.0.1:0")?, console.serve("127.0.0.1:0")?);
    let resting = left.serve("127.0.0.1:0")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/look.mjs");
    let looked = Command::new("node")
        .arg(script)
        .args([browser, acting.url(), reading.url(), resting.url()])
        .arg(env::var("SEMPRE_SCREENSHOTS").unwrap_or_default())
        .status()?;
    assert!(looked.success(), "the browser has complaints");
    acting.stop().await;
    reading.stop().await;
    resting.stop().await;
    engine.shutdown().await;
    Ok(())
}
