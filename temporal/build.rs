//! Hands the descriptors of Temporal's protocol, which its crate exports, to the compiler.

use std::env;

fn main() -> Result<(), env::VarError> {
    let path = env::var("DEP_TEMPORALIO_PROTOS_DESCRIPTOR_PATH")?;
    println!("cargo::rustc-env=TEMPORAL_DESCRIPTORS={path}");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
