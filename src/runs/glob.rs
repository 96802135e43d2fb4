//! Patterns for column names: `*` is any text, `?` any one character.
//!
//! In: a pattern and a name. Out: whether it matches, and the text of the first star.

/// The text that the first `*` of `pattern` stands for in `name`, or the whole name where there is
/// no star; nothing if the name does not match. With several stars the first is as short as can be.
pub(crate) fn starred(pattern: &str, name: &str) -> Option<String> {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = name.chars().collect();
    let Some(star) = pattern.iter().position(|&c| c == '*') else {
        return matches(&pattern, &text).then(|| name.to_string());
    };
    if text.len() < star || !matches(&pattern[..star], &text[..star]) {
        return None;
    }
    let rest = &pattern[star + 1..];
    let end = (star..=text.len()).find(|&end| matches(rest, &text[end..]))?;
    Some(text[star..end].iter().collect())
}

/// True if the whole text matches. Going back only to the last star is enough, so the work is
/// bounded by the product of the lengths.
fn matches(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((star, from)) = retry else { return false };
                retry = Some((star, from + 1));
                p = star + 1;
                t = from + 1;
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_star_names_the_domain() {
        let domain = |pattern, name| starred(pattern, name);
        assert_eq!(domain("weight_*", "weight_arxiv").as_deref(), Some("arxiv"));
        let column = "metric/the_pile_pile_cc_val_loss";
        assert_eq!(domain("metric/the_pile_*_val_loss", column).as_deref(), Some("pile_cc"));
        assert_eq!(domain("*_loss", "a_loss_loss").as_deref(), Some("a_loss"));
        assert_eq!(domain("*_loss*", "a_loss_loss").as_deref(), Some("a"));
        assert_eq!(domain("r?", "r1").as_deref(), Some("r1"));
        assert_eq!(domain("loss", "loss").as_deref(), Some("loss"));
        assert_eq!(domain("é*", "éa").as_deref(), Some("a"));
        assert_eq!(domain("w_*", "w_").as_deref(), Some(""));
    }

    #[test]
    fn other_names_do_not_match() {
        for (pattern, name) in [("weight_*", "loss"), ("r?", "run"), ("*_loss", "loss"), ("", "a")]
        {
            assert_eq!(starred(pattern, name), None, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_do_not_take_for_ever() {
        let name = "a".repeat(2000);
        assert_eq!(starred(&format!("{}b", "*a".repeat(30)), &name), None);
    }
}
