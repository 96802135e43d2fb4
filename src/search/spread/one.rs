//! One resample: its best mixture, and what the mixtures that we compare are worth in it.
//!
//! In: the question, the answer on the runs as they are, and the parameters of a resample. Out: a [`Drawn`], or
//! why there is none.

use super::super::penalty::Descent;
use super::super::question::posed;
use super::super::{
    Answer, Found, Method, Objective, Options, Question, bottomless, descend, is_convex, search,
};
use super::resamples::Joint;
use crate::engine::Watch;
use crate::error::{Error, Result};
use crate::predictor::Recipe;
use crate::report::mixture::{Certificate, MixtureReport};
use crate::search::Means;

/// Starts of the descents of a resample, beside the best minima of the fit itself.
const STARTS: usize = 16;
const NEAR: usize = 4;

/// What is the same for all resamples.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    pub(super) recipe: &'a Recipe,
    pub(super) question: &'a Question,
    /// The parts of the recipe that the goal does not drop.
    pub(super) needed: Vec<bool>,
    /// The mixture found on the runs as they are.
    pub(super) best: Vec<f64>,
    /// What it is compared with: name and shares.
    pub(super) references: Vec<(String, Vec<f64>)>,
    /// The fit's own minima, best first.
    near: Vec<Vec<f64>>,
    observed: Vec<Vec<f64>>,
    unit: f64,
}

/// What a resample says.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    /// Its best mixture.
    pub(super) mixture: Vec<f64>,
    /// The least objective that is known of it.
    pub(super) least: f64,
    /// The objective at the mixture found on the runs as they are.
    pub(super) best: f64,
    /// The same for each reference.
    pub(super) references: Vec<f64>,
    /// Whether its search ended with a proof.
    pub(super) certified: bool,
    /// Whether the mixture found on the runs as they are meets the limits.
    pub(super) within: bool,
}

/// A resample without an answer.
#[derive(Debug, Clone)]
pub(super) struct Left {
    pub(super) why: &'static str,
    pub(super) example: String,
}

impl<'a> Setting<'a> {
    /// `unit` is that of the pull.
    pub(super) fn new(
        recipe: &'a Recipe,
        question: &'a Question,
        report: &MixtureReport,
        unit: f64,
    ) -> Setting<'a> {
        let dropped = |target: &String| question.goal.drop.contains(target);
        let references = report.reference.iter();
        Setting {
            recipe,
            question,
            needed: recipe.parts.iter().map(|part| !dropped(&part.target)).collect(),
            best: report.mixture.iter().map(|(_, share)| *share).collect(),
            references: references.map(|(name, at)| (name.clone(), at.shares.clone())).collect(),
            near: report.candidates.iter().take(NEAR).map(|found| found.shares.clone()).collect(),
            observed: recipe.predictor().observed,
            unit,
        }
    }

    /// Whether resamples whose objective is not shown to be convex are searched by descents.
    pub(super) fn may_descend(&self) -> bool {
        self.question.options.method == Method::Auto
    }

    /// # Errors
    /// What stops the whole work, such as an interruption.
    pub(super) fn search(&self, joint: &Joint) -> Result<std::result::Result<Drawn, Left>> {
        let missing = |part: usize| joint.thetas[part].as_ref().err().filter(|_| self.needed[part]);
        if let Some(why) = (0..self.needed.len()).find_map(missing) {
            let example = format!("{why} in resample {}", joint.number);
            return Ok(Err(Left { why: "a target without a usable refit", example }));
        }
        match self.drawn(joint) {
            Ok(drawn) => Ok(drawn),
            Err(Error::Usage { cause, .. } | Error::Input { cause, .. }) => {
                let example = format!("{cause}, in resample {}", joint.number);
                Ok(Err(Left { why: "a search without an answer", example }))
            }
            Err(other) => Err(other),
        }
    }

    fn drawn(&self, joint: &Joint) -> Result<std::result::Result<Drawn, Left>> {
        // A target that is dropped plays no part: its own parameters will do.
        let theta = |part: usize| match &joint.thetas[part] {
            Ok(theta) => theta.as_slice(),
            Err(_) => self.recipe.parts[part].theta.as_slice(),
        };
        let objective = posed(&self.recipe.with(theta), self.question, self.unit)?;
        let best = objective.at(&self.best);
        if !best.is_finite() {
            let example = format!("resample {}", joint.number);
            return Ok(Err(Left { why: "the objective is not finite at the mixture", example }));
        }
        let answer = self.answer(&objective)?;
        Ok(Ok(self.compared(&objective, &answer, best)))
    }

    fn answer(&self, objective: &Objective) -> Result<Answer> {
        let region = &self.question.region;
        bottomless::refuse(objective, region, None)?;
        let answer = if self.may_descend() && !is_convex(objective, region) {
            self.descended(objective)?
        } else {
            let (name, shares) = &self.question.prior;
            // Progress is counted in searches, not in what they do.
            let quiet = Watch::new();
            let means = Means::from(&quiet);
            let means = Means { prior: Some((name, shares)), observed: &self.observed, ..means };
            search(objective, region, self.question.options, means)?
        };
        bottomless::refuse(objective, region, Some(&answer.chosen().mixture))?;
        Ok(answer)
    }

    /// Local minima from few starts and from those of the fit itself: a proof by branch and bound for every
    /// resample is for users who ask for that method.
    fn descended(&self, objective: &Objective) -> Result<Answer> {
        let region = &self.question.region;
        let descent = Descent::new(objective, region);
        let few =
            Options { starts: STARTS.min(self.question.options.starts), ..self.question.options };
        let (mut ends, evaluated) = descend::minima(&descent, region, few, &Watch::new())?;
        ends.extend(self.near.iter().filter_map(|mixture| descent.from(mixture)));
        let least = ends.into_iter().min_by(|a, b| a.value.total_cmp(&b.value));
        let least = least.ok_or_else(super::super::not_finite)?;
        let found = vec![Found { mixture: least.mixture, value: least.value }];
        Ok(Answer::new(found, Certificate::None, "descend".into(), evaluated))
    }

    /// Where the fit's own mixture is better than what the search of a resample found, it is that
    /// resample's best.
    fn compared(&self, objective: &Objective, answer: &Answer, best: f64) -> Drawn {
        let chosen = answer.chosen();
        let within = objective.is_within_limits(&self.best);
        let mut least = chosen.value.min(answer.found[0].value);
        let mut mixture = &chosen.mixture;
        if within && self.question.region.holds(&self.best) && best < least {
            least = best;
            mixture = if answer.averaged.is_none() { &self.best } else { mixture };
        }
        Drawn {
            mixture: mixture.clone(),
            least,
            best,
            references: self.references.iter().map(|(_, shares)| objective.at(shares)).collect(),
            certified: answer.certificate != Certificate::None,
            within,
        }
    }
}
