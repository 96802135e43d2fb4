//! nanotron: the `dataset` of a data stage.
//!
//! In: a mixture. Out: YAML with `dataset_folder` and `dataset_weights`, which belong together by
//! their order; and back, also from a whole configuration with one such pair.

use super::found::{Found, Key, Reading};
use super::mix::Mix;
use super::quote::{comments, quoted};
use super::tree::Tree;

pub(super) fn write(mix: &Mix<'_>) -> String {
    let mut out = comments(mix.provenance) + "dataset_folder:\n";
    for spot in mix.spots() {
        out += &format!("  - {}\n", quoted(spot.path));
    }
    out += "dataset_weights:\n";
    for spot in mix.spots() {
        out += &format!("  - {}\n", spot.weight);
    }
    out
}

pub(super) fn read(tree: &Tree) -> Reading {
    let [folders, weights] = ["dataset_folder", "dataset_weights"].map(|key| tree.all(key));
    match (&folders[..], &weights[..]) {
        ([folders], [weights]) => Some(pairs(folders.list()?, weights.list()?)),
        ([_, _, ..], [_, ..]) => {
            Some(Err("there are several data stages; give a file with one".into()))
        }
        _ => None,
    }
}

fn pairs(folders: &[Tree], weights: &[Tree]) -> Result<Found, String> {
    if folders.len() != weights.len() {
        return Err(format!("there are {} folders and {} weights", folders.len(), weights.len()));
    }
    let mut found = Found::relative();
    for (folder, weight) in folders.iter().zip(weights) {
        let folder = folder.text().ok_or("a folder is not a text")?;
        let number = weight.number();
        let weight = number.ok_or_else(|| format!("the weight of `{folder}` is no number"))?;
        found.add(Key::path(folder), weight);
    }
    Ok(found)
}
