//! Values that are too large for a record: kept in files beside the store, and deleted with the last
//! run that names them.
//!
//! `cargo run --example large_values`

use std::{
    convert::Infallible,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use sempre::{
    ActivityError, Engine, Workflow, WorkflowContext, activity, codec::Compression, handlers,
    model::limits, storage::FileStorage,
};

const MIB: usize = 1024 * 1024;

/// Gives back every sixteenth byte.
#[activity(start_to_close = "1m")]
async fn thumbnail(image: Vec<u8>) -> Vec<u8> {
    image.into_iter().step_by(16).collect()
}

/// Makes an image small. Nothing in here says where the image is.
#[derive(Workflow, Default)]
struct Scan;

#[handlers]
impl Scan {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        image: Vec<u8>,
    ) -> Result<Vec<u8>, ActivityError<Infallible>> {
        ctx.activity(thumbnail, image).await
    }
}

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (store, payloads) = (folder.path().join("store"), folder.path().join("payloads"));
    let image = image(3 * MIB);
    println!(
        "an image of {} MiB, where a record holds {} MiB",
        image.len() / MIB,
        limits::PAYLOAD_BYTES_MAX / MIB
    );

    // Without a place for it, such a value is refused, and nothing has been started.
    let engine = Engine::open(&store)
        .workflow::<Scan>()
        .activities(thumbnail);
    let engine = engine.start().await?;
    let scan = engine.workflow::<Scan>("scan-1");
    if let Err(error) = scan.start(image.clone()).await {
        println!("refused: {error}");
    }
    engine.shutdown().await;

    let engine = start(&store, &payloads).await?;
    for id in ["scan-1", "scan-2"] {
        let scan = engine.workflow::<Scan>(id).start(image.clone()).await?;
        println!("{id}: {} bytes are left", scan.result().await?.len());
    }
    let scan = engine.workflow::<Scan>("scan-1").describe().await?;
    println!(
        "the history of scan-1 has {} bytes",
        scan.history_size_bytes
    );
    engine.shutdown().await;
    // The two runs have the same values, and those are kept once.
    report("with two runs", &payloads)?;

    // The next process reads what the last one has put away.
    let engine = start(&store, &payloads).await?;
    let scan = engine.workflow::<Scan>("scan-1");
    println!("scan-1, again: {} bytes", scan.result().await?.len());
    scan.delete().await?;
    engine.shutdown().await;
    report("with one run", &payloads)?;

    let engine = start(&store, &payloads).await?;
    engine.workflow::<Scan>("scan-2").delete().await?;
    engine.shutdown().await;
    report("without a run", &payloads)?;
    Ok(())
}

async fn start(store: &Path, payloads: &Path) -> Result<Engine, Box<dyn Error>> {
    let engine = Engine::open(store)
        .workflow::<Scan>()
        .activities(thumbnail)
        // What is put away has gone through all codecs: it is compressed first.
        .codec(Compression::default())
        .payload_storage(FileStorage::open(payloads)?)
        // What is smaller stays in the record.
        .payload_threshold_bytes(64 * 1024);
    Ok(engine.start().await?)
}

/// Something that looks like an image: no two rows are the same, and it can be compressed somewhat.
fn image(bytes: usize) -> Vec<u8> {
    let pixel = |at: usize| (at / 512 * 31 + at % 512 / 8) % 256;
    (0..bytes)
        .map(|at| u8::try_from(pixel(at)).unwrap_or_default())
        .collect()
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
fn report(when: &str, payloads: &Path) -> io::Result<()> {
    let files = files(payloads)?;
    let mut bytes = 0;
    for file in &files {
        bytes += fs::metadata(file)?.len();
    }
    println!("{when}: files={} bytes={bytes}", files.len());
    Ok(())
}

/// The files with content: each is in a folder that is called as its key begins.
fn files(payloads: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in fs::read_dir(payloads)? {
        let folder = folder?.path();
        if folder.is_dir() {
            for file in fs::read_dir(folder)? {
                found.push(file?.path());
            }
        }
    }
    Ok(found)
}
