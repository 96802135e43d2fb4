//! Names that a mistyped name may have meant.
//!
//! In: a name that does not exist and those that do. Out: the closest few, for a message.

/// Longer names are compared by their beginnings, to bound the work.
const LONGEST: usize = 100;

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
pub(super) fn hint<'a>(wanted: &str, existing: impl Iterator<Item = &'a str> + Clone) -> String {
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
    fn distance_counts_edits() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars(""), &chars("ab")), 2);
    }
}
