//! How far the best mixture moves from one resample of the runs to another, and what that costs.
//!
//! In: the refits of a sweep, and the question that the fit itself was asked, with its answer. Out: a
//! [`Spread`]: marginal intervals of the shares, how often the mixture found beats its references, and its
//! regret against the best mixture of every resample. The file is read once; of a resample only its shares
//! and a few objectives stay.

mod one;
mod resamples;
mod summary;

use rayon::prelude::*;

use super::Question;
use super::question::unit;
use crate::engine::Watch;
use crate::error::{Error, Place, Result};
use crate::predictor::Recipe;
use crate::report::draws::{Draws, LEAST_DRAWS};
use crate::report::mixture::MixtureReport;
use crate::report::spread::{LeftOut, Spread};
use one::{Drawn, Left, Setting};
use resamples::{Joint, each};

/// Resamples that are searched at a time; all threads wait for the last of them.
const CHUNK: usize = 256;

/// Searches every resample of a sweep with the same question.
///
/// `recipe` is of the fit that `report` answers the question of. `level` is the part of the resamples that an
/// interval holds. A pull keeps the unit that it has in the fit; what targets are compared with (limits,
/// regret) is each resample's own. The answer does not depend on the number of threads.
///
/// # Errors
/// [`Error::Usage`] for a level that is not between 0 and 1; [`Error::Input`] for draws of another law, group,
/// of other targets or domains, and for fewer than [`LEAST_DRAWS`] resamples with an answer;
/// [`Error::Interrupted`].
pub fn spread(
    recipe: &Recipe,
    question: &Question,
    report: &MixtureReport,
    draws: &Draws,
    level: f64,
    watch: &Watch,
) -> Result<Spread> {
    check_level(level)?;
    watch.count_in("searches");
    let setting = Setting::new(recipe, question, report, unit(&recipe.predictor(), question)?);
    let mut gathered = Gathered::default();
    let mut waiting: Vec<Joint> = Vec::with_capacity(CHUNK);
    each(draws, recipe, &setting.needed, |joint| {
        waiting.push(joint);
        if waiting.len() < CHUNK {
            return Ok(());
        }
        gathered.add(searched(&setting, &waiting, watch)?);
        waiting.clear();
        Ok(())
    })?;
    gathered.add(searched(&setting, &waiting, watch)?);
    gathered.check(draws)?;
    Ok(summary::summarise(&setting, gathered, draws, level))
}

/// A level is a part of the resamples, neither none nor all of them.
///
/// # Errors
/// [`Error::Usage`] for any other number.
pub fn check_level(level: f64) -> Result<()> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    let cause = format!("--level {level} is not between 0 and 1");
    Err(Error::usage(cause, "give the part that an interval holds, such as --level 0.9"))
}

fn searched(
    setting: &Setting,
    joints: &[Joint],
    watch: &Watch,
) -> Result<Vec<std::result::Result<Drawn, Left>>> {
    watch.expect(joints.len() as u64);
    let one = |joint: &Joint| {
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
        let drawn = setting.search(joint);
        watch.advance(1);
        drawn
    };
    joints.par_iter().map(one).collect()
}

/// What came of all resamples so far, in their order.
#[derive(Debug, Default)]
struct Gathered {
    resamples: usize,
    drawn: Vec<Drawn>,
    left: Vec<LeftOut>,
}

impl Gathered {
    fn add(&mut self, chunk: Vec<std::result::Result<Drawn, Left>>) {
        self.resamples += chunk.len();
        for one in chunk {
            match one {
                Ok(drawn) => self.drawn.push(drawn),
                Err(left) => self.leave(left),
            }
        }
    }

    fn leave(&mut self, left: Left) {
        match self.left.iter_mut().find(|known| known.why == left.why) {
            Some(known) => known.count += 1,
            None => {
                let (why, example) = (left.why.into(), left.example);
                self.left.push(LeftOut { why, count: 1, example });
            }
        }
    }

    fn check(&self, draws: &Draws) -> Result<()> {
        let (used, all) = (self.drawn.len(), self.resamples);
        if used >= LEAST_DRAWS {
            return Ok(());
        }
        let why = self
            .left
            .iter()
            .map(|left| format!(", {} are left out: {} ({})", left.count, left.why, left.example));
        let why: String = why.collect();
        Err(Error::input(
            Place::file(draws.path()),
            format!(
                "{used} of {all} resamples have a best mixture{why}; no interval is given from fewer \
                 than {LEAST_DRAWS}"
            ),
            "draw more resamples in the sweep, or see why refits fail",
        ))
    }
}
