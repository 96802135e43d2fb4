//! Hugging Face datasets: a snippet for `interleave_datasets`.
//!
//! In: a mixture and mean tokens of a document. Out: Python that begins with the mixture; and back.
//! Its probabilities are those of examples, so that shares of tokens are divided by the tokens of a
//! document; and by default it stops with the first dataset that ends, so that the strategy is named.

use super::Format;
use super::found::{Found, Reading};
use super::mix::Mix;
use super::quote::{comments, quoted};
use super::snippet::{by_domain, listed, literal};
use super::tree::Tree;
use crate::error::Result;

const CODE: &str = r#"
dataset = interleave_datasets(
    [load_dataset(path, split="train", streaming=True) for path in MIXTURE["datasets"]],
    probabilities=MIXTURE["probabilities"],
    seed=MIXTURE["seed"],
    stopping_strategy=MIXTURE["stopping_strategy"],
)
"#;

pub(super) fn write(mix: &mut Mix<'_>) -> Result<String> {
    let examples = Mix::new(&per_example(mix)?, Format::Hf, mix.options, &[])?;
    let mixture = literal(&[
        ("domains", listed(mix.spots().map(|spot| quoted(spot.domain)))),
        ("datasets", listed(mix.spots().map(|spot| quoted(spot.path)))),
        ("shares", listed(mix.spots().map(|spot| spot.weight.to_string()))),
        ("probabilities", listed(examples.spots().map(|spot| spot.weight.to_string()))),
        ("stopping_strategy", quoted("all_exhausted")),
        ("seed", mix.options.seed.to_string()),
    ]);
    let mut notes = mix.provenance.to_vec();
    notes.push("`shares` are of tokens, `probabilities` of examples".into());
    if mix.options.tokens_per_document.is_none() {
        notes.push(
            "The probabilities are not converted: documents are taken as equally long".into(),
        );
        mix.warn(
            "interleave_datasets draws examples, and the probabilities are shares of tokens: \
             give --tokens-per-document to convert them"
                .into(),
        );
    }
    let imports = "from datasets import interleave_datasets, load_dataset\n\n";
    Ok(comments(&notes) + imports + &mixture + CODE)
}

/// Shares of examples, of any scale: those of tokens over the tokens of a document.
fn per_example(mix: &Mix<'_>) -> Result<Vec<(String, f64)>> {
    let lengths = mix.options.tokens_per_document.as_ref();
    let length = |domain: &str| lengths.map_or(Ok(1.0), |lengths| lengths.of(domain));
    let one = |(domain, share): (&str, f64)| Ok((domain.to_string(), share / length(domain)?));
    mix.shares().map(one).collect()
}

/// Reads the shares of tokens; probabilities alone do not say what they are.
pub(super) fn read(tree: &Tree) -> Reading {
    tree.get("probabilities")?;
    let shares = tree.get("shares").and_then(Tree::list);
    Some(shares.map_or_else(
        || Err("there are probabilities of examples but no shares of tokens".to_string()),
        |shares| by_domain(tree, shares, Found::shares()),
    ))
}
