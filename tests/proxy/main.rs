//! `mixlaw proxy`: entropies of text against known values and a naive count, whatever the threads, the
//! memory and the interruptions; mixtures; bad text through the program.

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/formats.rs"]
mod list;

mod bad_text;
mod counts;
mod forms;
mod mixtures;
mod models;
mod oracles;
mod resume;

use std::path::Path;

use mixlaw::engine::Watch;
use mixlaw::error::Result;
use mixlaw::proxy::{
    Correction, Domain, Embedding, Means, Measured, Options, Pack, Tokens, domains, measure,
};

pub(crate) fn options(tokens: Tokens) -> Options {
    Options {
        tokens,
        sequence: 1024,
        pack: Pack::Domain,
        correction: Correction::None,
        groups: 20,
        bootstrap: 0,
        seed: 0,
        embedding: Embedding::Hashed(32),
        lines: true,
        field: "text".into(),
        longest: 1 << 20,
        memory: 64 << 20,
    }
}

/// A domain of one file with a document a line.
pub(crate) fn domain(folder: &Path, name: &str, documents: &[String]) -> Domain {
    let path = folder.join(format!("{name}.txt"));
    std::fs::write(&path, documents.join("\n")).expect("a file");
    let given = [format!("{name}={}", path.display())];
    domains(&given).unwrap_or_else(|error| panic!("{error}")).remove(0)
}

pub(crate) fn with(
    domains: &[Domain],
    options: &Options,
    checkpoint: Option<&Path>,
    watch: &Watch,
) -> Result<Vec<Measured>> {
    measure(domains, options, Means { watch, checkpoint, spill: None })
}

pub(crate) fn all(domains: &[Domain], options: &Options) -> Vec<Measured> {
    with(domains, options, None, &Watch::new()).unwrap_or_else(|error| panic!("{error}"))
}

/// Counts one domain.
pub(crate) fn one(documents: &[String], options: &Options) -> Measured {
    let folder = tempfile::tempdir().expect("a folder");
    all(&[domain(folder.path(), "d", documents)], options).remove(0)
}
