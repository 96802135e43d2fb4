//! A law and its parameters as a fit document holds them.
//!
//! In: entries of a fit document. Out: the law written out, and its parameters in its own order.

use std::path::Path;
use std::sync::Arc;

use super::draws::Draw;
use super::{FitEntry, LawEntry};
use crate::error::{Error, Place, Result};
use crate::law::Law;
use crate::law::model::{Changes, Model};

impl LawEntry {
    /// The law written out for `domains`; all parameters are free.
    ///
    /// # Errors
    /// [`Error::Formula`] where the formula cannot be read.
    pub fn model(&self, domains: &[String]) -> Result<Model> {
        let mut law = Law::from_formula(&self.formula)?;
        law.name.clone_from(&self.name);
        law.inputs = self.inputs.iter().map(|name| (name.clone(), String::new())).collect();
        law.sets.clone_from(&self.sets);
        let is_input = |name: &str| self.inputs.iter().any(|input| input == name);
        Model::bare(&Arc::new(law), domains, &is_input, &Changes::default())
    }
}

impl FitEntry {
    /// The parameters in the model's order; `None` for a fit without an answer. `source` is named
    /// in errors.
    ///
    /// # Errors
    /// [`Error::Input`] for a parameter that the model has and the fit has not.
    pub fn theta(&self, model: &Model, source: impl AsRef<Path>) -> Result<Option<Vec<f64>>> {
        if self.parameters.iter().any(|(_, estimate)| estimate.value.is_none()) {
            return Ok(None);
        }
        let known = |label: &str| self.parameters.iter().find(|(name, _)| name == label);
        let value = |label: &String| match known(label) {
            Some((_, estimate)) => Ok(estimate.value.unwrap_or(f64::NAN)),
            None => Err(Error::input(
                Place::file(&source),
                format!(
                    "the fit has no parameter `{label}`: the table's domains ({}) are not the \
                     fit's",
                    model.domains.join(", ")
                ),
                "give the same mixture columns as in the fit: --mixture 'PATTERN'",
            )),
        };
        let values = model.parameters.iter().map(|parameter| value(&parameter.label));
        values.collect::<Result<Vec<f64>>>().map(Some)
    }
}

impl Draw {
    /// The parameters in the model's order. `place` is the line of the draw.
    ///
    /// # Errors
    /// [`Error::Input`] where the draw's parameters are not those of the model.
    pub fn theta(&self, model: &Model, place: impl FnOnce() -> Place) -> Result<Vec<f64>> {
        let labels = || model.parameters.iter().map(|parameter| &parameter.label);
        // Both are in the law's order unless parameters were held, so the first look is a hit as a rule.
        let known = |(i, label): (usize, &String)| {
            let here = self.parameters.get(i).filter(|(name, _)| name == label);
            here.or_else(|| self.parameters.iter().find(|(name, _)| name == label)).map(|(_, x)| *x)
        };
        let theta: Option<Vec<f64>> = labels().enumerate().map(known).collect();
        let theta = theta.filter(|theta| theta.len() == self.parameters.len());
        theta.ok_or_else(|| {
            let own = labels().find(|label| self.parameters.iter().all(|(name, _)| name != *label));
            let other =
                self.parameters.iter().find(|(name, _)| labels().all(|label| label != name));
            let cause = match (own, other) {
                (Some(label), _) => format!("this draw has no parameter `{label}`"),
                (_, Some((name, _))) => format!("this draw has a parameter `{name}`"),
                _ => "this draw has a parameter twice".into(),
            };
            let law = &self.law;
            Error::input(
                place(),
                format!("{cause}: it is of another law `{law}` or of other domains than the fit"),
                "give the draws of the sweep that wrote this fit",
            )
        })
    }
}
