//! LitData and LitGPT: a snippet for `CombinedStreamingDataset`.
//!
//! In: a mixture. Out: Python that begins with the mixture; and back. LitData refuses weights where
//! it iterates over all, which it does by default, so that the snippet says that it does not.

use super::found::{Found, Reading};
use super::mix::Mix;
use super::quote::{comments, quoted};
use super::snippet::{by_domain, listed, literal};
use super::tree::Tree;

const CODE: &str = r#"
dataset = CombinedStreamingDataset(
    datasets=[StreamingDataset(path) for path in MIXTURE["datasets"]],
    weights=MIXTURE["weights"],
    iterate_over_all=False,
)
"#;

pub(super) fn write(mix: &Mix<'_>) -> String {
    let mixture = literal(&[
        ("domains", listed(mix.spots().map(|spot| quoted(spot.domain)))),
        ("datasets", listed(mix.spots().map(|spot| quoted(spot.path)))),
        ("weights", listed(mix.spots().map(|spot| spot.weight.to_string()))),
    ]);
    let imports = "from litdata import CombinedStreamingDataset, StreamingDataset\n\n";
    comments(mix.provenance) + imports + &mixture + CODE
}

pub(super) fn read(tree: &Tree) -> Reading {
    let weights = tree.get("weights")?.list()?;
    Some(by_domain(tree, weights, Found::relative()))
}
