//! Rounds of samples, each around a centre that the one before moved.
//!
//! In: what one round needs, and a prior. Out: the best mixtures of all rounds, and the best of the
//! rounds' means. (olmix, arXiv 2602.12237: its proposer by simulation.)

use super::pass::{Counts, Passes};
use super::source::Source;
use super::{Answer, Objective, Options, Region, Round, round};
use crate::error::Result;
use crate::plan::mix;

/// Strengths of the first round where none is given; those of round `r` are `r` times as large.
const STRENGTHS: [f64; 2] = [2.0, 200.0];

/// Runs all rounds. A round of which nothing is allowed leaves the centre where it is.
pub(super) fn rounds(
    objective: &Objective,
    region: &Region,
    passes: &mut Passes,
    options: Options,
    (around, prior): (&str, &[f64]),
) -> Result<Answer> {
    let mut centre = prior.to_vec();
    let mut all: Option<Round> = None;
    let strength = options.strength.unwrap_or(STRENGTHS);
    for number in 0..options.rounds {
        #[allow(clippy::cast_precision_loss, reason = "few rounds")]
        let narrower = strength.map(|strength| strength * (number + 1) as f64);
        let seed = mix(options.seed.wrapping_add(number as u64));
        let own = Options { strength: Some(narrower), seed, ..options };
        let source = Source::new(region, (around, &centre), &own);
        let one = match round(objective, &source, passes, &own) {
            Err(why) if all.is_none() || why.exit_code() != 2 => return Err(why),
            Err(_) => continue,
            Ok(one) => one,
        };
        if let Some(mean) = &one.averaged {
            let moved = centre.iter_mut().zip(&mean.of.mixture);
            moved.for_each(|(share, towards)| *share = 0.5 * (*share + towards));
        }
        all = Some(match all {
            None => one,
            Some(before) => before.with(one, options.top),
        });
    }
    let first =
        Source::new(region, (around, prior), &Options { strength: Some(strength), ..options });
    let answer = all.map(|all| all.answer(&first, options.top));
    let mut answer = answer.ok_or_else(super::not_finite)?;
    answer.method +=
        &format!("; {} rounds, each narrower around a centre that moves", options.rounds);
    Ok(answer)
}

impl Round {
    /// This round and a later one as one.
    fn with(mut self, later: Round, top: usize) -> Round {
        self.found.extend(later.found);
        self.found.sort_by(|a, b| a.value.total_cmp(&b.value));
        self.found.truncate(top);
        let better = |a: &super::Averaged, b: &super::Averaged| a.of.value <= b.of.value;
        let averaged = match (self.averaged, later.averaged) {
            (Some(a), Some(b)) => Some(if better(&a, &b) { a } else { b }),
            (a, b) => a.or(b),
        };
        let counts = Counts {
            allowed: self.counts.allowed + later.counts.allowed,
            drawn: self.counts.drawn + later.counts.drawn,
        };
        Round { found: self.found, averaged, counts }
    }
}
