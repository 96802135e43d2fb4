//! Mixtures from entropies and from numbers of tokens.
//!
//! In: a number for each domain. Out: shares that sum to 1.

use serde::{Deserialize, Serialize};

/// How entropies become shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Normalise {
    /// exp(H) over the sum of these, as in the paper (Eq. 13)
    Softmax,
    /// H over the sum of these
    Share,
}

/// Shares from entropies in nats.
pub fn entropy_shares(entropies: &[f64], how: Normalise) -> Vec<f64> {
    match how {
        Normalise::Softmax => {
            // Only differences count; without the largest nothing overflows.
            let most = entropies.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let powers: Vec<f64> = entropies.iter().map(|x| (x - most).exp()).collect();
            over_sum(&powers)
        }
        // Where no domain has any entropy, none is better than another.
        Normalise::Share if entropies.iter().all(|x| *x == 0.0) => {
            natural(&vec![1.0; entropies.len()])
        }
        Normalise::Share => over_sum(entropies),
    }
}

fn over_sum(values: &[f64]) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    values.iter().map(|x| x / sum).collect()
}

/// Shares in proportion to the tokens.
pub fn natural(tokens: &[f64]) -> Vec<f64> {
    over_sum(tokens)
}

/// Shares in proportion to tokens^(1/T): natural at 1, towards uniform above (Conneau et al. 2020 use
/// the exponent itself).
pub fn temperature(tokens: &[f64], temperature: f64) -> Vec<f64> {
    let logs: Vec<f64> = tokens.iter().map(|x| x.ln() / temperature).collect();
    entropy_shares(&logs, Normalise::Softmax)
}

/// UniMax (Chung et al. 2023, arXiv 2304.09151): as uniform as can be in `budget` tokens with no
/// domain seen more than `epochs` times. With less text than the budget wants, all domains are
/// seen that often.
pub fn unimax(tokens: &[f64], budget: f64, epochs: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..tokens.len()).collect();
    order.sort_by(|a, b| tokens[*a].total_cmp(&tokens[*b]));
    let (mut left, mut given) = (budget, vec![0.0; tokens.len()]);
    for (place, &domain) in order.iter().enumerate() {
        let even = left / (tokens.len() - place) as f64;
        given[domain] = even.min(epochs * tokens[domain]);
        left -= given[domain];
    }
    over_sum(&given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_is_that_of_differences() {
        let shares = entropy_shares(&[1000.0, 1000.0 + 3_f64.ln()], Normalise::Softmax);
        assert!((shares[0] - 0.25).abs() < 1e-12);
        assert_eq!(entropy_shares(&[1.0, 3.0], Normalise::Share), [0.25, 0.75]);
        assert_eq!(entropy_shares(&[0.0, 0.0], Normalise::Share), [0.5, 0.5]);
    }

    #[test]
    fn unimax_fills_small_domains_and_shares_the_rest() {
        let given = unimax(&[1e9, 1e6, 1e10], 9e9, 4.0);
        let rest = (9e9 - 4e6) / 2.0;
        for (ours, known) in given.iter().zip([4e9, 4e6, 9e9 - 4e9 - 4e6]) {
            assert!((ours - known / 9e9).abs() < 1e-12, "{rest}");
        }
        let all = unimax(&[1.0, 3.0], 100.0, 2.0);
        assert_eq!(all, [0.25, 0.75]);
    }

    #[test]
    fn temperature_goes_from_natural_to_uniform() {
        let tokens = [1.0, 100.0];
        assert!((temperature(&tokens, 1.0)[0] - 1.0 / 101.0).abs() < 1e-12);
        assert!((temperature(&tokens, 2.0)[0] - 1.0 / 11.0).abs() < 1e-12);
        assert!((temperature(&tokens, 1e9)[0] - 0.5).abs() < 1e-6);
    }
}
