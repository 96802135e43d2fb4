//! Curves of both losses, fitted to checkpoints.
//!
//! In: [`Series`], and an engine. Out: a [`Fitted`] for each: the curves, and how good their fits are.

use std::sync::Arc;

use super::curves::{Curves, Domain, General};
use super::series::{Point, Series};
use crate::engine::Engine;
use crate::error::Result;
use crate::fit::{Fit, fit};
use crate::law::model::{Changes, Model};
use crate::law::{Law, catalogue};
use crate::plan::Plan;
use crate::problem::{Loss, Objective, Residual, assemble};
use crate::runs::{RoleSpec, Runs, Table};

/// What is minimised: squares of raw residuals.
pub(super) const SQUARES: Objective = Objective { residual: Residual::Raw, loss: Loss::Squared };

/// Which text a loss is of.
#[derive(Debug, Clone, Copy)]
pub(super) enum LossOf {
    General,
    Domain,
}

impl LossOf {
    /// The law of its curve.
    pub(super) fn law(self) -> &'static str {
        match self {
            LossOf::General => "cmr-general",
            LossOf::Domain => "cmr-domain",
        }
    }

    /// Its change at a checkpoint.
    pub(super) fn of(self, point: &Point) -> f64 {
        match self {
            LossOf::General => point.general,
            LossOf::Domain => point.domain,
        }
    }

    /// Its change after `t`.
    pub(super) fn at(self, curves: &Curves, t: f64) -> f64 {
        match self {
            LossOf::General => curves.general.at(t),
            LossOf::Domain => curves.domain.at(t),
        }
    }

    /// Its fit.
    pub(super) fn fit(self, fitted: &Fitted) -> &Fit {
        match self {
            LossOf::General => &fitted.general,
            LossOf::Domain => &fitted.domain,
        }
    }
}

/// The fits of one series.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// Of the general loss, law `cmr-general`.
    pub general: Fit,
    /// Of the domain loss, law `cmr-domain`.
    pub domain: Fit,
    /// Both curves; `None` unless both fits have a minimum.
    pub curves: Option<Curves>,
}

/// Fits both curves to every series.
///
/// # Errors
/// Those of the engine.
pub fn fit_series(engine: &dyn Engine, series: &[Series], plan: &Plan) -> Result<Vec<Fitted>> {
    let fits = |loss: LossOf| {
        let points = series.iter().flat_map(|one| &one.points);
        let values = points.map(|point| loss.of(point)).collect();
        fit_law(engine, loss.law(), series, vec![values], plan)
    };
    let both = fits(LossOf::General)?.into_iter().zip(fits(LossOf::Domain)?).zip(series);
    Ok(both.map(|((general, domain), one)| Fitted::new(one.ratio, general, domain)).collect())
}

impl Fitted {
    pub(super) fn new(ratio: f64, general: Fit, domain: Fit) -> Fitted {
        let curves = curves(ratio, &general, &domain);
        Fitted { general, domain, curves }
    }
}

fn curves(ratio: f64, general: &Fit, domain: &Fit) -> Option<Curves> {
    let value = |fit: &Fit, name: &str| {
        let (_, estimate) = fit.parameters.iter().find(|(label, _)| label == name)?;
        estimate.value.filter(|_| fit.state.is_usable())
    };
    let of = |name: &str| value(general, name);
    let general = General { p: of("p")?, q: of("q")?, s: of("s")?, d: of("d")?, beta: of("beta")? };
    let of = |name: &str| value(domain, name);
    let domain = Domain { level: of("level")?, slope: of("slope")?, s: of("s")? };
    Some(Curves { ratio, general, domain })
}

/// Fits one law of the catalogue to every series, once for each of the `targets`, which have a value a
/// checkpoint of all series. In order of targets, then series.
pub(super) fn fit_law(
    engine: &dyn Engine,
    law: &str,
    series: &[Series],
    targets: Vec<Vec<f64>>,
    plan: &Plan,
) -> Result<Vec<Fit>> {
    let of = |value: &dyn Fn(usize, &Point) -> f64| -> Vec<f64> {
        let each = series.iter().enumerate();
        each.flat_map(|(k, one)| one.points.iter().map(move |point| value(k, point))).collect()
    };
    let mut columns = vec![
        ("series".to_string(), of(&|number, _| number as f64)),
        ("T".to_string(), of(&|_, point| point.t)),
    ];
    let names: Vec<String> = (0..targets.len()).map(|k| format!("change {k}")).collect();
    columns.extend(names.iter().cloned().zip(targets));
    let spec = RoleSpec { target: names, by: vec!["series".into()], ..RoleSpec::default() };
    let runs = Runs::from_table(Table::from_columns("checkpoints", columns)?, &spec)?;
    fit_runs(engine, &Arc::new(catalogue::law(law)?), &runs, plan)
}

/// Fits a law to every target and group.
pub(super) fn fit_runs(
    engine: &dyn Engine,
    law: &Arc<Law>,
    runs: &Runs,
    plan: &Plan,
) -> Result<Vec<Fit>> {
    let is_column = |name: &str| runs.inputs.contains_key(name);
    let model = Arc::new(Model::new(law, &[], &is_column, &Changes::default())?);
    let problems = assemble(runs, model, SQUARES, &vec![true; runs.len()])?;
    fit(engine, &problems.into_iter().map(|one| one.problem).collect::<Vec<_>>(), plan)
}
