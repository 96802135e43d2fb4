//! Published weights of known corpora.
//!
//! In: names of domains. Out: DoReMi's weights (Xie et al. 2023, arXiv 2305.10429; 120M reference,
//! round 1) as printed in BiMix, Tables 4 and 5 (arXiv 2405.14908v4), where the names are those of
//! The Pile or of SlimPajama.

/// The tables, to four digits.
const TABLES: [(&str, &str); 2] = [
    ("The Pile", include_str!("../../datasets/bimix-mixtures/pile.csv")),
    ("SlimPajama", include_str!("../../datasets/bimix-mixtures/slimpajama.csv")),
];

/// The corpus and the shares, if every name is a domain of one corpus; those of the domains that are
/// left are raised to sum to 1.
pub fn doremi(names: &[String]) -> Option<(&'static str, Vec<f64>)> {
    TABLES.iter().find_map(|(corpus, table)| {
        let weight = |name: &String| {
            let mut lines = table.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
            lines.find(|cells| plain(cells[0]) == plain(name))?.get(2)?.parse::<f64>().ok()
        };
        let weights = names.iter().map(weight).collect::<Option<Vec<f64>>>()?;
        (names.len() > 1).then(|| (*corpus, super::natural(&weights)))
    })
}

/// Letters and digits of the name, without what stands in brackets.
fn plain(name: &str) -> String {
    let name = name.split('(').next().unwrap_or_default();
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_written() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (corpus, weights) = doremi(&names(&["pile_cc", "dm_mathematics"])).expect("The Pile");
        assert_eq!(corpus, "The Pile");
        assert!((weights[0] - 0.1379 / 0.1398).abs() < 1e-12);
        let (corpus, weights) =
            doremi(&names(&["c4", "commoncrawl", "books", "arxiv"])).expect("SlimPajama");
        assert_eq!(corpus, "SlimPajama");
        assert!((weights[0] - 0.2864 / 0.9015).abs() < 1e-12);
        assert!(doremi(&names(&["c4", "my own"])).is_none());
    }
}
