//! LitData and LitGPT: a snippet for `CombinedStreamingDataset`.
//!
//! In: a mixture. Out: Python that begins with the mixture; and back. LitData ignores the weights
//! where it iterates over all, so that the snippet says that it does not.

use super::found::{Found, Key, Reading};
use super::mix::Mix;
use super::quote::{comments, quoted};
use super::snippet::{listed, literal};
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
    Some(domains(tree, weights, Found::relative()))
}

/// The values of a list, by the domains beside it.
pub(super) fn domains(tree: &Tree, values: &[Tree], mut found: Found) -> Result<Found, String> {
    let names = tree.get("domains").and_then(Tree::list).unwrap_or_default();
    if names.len() != values.len() {
        return Err(format!("there are {} domains and {} weights", names.len(), values.len()));
    }
    for (name, value) in names.iter().zip(values) {
        let name = name.text().ok_or("a domain is not a text")?;
        let value = value.number().ok_or_else(|| format!("the weight of `{name}` is no number"))?;
        found.add(Key::name(name), value);
    }
    Ok(found)
}
