//! Hugging Face datasets: a snippet for `interleave_datasets`.
//!
//! In: a mixture and mean tokens of a document. Out: Python that begins with the mixture; and back.
//! Its probabilities are those of examples, so that shares of tokens are divided by the tokens of a
//! document; and by default it stops with the first dataset that ends, so that the strategy is named.

use super::Format;
use super::found::{Found, Reading};
use super::litdata::domains;
use super::mix::Mix;
use super::quote::{comments, quoted};
use super::snippet::{listed, literal};
use super::tree::Tree;
use crate::error::{Error, Result};

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

/// Shares of examples: those of tokens over the tokens of a document.
fn per_example(mix: &Mix<'_>) -> Result<Vec<(String, f64)>> {
    let Some(lengths) = &mix.options.tokens_per_document else {
        return Ok(mix.shares().map(|(domain, share)| (domain.to_string(), share)).collect());
    };
    let one = |(domain, share): (&str, f64)| {
        let length = lengths.of(domain).ok_or_else(|| {
            let cause = format!("--tokens-per-document has no number for `{domain}`");
            Error::usage(cause, "add one to the file")
        })?;
        Ok((domain.to_string(), share / length))
    };
    mix.shares().map(one).collect()
}

/// Reads the shares of tokens; probabilities alone do not say what they are.
pub(super) fn read(tree: &Tree) -> Reading {
    tree.get("probabilities")?;
    let shares = tree.get("shares").and_then(Tree::list);
    Some(shares.map_or_else(
        || Err("there are probabilities of examples but no shares of tokens".to_string()),
        |shares| domains(tree, shares, Found::shares()),
    ))
}
