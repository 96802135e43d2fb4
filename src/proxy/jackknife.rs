//! How sure an estimate is, from the estimates without one group of documents.
//!
//! In: the estimate, and one for each group that is left out. Out: a standard error and an interval.
//!
//! A bootstrap of documents would count every resample anew, and resamples repeat documents: they
//! have fewer distinct pairs than the sample, so that their entropies lie below it and the interval
//! beside it. Leaving out groups needs one set of counts and has no such shift (Shao and Wu 1989).

use serde::{Deserialize, Serialize};

use crate::fit::student;
use crate::plan::mix;

/// An estimate in nats and in bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// In nats.
    pub nats: f64,
    /// In bits.
    pub bits: f64,
    /// Standard error, nats.
    pub error: Option<f64>,
    /// Ends of the 95 % interval, nats.
    pub interval: Option<[f64; 2]>,
}

/// The group of a document: groups are of equal size, and which documents share one looks random.
pub(super) fn group(seed: u64, document: u64, groups: u32) -> u32 {
    let groups = u64::from(groups);
    // Within a round of as many documents as there are groups, each is in another one.
    let turn = mix(seed ^ mix(document / groups));
    u32::try_from((document + turn % groups) % groups).unwrap_or(0)
}

impl Estimate {
    /// `without`: the estimate without each of the groups, of which there must be two at least for
    /// an interval.
    pub(super) fn new(nats: f64, without: &[f64]) -> Estimate {
        let bits = nats / std::f64::consts::LN_2;
        let plain = Estimate { nats, bits, error: None, interval: None };
        if without.len() < 2 {
            return plain;
        }
        let count = without.len() as f64;
        let mean = without.iter().sum::<f64>() / count;
        let spread: f64 = without.iter().map(|x| (x - mean).powi(2)).sum();
        let error = ((count - 1.0) / count * spread).sqrt();
        let half = student(without.len() - 1) * error;
        // No entropy is below 0.
        let interval = Some([(nats - half).max(0.0), nats + half]);
        Estimate { error: Some(error), interval, ..plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_mean_it_is_the_usual_standard_error() {
        let values = [1.0, 4.0, 2.0, 8.0, 5.0];
        let sum: f64 = values.iter().sum();
        let without: Vec<f64> = values.iter().map(|x| (sum - x) / 4.0).collect();
        let estimate = Estimate::new(sum / 5.0, &without);
        let variance = values.iter().map(|x| (x - sum / 5.0).powi(2)).sum::<f64>() / 4.0;
        assert!((estimate.error.expect("five groups") - (variance / 5.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn groups_are_of_equal_size() {
        let mut sizes = [0; 7];
        (0..70).for_each(|document| sizes[group(3, document, 7) as usize] += 1);
        assert_eq!(sizes, [10; 7]);
        let first: Vec<u32> = (0..21).map(|document| group(3, document, 7)).collect();
        assert_ne!(first[..7], first[7..14]);
    }
}
