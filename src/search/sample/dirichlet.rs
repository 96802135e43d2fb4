//! Mixtures from a Dirichlet distribution, by number.
//!
//! In: a concentration a domain, a seed, a number. Out: the mixture of that number, whoever asks:
//! the random numbers are a function of seed, number and domain.

use crate::plan::mix;

/// The `index`-th mixture, in place; domains without concentration have no share.
pub(crate) fn draw(concentration: &[f64], seed: u64, index: u64, mixture: &mut [f64]) {
    for (k, (share, shape)) in mixture.iter_mut().zip(concentration).enumerate() {
        *share = match *shape > 0.0 {
            true => log_gamma_variate(*shape, &mut Counter::new(seed, index, k as u64)),
            false => f64::NEG_INFINITY,
        };
    }
    // Small concentrations give variates far below the least f64: logarithms up to here.
    let most = mixture.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    mixture.iter_mut().for_each(|share| *share = (*share - most).exp());
    let sum: f64 = mixture.iter().sum();
    mixture.iter_mut().for_each(|share| *share /= sum);
}

/// Random numbers of a key (the SplitMix generator).
#[derive(Debug, Clone)]
pub(crate) struct Counter(u64);

impl Counter {
    pub(crate) fn new(seed: u64, index: u64, stream: u64) -> Counter {
        Counter(mix(seed ^ mix(index ^ mix(stream))))
    }

    pub(crate) fn next(&mut self) -> u64 {
        let bits = mix(self.0);
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits
    }

    /// In (0, 1).
    #[allow(clippy::cast_precision_loss, reason = "53 bits are left")]
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Below `count`, which is far below 2^32.
    #[allow(clippy::cast_possible_truncation, reason = "the quotient is below `count`")]
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (((self.next() >> 32) * count as u64) >> 32) as usize
    }

    /// Box and Muller 1958.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.unit().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// The logarithm of a Gamma variate of scale 1 (Marsaglia and Tsang 2000).
fn log_gamma_variate(shape: f64, random: &mut Counter) -> f64 {
    if shape < 1.0 {
        return log_gamma_variate(shape + 1.0, random) + random.unit().ln() / shape;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = random.normal();
        let (v, u) = ((1.0 + c * x).powi(3), random.unit());
        // The first comparison settles most cases without a logarithm.
        let near = || u < 1.0 - 0.0331 * x.powi(4);
        if v > 0.0 && (near() || u.ln() < 0.5 * x * x + d - d * v + d * v.ln()) {
            return (d * v).ln();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean a_k/a and variance a_k (a - a_k) / (a^2 (a + 1)), within five standard errors.
    #[test]
    fn means_and_variances_are_those_of_the_distribution() {
        let count = 40_000;
        for concentration in [[0.05, 0.2, 0.0, 0.75], [1.0, 3.0, 0.5, 20.0]] {
            let all: f64 = concentration.iter().sum();
            let mut sums = [[0.0; 2]; 4];
            let mut mixture = [0.0; 4];
            for index in 0..count {
                draw(&concentration, 3, index, &mut mixture);
                assert!((mixture.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                for (sum, x) in sums.iter_mut().zip(mixture) {
                    *sum = [sum[0] + x, sum[1] + x * x];
                }
            }
            for (sum, a) in sums.iter().zip(concentration) {
                let (mean, square) = (sum[0] / count as f64, sum[1] / count as f64);
                let variance = a * (all - a) / (all * all * (all + 1.0));
                let error = 5.0 * (variance / count as f64).sqrt();
                assert!((mean - a / all).abs() <= error, "{mean} {}", a / all);
                let found = square - mean * mean;
                assert!((found - variance).abs() <= 0.05 * variance, "{found} {variance}");
            }
        }
    }
}
