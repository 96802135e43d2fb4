//! Python files that begin with their mixture as a literal.
//!
//! In: named values that are JSON and Python alike. Out: `MIXTURE = {...}`; and back.

use super::found::{Found, Key};
use super::tree::Tree;

const NAME: &str = "MIXTURE = ";

/// The literal, a line a value.
pub(super) fn literal(values: &[(&str, String)]) -> String {
    let lines: Vec<String> =
        values.iter().map(|(key, value)| format!("    \"{key}\": {value}")).collect();
    format!("{NAME}{{\n{}\n}}\n", lines.join(",\n"))
}

/// A list of values that are written already.
pub(super) fn listed(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// The literal of a file, where it has one at the beginning of a line.
pub(super) fn parse(text: &str) -> Option<Result<Tree, String>> {
    let line = format!("\n{NAME}");
    let start = if text.starts_with(NAME) { 0 } else { text.find(&line)? + 1 };
    // What follows the literal is Python, and not ours to read.
    let mut values = serde_json::Deserializer::from_str(&text[start + NAME.len()..]).into_iter();
    let first = values.next()?;
    Some(first.map_err(|error| format!("cannot read the literal of `MIXTURE`: {error}")))
}

/// The values of a list, by the domains beside it.
pub(super) fn by_domain(tree: &Tree, values: &[Tree], mut found: Found) -> Result<Found, String> {
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
