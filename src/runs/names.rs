//! Names that a mistyped name may have meant.
//!
//! In: a name that does not exist and those that do. Out: the closest few, for a message.

/// Longer names are compared by their beginnings, to bound the work.
const LONGEST: usize = 100;

/// The inputs of laws by convention, and what tables often call them.
const USUAL: [(&str, &[&str]); 3] = [
    (
        "N",
        &[
            "n",
            "model_size",
            "size",
            "params",
            "parameters",
            "n_params",
            "num_params",
            "n_parameters",
            "num_parameters",
            "param_count",
            "non_embedding_params",
        ],
    ),
    (
        "D",
        &[
            "d",
            "tokens",
            "n_tokens",
            "num_tokens",
            "train_tokens",
            "training_tokens",
            "tokens_seen",
            "token_count",
        ],
    ),
    ("s", &["step", "steps", "n_steps", "num_steps", "train_steps", "training_steps", "iteration"]),
];

/// The column that stands for a conventional input under another name; the likeliest first.
pub(super) fn same_meaning<'a>(
    wanted: &str,
    existing: impl Iterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let (_, others) = USUAL.iter().find(|(name, _)| *name == wanted)?;
    // A nested key of JSON or a path of a logger ends in the name proper.
    let proper = |name: &str| {
        let end = name.rsplit(['.', '/']).next().unwrap_or(name);
        end.to_lowercase().replace([' ', '-'], "_")
    };
    others.iter().find_map(|other| existing.clone().find(|name| proper(name) == *other))
}

/// A name as a formula writes it: in backticks if it has odd characters.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    if plain { name.to_string() } else { format!("`{name}`") }
}

/// Up to three existing names close to `wanted`, the closest first.
pub(super) fn nearest<'a>(wanted: &str, existing: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let folded = fold(wanted);
    let limit = (folded.len() / 3).max(2);
    let mut close: Vec<(usize, &str)> = existing
        .filter_map(|name| {
            let other = fold(name);
            let inside = folded.len() >= 3 && contains(&other, &folded);
            let distance = if inside { 1 } else { distance(&folded, &other) };
            (distance <= limit && distance < folded.len().max(other.len()))
                .then_some((distance, name))
        })
        .collect();
    close.sort_by_key(|&(distance, _)| distance);
    close.into_iter().take(3).map(|(_, name)| name).collect()
}

/// A hint for a message: `; did you mean `a` or `b`?`, or the first few names there are.
pub(crate) fn hint<'a>(wanted: &str, existing: impl Iterator<Item = &'a str> + Clone) -> String {
    let quoted = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let close = nearest(wanted, existing.clone());
    if !close.is_empty() {
        return format!("; did you mean {}?", quoted(&close).join(" or "));
    }
    let all = existing.clone().count();
    let first: Vec<&str> = existing.take(8).collect();
    let more = if all > first.len() { ", ..." } else { "" };
    if first.is_empty() {
        String::new()
    } else {
        format!("; there is {}{more}", quoted(&first).join(", "))
    }
}

fn fold(name: &str) -> Vec<char> {
    name.chars().flat_map(char::to_lowercase).take(LONGEST).collect()
}

fn contains(long: &[char], short: &[char]) -> bool {
    long.windows(short.len()).any(|window| window == short)
}

/// The least number of inserted, removed or replaced characters between two names.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_come_first() {
        let names = ["n_tokens", "model_size", "loss"];
        assert_eq!(nearest("tokens", names.into_iter()), ["n_tokens"]);
        assert_eq!(nearest("Model_Size", names.into_iter()), ["model_size"]);
        assert!(nearest("D", names.into_iter()).is_empty());
    }

    #[test]
    fn conventional_inputs_are_known_by_other_names() {
        let names = ["loss", "config.Model-Size", "tokens", "n_tokens"];
        assert_eq!(same_meaning("N", names.into_iter()), Some("config.Model-Size"));
        assert_eq!(same_meaning("D", names.into_iter()), Some("tokens"));
        assert_eq!(same_meaning("s", names.into_iter()), None);
        assert_eq!(same_meaning("Q", names.into_iter()), None);
        assert_eq!(quoted("config.Model-Size"), "`config.Model-Size`");
        assert_eq!(quoted("n_tokens"), "n_tokens");
        assert_eq!(quoted("6B"), "`6B`");
    }

    #[test]
    fn distance_counts_edits() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars(""), &chars("ab")), 2);
    }
}
