//! olmix's sampler for domains in two levels: sources, and topics within them (arXiv 2602.12237).
//!
//! In: which topics are of one source, a prior, strengths, temperatures and least shares of each
//! level. Out: the mixture of a number: Dirichlet shares of the sources, times Dirichlet shares of
//! the topics within each. Sources below their least share, and topics below theirs within the
//! source, become zero.

use super::regmix::STREAM;
use super::sampler::{Room, Sampler, Strengths, tempered};
use crate::plan::mix;
use crate::search::sample::dirichlet::{self, Counter};

/// How one level is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Strengths.
    pub strengths: Strengths,
    /// The power that the prior is raised to.
    pub temperature: f64,
    /// Shares below this become zero: of the mixture for sources, of its source for topics.
    pub minimum: f64,
}

/// What a user says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoLevel {
    /// The prior: a positive number a domain, of any scale.
    pub prior: Vec<f64>,
    /// The domains of each source.
    pub sources: Vec<Vec<usize>>,
    /// How the shares of the sources are drawn.
    pub source: Level,
    /// How the shares of topics within a source are drawn.
    pub topic: Level,
    /// Seed of all draws.
    pub seed: u64,
}

/// The domains of each source, in order of appearance: the part of a name before the separator.
pub fn sources(names: &[String], separator: &str) -> Vec<Vec<usize>> {
    let mut known: Vec<(&str, Vec<usize>)> = Vec::new();
    for (k, name) in names.iter().enumerate() {
        let source = name.split_once(separator).map_or(name.as_str(), |(source, _)| source);
        match known.iter_mut().find(|(other, _)| *other == source) {
            Some((_, domains)) => domains.push(k),
            None => known.push((source, vec![k])),
        }
    }
    known.into_iter().map(|(_, domains)| domains).collect()
}

impl TwoLevel {
    /// A sampler over the shares that are not fixed.
    pub fn sampler(&self, room: Room) -> Box<dyn Sampler> {
        // A domain whose share is fixed is no part of its source.
        let free = room.free(&self.prior);
        let open = |source: &Vec<usize>| -> Vec<usize> {
            source.iter().copied().filter(|&k| free[k] > 0.0).collect()
        };
        let sources: Vec<Vec<usize>> =
            self.sources.iter().map(open).filter(|source| !source.is_empty()).collect();
        let of = |source: &Vec<usize>| source.iter().map(|&k| self.prior[k]).collect::<Vec<f64>>();
        let totals: Vec<f64> = sources.iter().map(|source| of(source).iter().sum()).collect();
        Box::new(Draws {
            source: Drawn::new(&totals, self.source),
            topics: sources.iter().map(|source| Drawn::new(&of(source), self.topic)).collect(),
            sources,
            domains: self.prior.len(),
            seed: self.seed,
            room,
        })
    }
}

/// One Dirichlet distribution a strength.
#[derive(Debug)]
struct Drawn {
    concentrations: Vec<Vec<f64>>,
    minimum: f64,
}

impl Drawn {
    fn new(prior: &[f64], level: Level) -> Drawn {
        let centre = tempered(prior, level.temperature);
        let of = |strength: f64| centre.iter().map(|x| strength * x).collect();
        let concentrations = level.strengths.all().into_iter().map(of).collect();
        Drawn { concentrations, minimum: level.minimum }
    }

    /// Shares that sum to 1, or to less where small ones became zero.
    fn draw(&self, seed: u64, number: u64) -> Vec<f64> {
        let chosen = Counter::new(seed, number, STREAM).below(self.concentrations.len());
        let concentration = &self.concentrations[chosen];
        let mut shares = vec![0.0; concentration.len()];
        dirichlet::draw(concentration, seed, number, &mut shares);
        let small = |share: &mut f64| *share = if *share < self.minimum { 0.0 } else { *share };
        shares.iter_mut().for_each(small);
        shares
    }
}

#[derive(Debug)]
struct Draws {
    sources: Vec<Vec<usize>>,
    source: Drawn,
    topics: Vec<Drawn>,
    domains: usize,
    seed: u64,
    room: Room,
}

impl Sampler for Draws {
    fn draw(&self, number: u64) -> Option<Vec<f64>> {
        let mut mixture = vec![0.0; self.domains];
        let shares = self.source.draw(self.seed, number);
        for (place, (source, share)) in self.sources.iter().zip(shares).enumerate() {
            // Every source has random numbers of its own.
            let seed = mix(self.seed ^ mix(place as u64 + 1));
            let topics = self.topics[place].draw(seed, number);
            let whole: f64 = topics.iter().sum();
            for (&k, topic) in source.iter().zip(topics).filter(|_| whole > 0.0) {
                mixture[k] = share * topic / whole;
            }
        }
        self.room.fill(&mut mixture).then_some(mixture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_what_stands_before_the_separator() {
        let names = ["web/news", "code", "web/blogs", "books/new/a"].map(String::from);
        assert_eq!(sources(&names, "/"), [vec![0, 2], vec![1], vec![3]]);
        assert_eq!(sources(&names, ":").len(), 4);
    }
}
