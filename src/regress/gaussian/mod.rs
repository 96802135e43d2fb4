//! Gaussian processes: a constant mean, squared-exponential correlations, and noise.
//!
//! In: samples. Out: a [`GaussianFit`] whose noise and lengths are the likeliest (Rasmussen and
//! Williams 2006, ch. 5), and whose mean is a sum of exponentials of squared distances.

mod ascent;
mod likelihood;

use rayon::prelude::*;

use super::terms::share;
use super::{Fitted, Regressor, Samples};
use crate::error::{Error, Place, Result};
use crate::law::graph::{Graph, Id, Unary};
use crate::plan::{self, mix};
use ascent::{Top, ascend};
use likelihood::{Posterior, correlation};

/// Time grows with the cube of the runs, memory with their square.
const MOST_RUNS: usize = 4096;

/// All starts climb on this many runs; the best goes on with all of them.
const RACED: usize = 128;

/// Steps of one ascent.
const STEPS: usize = 200;

/// Noise as a share of the variance: its bounds, and where starts lie.
const NOISE: [f64; 2] = [1e-9, 1e2];
const NOISE_STARTS: [f64; 2] = [1e-5, 1e-1];

/// Lengths in units of the mixtures' spread: their bounds, and where starts lie.
const LENGTH: [f64; 2] = [1e-2, 1e3];
const LENGTH_STARTS: [f64; 2] = [0.3, 10.0];

/// A regressor: a Gaussian process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gaussian {
    /// Whether every domain has a length of its own.
    pub lengths: bool,
    /// How many starts the likeliest noise and lengths are searched from.
    pub starts: usize,
}

impl Gaussian {
    /// One length for all domains.
    pub fn isotropic() -> Gaussian {
        Gaussian { lengths: false, starts: 8 }
    }

    /// A length a domain.
    pub fn with_lengths() -> Gaussian {
        Gaussian { lengths: true, starts: 8 }
    }

    /// Learns from samples; as [`Regressor::fit`], with the variance at hand.
    ///
    /// # Errors
    /// [`Error::Input`] for samples that cannot be learnt from: none, too many, or not finite.
    pub fn learn(&self, samples: &Samples, seed: u64) -> Result<GaussianFit> {
        samples.check()?;
        if samples.len() > MOST_RUNS {
            let cause = format!("{} runs are too many for a Gaussian process", samples.len());
            let remedy = format!("give at most {MOST_RUNS}, or take another regressor");
            return Err(Error::input(Place::default(), cause, remedy));
        }
        if samples.is_constant() {
            return Ok(GaussianFit::constant(samples));
        }
        self.search(samples, seed).ok_or_else(|| {
            let cause = "the correlations of the runs are singular at every start";
            Error::input(Place::default(), cause, "take another regressor for this target")
        })
    }

    fn search(&self, samples: &Samples, seed: u64) -> Option<GaussianFit> {
        let axes = Axes::new(samples, if self.lengths { samples.domains } else { 1 });
        let raced = samples.some(&drawn(samples.len(), seed));
        let race = |start| axes.climb(&raced, &axes.start(seed, start));
        let ends: Vec<Top> = (0..self.starts.max(1)).into_par_iter().filter_map(race).collect();
        // Of equal ends the earlier start's, so that threads do not matter.
        let first = |best: Top, end: Top| if end.value > best.value { end } else { best };
        let mut best = ends.into_iter().reduce(first)?;
        if raced.len() < samples.len() {
            best = axes.climb(samples, &best.point)?;
        }
        let posterior = Posterior::new(samples, &best.point)?;
        let slope = Some(best.steepest).filter(|_| !best.settled());
        Some(GaussianFit { samples: samples.clone(), posterior, slope })
    }
}

/// Numbers of the runs that starts are raced on.
fn drawn(runs: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..runs).collect();
    order.sort_by_key(|run| mix(seed ^ mix(*run as u64)));
    order.truncate(RACED);
    order.sort_unstable();
    order
}

/// What is searched: logarithms of the noise and of the lengths.
struct Axes {
    bounds: Vec<[f64; 2]>,
    starts: Vec<[f64; 2]>,
}

impl Axes {
    fn new(samples: &Samples, lengths: usize) -> Axes {
        let spread = spread(samples);
        let axes = |noise: [f64; 2], length: [f64; 2]| {
            let lengths = std::iter::repeat_n(length.map(|x| x * spread), lengths);
            std::iter::once(noise).chain(lengths).map(|range| range.map(f64::ln)).collect()
        };
        Axes { bounds: axes(NOISE, LENGTH), starts: axes(NOISE_STARTS, LENGTH_STARTS) }
    }

    fn start(&self, seed: u64, number: usize) -> Vec<f64> {
        let place = |(k, [low, high]): (usize, &[f64; 2])| {
            low + (high - low) * plan::share(seed, number, k)
        };
        self.starts.iter().enumerate().map(place).collect()
    }

    fn climb(&self, samples: &Samples, start: &[f64]) -> Option<Top> {
        let function = |point: &[f64]| {
            let posterior = Posterior::new(samples, point)?;
            let slopes = posterior.slopes(samples, point.len() - 1);
            Some((posterior.likelihood, slopes))
        };
        ascend(&function, start, &self.bounds, STEPS)
    }
}

/// Root of the mean squared distance of the mixtures from their mean; 1 where they are all equal.
fn spread(samples: &Samples) -> f64 {
    let (runs, domains) = (samples.len() as f64, samples.domains);
    let variance = |k: usize| {
        let column = || samples.mixtures.iter().skip(k).step_by(domains);
        let mean = column().sum::<f64>() / runs;
        column().map(|x| (x - mean).powi(2)).sum::<f64>() / runs
    };
    let spread = (0..domains).map(variance).sum::<f64>().sqrt();
    if spread > 1e-9 { spread } else { 1.0 }
}

impl Regressor for Gaussian {
    fn name(&self) -> String {
        if self.lengths { "gp-lengths".into() } else { "gp".into() }
    }

    fn fit(&self, samples: &Samples, seed: u64) -> Result<Box<dyn Fitted>> {
        Ok(Box::new(self.learn(samples, seed)?))
    }
}

/// A process given its samples.
#[derive(Debug, Clone)]
pub struct GaussianFit {
    samples: Samples,
    posterior: Posterior,
    /// The slope that was left where the search stopped, if it did not settle.
    slope: Option<f64>,
}

impl GaussianFit {
    /// What is learnt where all targets are the same: it is so everywhere, at any distance from one
    /// of the runs.
    fn constant(samples: &Samples) -> GaussianFit {
        let posterior = Posterior {
            likelihood: f64::INFINITY,
            mean: samples.target[0],
            variance: 0.0,
            weights: vec![0.0],
            certainty: 1.0,
            factor: vec![1.0],
            rates: vec![0.0; samples.domains],
            noise: 0.0,
        };
        GaussianFit { samples: samples.some(&[0]), posterior, slope: None }
    }

    /// Variance of what is predicted at each of the mixtures, which stand one after another; in the
    /// squared unit of the target, without the noise of a run.
    pub fn variance(&self, mixtures: &[f64], into: &mut [f64]) {
        let places = mixtures.par_chunks_exact(self.samples.domains).zip(into);
        places.for_each(|(mixture, value)| {
            *value = self.posterior.variance_at(&self.samples, mixture);
        });
    }

    /// Variance of a run's noise, in the squared unit of the target.
    pub fn noise(&self) -> f64 {
        self.posterior.noise * self.posterior.variance
    }

    /// The length of each domain, in units of a share; infinite where all targets are the same.
    pub fn lengths(&self) -> Vec<f64> {
        self.posterior.rates.iter().map(|rate| (0.5 / rate.abs()).sqrt()).collect()
    }

    fn mean_at(&self, mixture: &[f64]) -> f64 {
        let pairs = self.samples.rows().zip(&self.posterior.weights);
        pairs.fold(self.posterior.mean, |sum, (row, weight)| {
            sum + weight * correlation(mixture, row, &self.posterior.rates)
        })
    }
}

/// The logarithm of a correlation with a run as a node. Where all rates are one, the squared distance
/// stands for itself: all targets of the same runs then share it.
fn exponent(graph: &mut Graph, row: &[f64], rates: &[f64]) -> Id {
    let one = rates.iter().all(|rate| *rate == rates[0]).then_some(rates[0]);
    let mut sum = graph.number(0.0);
    for (k, (x, rate)) in row.iter().zip(rates).enumerate() {
        let (share, x) = (share(graph, k), graph.number(*x));
        let off = graph.sub(share, x);
        let square = graph.powi(off, 2);
        let rate = graph.number(one.map_or(*rate, |_| 1.0));
        let part = graph.mul(rate, square);
        sum = graph.add(sum, part);
    }
    match one {
        None => sum,
        Some(rate) => {
            let rate = graph.number(rate);
            graph.mul(rate, sum)
        }
    }
}

impl Fitted for GaussianFit {
    fn predict(&self, mixtures: &[f64], into: &mut [f64]) {
        let places = mixtures.par_chunks_exact(self.samples.domains).zip(into);
        places.for_each(|(mixture, value)| *value = self.mean_at(mixture));
    }

    fn formula(&self, graph: &mut Graph) -> Option<Id> {
        let mut sum = graph.number(self.posterior.mean);
        for (row, weight) in self.samples.rows().zip(&self.posterior.weights) {
            let exponent = exponent(graph, row, &self.posterior.rates);
            let correlation = graph.unary(Unary::Exp, exponent);
            let weight = graph.number(*weight);
            let part = graph.mul(weight, correlation);
            sum = graph.add(sum, part);
        }
        Some(sum)
    }

    fn notes(&self) -> Vec<String> {
        let told = |slope: f64| {
            format!(
                "the search for the likeliest noise and lengths stopped early: the log-likelihood \
                 still had a slope of {slope:.1e}"
            )
        };
        self.slope.map(told).into_iter().collect()
    }
}
