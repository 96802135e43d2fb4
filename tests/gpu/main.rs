//! The GPU engine: its shaders without a device, and everything else on whatever adapter is there.
//!
//! Software Vulkan (Mesa's llvmpipe) counts as an adapter. Without any, tests that need one say so
//! and pass; with MIXLAW_REQUIRE_GPU=1 they fail.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod cli;
mod faults;
mod forest;
mod lattice;
mod limits;
mod planted;
mod shaders;
mod twins;

use mixlaw::engine::gpu::{Adapter, Layer, adapters};

/// The adapter to test on: MIXLAW_TEST_ADAPTER is a part of its name; else the first one.
pub(crate) fn adapter() -> Option<Adapter> {
    let wanted = std::env::var("MIXLAW_TEST_ADAPTER").unwrap_or_default();
    let found = adapters().into_iter().find(|adapter| adapter.name().contains(&wanted));
    if found.is_none() {
        let required = std::env::var_os("MIXLAW_REQUIRE_GPU").is_some();
        assert!(!required, "MIXLAW_REQUIRE_GPU is set and there is no adapter");
        eprintln!("skipped: no GPU adapter");
    }
    found
}

pub(crate) fn open(adapter: &Adapter) -> Box<dyn Layer> {
    Box::new(adapter.open(None).unwrap_or_else(|error| panic!("{error}")))
}
