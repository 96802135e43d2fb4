//! What a study asks for beside its fits: extrapolation, generalisation, optimisation.
//!
//! In: the parts of a study file. Out: protocols that can be run, before anything is fitted, and then
//! their document.

use std::path::Path;
use std::sync::Arc;

use super::fit::{HowArgs, warn};
use super::rules::{named, number};
use super::said_in;
use crate::engine::{Engine, Watch};
use crate::error::{Error, Result};
use crate::law::{Law, RowFormula};
use crate::predictor::{Choice, Predictor};
use crate::report::FitReport;
use crate::report::mixture::MixtureReport;
use crate::report::protocol::{ProtocolEntry, ProtocolKind};
use crate::runs::Runs;
use crate::search::{Goal, Question, Region, Together, answer, uniform};
use crate::study::compare::{
    Contender, Kind, Scheme, Series, Settings, Split, compare, from_chosen, from_mixtures, last,
};
use crate::study::diagnosis::{Part, diagnose, most_parts, spread};
use crate::study::{
    ExtrapolationSection, GeneralisationSection, OptimisationSection, Study, Warning, keep_rows,
};

/// A protocol that can be run.
pub(super) struct Protocol {
    kind: ProtocolKind,
    scheme: Scheme,
    laws: Vec<Arc<Law>>,
    settings: Settings,
    /// What its splits cannot determine.
    warnings: Vec<Warning>,
}

/// The protocols of a study, in the order extrapolation, generalisation.
pub(super) fn protocols(
    study: &Study,
    how: &HowArgs,
    runs: &Runs,
    series: &Series,
) -> Result<Vec<Protocol>> {
    let sections = &study.sections;
    let ends = sections.extrapolation.iter().map(|part| extrapolation(part, how, runs, series));
    let others = sections.generalisation.iter().map(|part| generalisation(part, how, runs, series));
    ends.chain(others).collect()
}

fn extrapolation(
    part: &ExtrapolationSection,
    how: &HowArgs,
    runs: &Runs,
    series: &Series,
) -> Result<Protocol> {
    let scheme = last(runs, series, &part.along, part.last, part.pooled)?;
    let how = own(how, &part.laws, &part.law_files);
    Protocol::new(ProtocolKind::Extrapolation, scheme, &how, runs)
}

fn generalisation(
    part: &GeneralisationSection,
    how: &HowArgs,
    runs: &Runs,
    series: &Series,
) -> Result<Protocol> {
    let scheme = match (part.mixtures, &part.learn) {
        (Some(count), None) => from_mixtures(series, count, part.draws.unwrap_or(1), how.seed)?,
        (None, Some(formula)) if part.draws.is_none() => {
            let others = keep_rows(runs, Some(&RowFormula::parse(formula)?))?;
            let chosen: Vec<bool> = others.iter().map(|other| !other).collect();
            let name = format!("all other mixtures, from those with {formula}");
            from_chosen(name, runs, series, &chosen)?
        }
        _ => {
            let cause = "[generalisation] must say what is learnt from, in one way";
            let remedy = "write `mixtures = 4` and `draws = 10`, or `learn = \"FORMULA\"` alone";
            return Err(Error::usage(cause, remedy));
        }
    };
    let how = own(how, &part.laws, &part.law_files);
    Protocol::new(ProtocolKind::Generalisation, scheme, &how, runs)
}

/// How the laws of a part are fitted: as those of `[fit]`, which are taken where it names none. What
/// `[fit]` fixes, ties, bounds, starts or sizes is about its own laws.
fn own(how: &HowArgs, laws: &[String], files: &[std::path::PathBuf]) -> HowArgs {
    if laws.is_empty() && files.is_empty() {
        return how.clone();
    }
    let [fix, tie, bound, start, size] = [const { Vec::new() }; 5];
    let (law, law_file) = (laws.to_vec(), files.to_vec());
    HowArgs { law, law_file, fix, tie, bound, start, size, ..how.clone() }
}

impl Protocol {
    /// Looks at the splits, but fits nothing yet.
    fn new(kind: ProtocolKind, scheme: Scheme, how: &HowArgs, runs: &Runs) -> Result<Protocol> {
        let options = how.options(None)?;
        let laws = how.laws()?;
        let parts = parts(&scheme, runs);
        let mut warnings = Vec::new();
        for law in &laws {
            warnings.extend(diagnose(runs, law, &options.changes, &parts)?);
        }
        let settings =
            Settings { objective: options.objective, plan: options.plan, changes: options.changes };
        Ok(Protocol { kind, scheme, laws, settings, warnings })
    }

    /// Says what cannot be determined, learns and measures.
    pub(super) fn run(
        &self,
        engine: &dyn Engine,
        runs: &Runs,
        series: &Series,
    ) -> Result<ProtocolEntry> {
        warn(&self.warnings);
        let contender =
            |law: &Arc<Law>| Contender { name: law.name.clone(), kind: Kind::Law(Arc::clone(law)) };
        let contenders: Vec<Contender> = self.laws.iter().map(contender).collect();
        let scheme = std::slice::from_ref(&self.scheme);
        let scored = compare(engine, &runs.ungrouped(), &contenders, scheme, &self.settings)?;
        let names: Vec<String> = contenders.into_iter().map(|contender| contender.name).collect();
        let entry = ProtocolEntry::new(self.kind, &self.scheme, series, &names, &scored);
        Ok(ProtocolEntry { warnings: self.warnings.clone(), ..entry })
    }
}

/// The rows that fits of some of the splits see.
fn parts(scheme: &Scheme, runs: &Runs) -> Vec<Part> {
    let splits: Vec<(usize, &Split)> = scheme.splits.iter().enumerate().collect();
    let name = |number: usize| match splits.len() {
        1 => String::new(),
        _ => format!("split {}", number + 1),
    };
    let part =
        |(number, split): &(usize, &Split)| Part { name: name(*number), keep: split.keep.clone() };
    spread(&splits, most_parts(runs)).into_iter().map(part).collect()
}

/// The best mixture at each place, all mixtures allowed.
pub(super) fn optima(
    part: &OptimisationSection,
    fit: &FitReport,
    file: &Path,
    seed: u64,
) -> Result<Vec<MixtureReport>> {
    let together = together(part)?;
    let optimum = |at: Vec<(String, f64)>| {
        let choice = Choice { law: part.law.clone(), group: part.group.clone(), at: at.clone() };
        let predictor = Predictor::new(fit, &choice)?;
        let question = question(&predictor, together, at, seed, file)?;
        answer(&predictor, &question, &Watch::new())
    };
    places(part)?
        .into_iter()
        .map(optimum)
        .collect::<Result<_>>()
        .map_err(|error| said_in(file, error))
}

/// Each place as names and values; one without any for a law of the mixture alone.
pub(super) fn places(part: &OptimisationSection) -> Result<Vec<Vec<(String, f64)>>> {
    together(part)?;
    let values = |text: &String| {
        let rules = text.split(',').map(str::trim).filter(|rule| !rule.is_empty());
        rules.map(|rule| named("at", rule, number)).collect::<Result<Vec<_>>>()
    };
    if part.at.is_empty() {
        return Ok(vec![Vec::new()]);
    }
    part.at.iter().map(values).collect()
}

fn together(part: &OptimisationSection) -> Result<Together> {
    match part.goal.as_deref() {
        None | Some("sum") => Ok(Together::Sum),
        Some("mean") => Ok(Together::Mean),
        Some("worst") => Ok(Together::Worst),
        Some(other) => {
            let cause = format!("[optimisation] does not know the goal `{other}`");
            Err(Error::usage(cause, "write sum, mean or worst"))
        }
    }
}

fn question(
    predictor: &Predictor,
    together: Together,
    at: Vec<(String, f64)>,
    seed: u64,
    file: &Path,
) -> Result<Question> {
    let even = || ("uniform".to_string(), uniform(predictor.domains.len()));
    Ok(Question {
        source: file.display().to_string(),
        at,
        goal: Goal {
            together,
            weights: Vec::new(),
            drop: Vec::new(),
            maximise: Vec::new(),
            limits: Vec::new(),
            regret: None,
            pull: None,
        },
        region: Region::new(&predictor.domains, &[], &[])?,
        natural: None,
        prior: even(),
        reference: even(),
        options: crate::search::Options { seed, ..Default::default() },
        tolerance: 0.0,
    })
}
