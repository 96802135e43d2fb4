//! A fit document as what the choice of next runs needs.
//!
//! In: a document, which of its fits, and the runs it was made from. Out: targets with slopes,
//! weights and variances, the trained runs, and the present optimum.

use super::next::{Inputs, Target, Trained};
use super::slopes::{Slopes, variance};
use crate::engine::Watch;
use crate::error::{Error, Place, Result};
use crate::predictor::{Choice, Predictor};
use crate::problem::{Loss, Objective};
use crate::report::FitReport;
use crate::runs::Runs;
use crate::search::{self, Goal, Method, Options, Region};

/// See the module.
#[derive(Debug)]
pub struct Fitted {
    /// The targets that count.
    pub targets: Vec<Target>,
    /// The runs.
    pub trained: Vec<Trained>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Reads the targets and runs of a document; `runs` are the tables that it was made from, without
/// which its mixtures stand for the runs.
///
/// # Errors
/// [`Error::Usage`] for choices that mean nothing; [`Error::Input`] for a document without a fit that
/// can be used, or without runs.
pub fn fitted(
    fit: &FitReport,
    choice: &Choice,
    goal: &Goal,
    runs: Option<&Runs>,
) -> Result<Fitted> {
    let (group, law) = choice.names(fit)?;
    let mut made = Fitted { targets: Vec::new(), trained: Vec::new(), warnings: Vec::new() };
    let domains = &fit.runs.domains;
    let objective = objective(fit);
    let mut rows = 0;
    for entry in fit.laws.iter().filter(|entry| entry.name == law) {
        let model = entry.model(domains)?;
        let chosen = fit.fits.iter().filter(|one| one.law == law && one.group == group);
        for one in chosen.filter(|one| !goal.drop.contains(&one.target)) {
            let source = &fit.runs.source;
            let slopes = Slopes::of_fit(&model, one, fit.objective.residual, source)?;
            let Some(slopes) = slopes.filter(|slopes| slopes.parameters() > 0) else { continue };
            let variance = variance(one, objective, slopes.parameters());
            let name = one.target.clone();
            let weight = goal.weights.iter().find(|(known, _)| *known == name).map_or(1.0, |w| w.1);
            rows = rows.max(one.rows);
            made.targets.push(Target { name, slopes, weight, variance });
        }
    }
    made.normalise()?;
    match runs {
        Some(runs) => made.trained = of_table(runs, &group)?,
        None => made.of_document(fit, &choice.at, rows)?,
    }
    if made.targets.iter().any(|target| target.variance.is_none()) {
        made.warnings.push(
            "the document does not say the variance of the residuals: errors are in units of a \
             residual's standard deviation"
                .into(),
        );
    }
    Ok(made)
}

impl Fitted {
    /// Weights that sum to 1; targets without weight play no part.
    fn normalise(&mut self) -> Result<()> {
        self.targets.retain(|target| target.weight > 0.0);
        let sum: f64 = self.targets.iter().map(|target| target.weight).sum();
        self.targets.iter_mut().for_each(|target| target.weight /= sum);
        if self.targets.is_empty() {
            let cause = "none of the fits has free parameters that can be used";
            return Err(Error::input(Place::default(), cause, "see why in the fit's messages"));
        }
        Ok(())
    }

    /// The mixtures of the document in place of its runs, each for as many of the rows.
    #[allow(clippy::cast_precision_loss, reason = "counts of rows")]
    fn of_document(&mut self, fit: &FitReport, at: &Inputs, rows: usize) -> Result<()> {
        let mixtures = fit.runs.mixtures.iter();
        let known: Vec<&Vec<f64>> =
            mixtures.filter(|mixture| mixture.len() == fit.runs.domains.len()).collect();
        if known.is_empty() {
            let cause = "the fit document does not hold the mixtures of the runs";
            let remedy = "give the runs: --existing RUNS.csv";
            return Err(Error::input(Place::default(), cause, remedy));
        }
        let weight = rows as f64 / known.len() as f64;
        if !at.is_empty() || (weight - 1.0).abs() > 1e-9 {
            self.warnings.push(format!(
                "the document holds {} mixtures for {rows} rows and no other inputs of theirs: each \
                 counts as {weight:.4} runs at --at; give the tables with --existing to know better",
                known.len()
            ));
        }
        let one =
            |mixture: &Vec<f64>| Trained { mixture: mixture.clone(), inputs: at.clone(), weight };
        self.trained = known.into_iter().map(one).collect();
        Ok(())
    }
}

/// The rows of a table, of the group that was fitted.
fn of_table(runs: &Runs, group: &str) -> Result<Vec<Trained>> {
    let Some(group) = runs.groups.iter().find(|known| known.key == group) else {
        let cause = format!("the table has no rows of the group `{group}`");
        let remedy = "give the tables that the fit was made from";
        return Err(Error::input(Place::file(&runs.source), cause, remedy));
    };
    let one = |row: usize| Trained {
        mixture: runs.mixture.iter().map(|column| column[row]).collect(),
        inputs: runs.inputs.iter().map(|(name, column)| (name.clone(), column[row])).collect(),
        weight: runs.weight.as_ref().map_or(1.0, |weight| weight[row]),
    };
    Ok(group.rows.clone().map(one).collect())
}

/// The objective of a document.
fn objective(fit: &FitReport) -> Option<Objective> {
    let loss = match (fit.objective.loss.as_str(), fit.objective.delta) {
        ("squared", _) => Loss::Squared,
        ("huber", Some(delta)) => Loss::Huber { delta },
        _ => return None,
    };
    Some(Objective { residual: fit.objective.residual, loss })
}

/// The mixture with the least predicted objective: exactly where it is shown to be convex, else by
/// descents.
///
/// # Errors
/// As [`search::search`].
pub fn optimum(
    predictor: &Predictor,
    goal: &Goal,
    region: &Region,
    seed: u64,
    watch: &Watch,
) -> Result<Vec<f64>> {
    let objective = search::Objective::new(predictor, goal)?;
    let options = Options { method: Method::Exact, starts: 64, seed, ..Options::default() };
    let exact = search::search(&objective, region, options, watch);
    let answer = match exact {
        Err(Error::Usage { .. }) => {
            let options = Options { method: Method::Descend, ..options };
            search::search(&objective, region, options, watch)?
        }
        other => other?,
    };
    Ok(answer.found[0].mixture.clone())
}
