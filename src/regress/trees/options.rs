//! The parameters of boosting, and the regressor that they make.
//!
//! In: [`Samples`] and a seed. Out: a [`Forest`].

use super::boost::{Course, Growth, boost, boost_watched};
use super::forest::Forest;
use crate::error::{Error, Place, Result};
use crate::plan::mix;
use crate::regress::{Fitted, Regressor, Samples};

/// Boosted trees for the squared error. The defaults are LightGBM's; [`Trees::regmix`] has RegMix's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trees {
    /// Trees at most (`num_iterations`).
    pub iterations: usize,
    /// What share of each tree is taken (`learning_rate`).
    pub learning_rate: f64,
    /// Leaves of a tree at most (`num_leaves`).
    pub leaves: usize,
    /// Runs of a leaf at least (`min_data_in_leaf`).
    pub min_data_in_leaf: usize,
    /// Sum of second derivatives of a leaf at least (`min_sum_hessian_in_leaf`); a run's is 1.
    pub min_sum_hessian: f64,
    /// Weight of the squared values of leaves (`lambda_l2`).
    pub lambda: f64,
    /// Bins of a feature at most (`max_bin`), 2 to 255.
    pub max_bin: usize,
    /// When to stop before the last iteration.
    pub stop: Stop,
}

/// When boosting ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stop {
    /// At the last iteration.
    AtTheEnd,
    /// A part of the mixtures is kept back, trees are counted until the mean absolute or squared
    /// error there has not improved for some rounds, and as many trees are then grown on all runs.
    KeptBack {
        /// The part, between 0 and 1.
        share: f64,
        /// Rounds without improvement (`early_stopping_round`).
        rounds: usize,
    },
}

impl Default for Trees {
    fn default() -> Trees {
        Trees {
            iterations: 100,
            learning_rate: 0.1,
            leaves: 31,
            min_data_in_leaf: 20,
            min_sum_hessian: 1e-3,
            lambda: 0.0,
            max_bin: 255,
            stop: Stop::AtTheEnd,
        }
    }
}

impl Trees {
    /// RegMix's recipe: 1000 small steps, stopped after 3 trees in vain on a fifth of the mixtures.
    /// (The paper stopped on the very runs that it then reported; see [`Trees::fit_with`].)
    pub fn regmix() -> Trees {
        let stop = Stop::KeptBack { share: 0.2, rounds: 3 };
        Trees { iterations: 1000, learning_rate: 0.01, stop, ..Trees::default() }
    }

    /// Learns from the samples.
    ///
    /// # Errors
    /// [`Error::Usage`] for parameters out of range, [`Error::Input`] for samples that are empty, not
    /// finite, or too few different mixtures to keep some back.
    pub fn train(&self, samples: &Samples, seed: u64) -> Result<Forest> {
        let course = self.course()?;
        usable(samples)?;
        let trees = match self.stop {
            Stop::AtTheEnd => boost(samples, &course),
            Stop::KeptBack { share, rounds } => {
                let [kept, back] = parted(samples, share, seed)?;
                let count = boost_watched(&kept, &back, rounds, &course).len();
                boost(samples, &Course { iterations: count, ..course })
            }
        };
        Ok(forest(samples, trees))
    }

    /// Learns from the samples until the mean absolute or squared error on `watched` has not improved
    /// for `rounds` trees, as `early_stopping_round` with these as validation data. What is then
    /// measured on `watched` flatters: it chose the number of trees.
    ///
    /// # Errors
    /// Those of [`Trees::train`], and [`Error::Input`] for `watched` of other domains.
    pub fn fit_with(&self, samples: &Samples, watched: &Samples, rounds: usize) -> Result<Forest> {
        let course = self.course()?;
        usable(samples)?;
        usable(watched)?;
        if watched.domains != samples.domains {
            let cause = format!(
                "the runs to watch have {} domains, those to learn from {}",
                watched.domains, samples.domains
            );
            return Err(Error::input(Place::default(), cause, "give both the same domains"));
        }
        Ok(forest(samples, boost_watched(samples, watched, rounds.max(1), &course)))
    }

    /// Whether the parameters make sense.
    ///
    /// # Errors
    /// [`Error::Usage`] that names one out of range.
    pub fn check(&self) -> Result<()> {
        self.course().map(|_| ())
    }

    fn course(&self) -> Result<Course> {
        let rate = self.learning_rate;
        let sums = [self.min_sum_hessian, self.lambda];
        let part = match self.stop {
            Stop::AtTheEnd => true,
            Stop::KeptBack { share, rounds } => share > 0.0 && share < 1.0 && rounds > 0,
        };
        let faults = [
            (self.iterations == 0, "num_iterations is 0", "ask for at least one tree"),
            (!(rate > 0.0 && rate.is_finite()), "learning_rate is not positive", "try 0.1"),
            (self.leaves < 2, "num_leaves is below 2", "try 31"),
            (self.min_data_in_leaf == 0, "min_data_in_leaf is 0", "try 20"),
            (!(2..=255).contains(&self.max_bin), "max_bin is not in 2..=255", "try 255"),
            (
                sums.iter().any(|x| !(*x >= 0.0 && x.is_finite())),
                "min_sum_hessian_in_leaf or lambda_l2 is negative",
                "try 0.001 and 0",
            ),
            (!part, "the part kept back is not between 0 and 1, or rounds are 0", "try 0.2 and 3"),
        ];
        if let Some((_, cause, remedy)) = faults.iter().find(|fault| fault.0) {
            return Err(Error::usage(*cause, *remedy));
        }
        let growth = Growth {
            leaves: self.leaves,
            min_rows: self.min_data_in_leaf,
            min_bend: self.min_sum_hessian,
            lambda: self.lambda,
        };
        Ok(Course { growth, iterations: self.iterations, rate, bins: self.max_bin })
    }
}

impl Regressor for Trees {
    fn name(&self) -> String {
        "trees".into()
    }

    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(self.train(samples, seed)?))
    }
}

/// Features get LightGBM's names for columns without any.
fn forest(samples: &Samples, trees: Vec<super::Tree>) -> Forest {
    Forest::new((0..samples.domains).map(|domain| format!("Column_{domain}")).collect(), trees)
}

/// Whether trees can learn from the samples.
fn usable(samples: &Samples) -> Result<()> {
    let fault = |cause: &str, remedy: &str| Err(Error::input(Place::default(), cause, remedy));
    if samples.is_empty() || samples.domains == 0 {
        return fault("there are no runs, or no domains, to grow trees on", "give some");
    }
    // Targets are learnt in single precision.
    let target = samples.target.iter().all(|y| y.abs() <= f64::from(f32::MAX));
    if !target || samples.mixtures.iter().any(|x| !x.is_finite()) {
        return fault("a share or a target is not a finite number", "leave those runs out");
    }
    Ok(())
}

/// The samples without a part of their mixtures, and that part. Runs of one mixture stay together.
fn parted(samples: &Samples, share: f64, seed: u64) -> Result<[Samples; 2]> {
    let bits = |&run: &usize| -> Vec<u64> {
        let row = &samples.mixtures[run * samples.domains..][..samples.domains];
        row.iter().map(|share| (share + 0.0).to_bits()).collect()
    };
    let mut runs: Vec<usize> = (0..samples.len()).collect();
    runs.sort_by_cached_key(bits);
    let mut mixtures: Vec<&[usize]> = runs.chunk_by(|a, b| bits(a) == bits(b)).collect();
    // In the order in which they were measured, then shuffled: not the order of their shares.
    mixtures.sort_by_key(|runs| runs[0]);
    let mut order: Vec<usize> = (0..mixtures.len()).collect();
    order.sort_by_key(|&mixture| mix(seed ^ mix(mixture as u64)));
    let back = (share * mixtures.len() as f64).round() as usize;
    if back == 0 || back == mixtures.len() {
        let cause = format!("of {} mixtures no part can be kept back", mixtures.len());
        return Err(Error::input(Place::default(), cause, "stop at a given number of trees"));
    }
    let part = |numbers: &[usize]| {
        let mut runs: Vec<usize> = numbers.iter().flat_map(|&n| mixtures[n]).copied().collect();
        runs.sort_unstable();
        samples.some(&runs)
    };
    Ok([part(&order[back..]), part(&order[..back])])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of one mixture are never on both sides, and all are on one.
    #[test]
    fn mixtures_are_kept_back_whole() {
        let mixtures: Vec<f64> = (0..60).flat_map(|run| [f64::from(run % 20), 1.0]).collect();
        let samples = Samples { domains: 2, mixtures, target: (0..60).map(f64::from).collect() };
        let [kept, back] = parted(&samples, 0.25, 7).expect("parts");
        assert_eq!((kept.len(), back.len()), (45, 15));
        let shares: Vec<f64> = back.rows().map(|row| row[0]).collect();
        assert!(kept.rows().all(|row| !shares.contains(&row[0])));
        let [_, other] = parted(&samples, 0.25, 8).expect("parts");
        assert_ne!(back, other, "another seed, another part");
    }
}
