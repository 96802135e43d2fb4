//! Answers to the questions of the checklist.
//!
//! In: what the program knows. Out: sentences; none where something was not done.

use std::collections::BTreeSet;

use super::Known;
use crate::law::bind::Symbol;
use crate::problem::{Loss, Residual};
use crate::report::draws::Change;
use crate::report::number;
use crate::study::honesty::case::Case;

/// Names that are listed before "and N more".
const LISTED: usize = 8;

/// Different texts in order of appearance.
fn different(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut known = BTreeSet::new();
    texts.filter(|text| known.insert(text.clone())).collect()
}

fn listed(mut texts: Vec<String>, between: &str) -> String {
    let more = texts.len().saturating_sub(LISTED);
    texts.truncate(LISTED);
    let tail = if more > 0 { format!("{between}and {more} more") } else { String::new() };
    texts.join(between) + &tail
}

fn of_cases(known: &Known, text: impl Fn(&Case) -> String) -> Vec<String> {
    different(known.cases.iter().map(text))
}

pub(super) fn forms(known: &Known) -> String {
    let form = |case: &Case| {
        let law = &case.problem.forms.model.law;
        let (formula, source) = (law.formula.text.trim().replace('\n', "; "), law.source.trim());
        let source = if source.is_empty() { "a formula of the user" } else { source };
        format!("{}: {formula} ({source})", law.name)
    };
    listed(of_cases(known, form), " | ")
}

pub(super) fn quantities(known: &Known) -> String {
    let inputs = |case: &Case| {
        let name = |symbol: &Symbol| match symbol {
            Symbol::Share(_) => "the shares of the mixture".to_string(),
            Symbol::OwnShare => "the share of the target's own domain".into(),
            Symbol::Input(name) => name.clone(),
            Symbol::Target => "the target".into(),
        };
        let symbols = case.problem.forms.model.symbols.iter().map(name);
        format!("{} reads {}", case.law(), listed(different(symbols), ", "))
    };
    let targets = known.runs.targets.iter().map(|target| target.column.clone()).collect();
    format!("{}; targets: {}", listed(of_cases(known, inputs), "; "), listed(targets, ", "))
}

pub(super) fn parameters(known: &Known) -> String {
    let parameters = |case: &Case| {
        let model = &case.problem.forms.model;
        let free = model.parameters.iter().map(|p| p.label.clone()).collect();
        let fixed = model.fixed.iter().map(|(label, value)| format!("{label} = {value}"));
        let tied = model.tied.iter();
        let tied = tied.map(|(label, to)| format!("{label} = {}", model.parameters[*to].label));
        let held: Vec<String> = fixed.chain(tied).collect();
        let held = if held.is_empty() { "none held".into() } else { listed(held, ", ") };
        format!("{}: {}; {held}", case.law(), listed(free, ", "))
    };
    listed(of_cases(known, parameters), " | ")
}

pub(super) fn rows(known: &Known) -> String {
    let counts: Vec<usize> = known.cases.iter().map(|case| case.rows.len()).collect();
    let ends = (counts.iter().min().copied(), counts.iter().max().copied());
    let each = match ends {
        (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
        (Some(least), _) => least.to_string(),
        _ => "no".into(),
    };
    let groups = match known.runs.groups.len() {
        1 => String::new(),
        count => format!(", in {count} groups"),
    };
    let used = known.runs.counts.used;
    format!("{used} rows of {}{groups}; {each} rows in each fit", known.runs.source)
}

pub(super) fn dropped(known: &Known) -> String {
    let counts = &known.runs.counts;
    let reasons = [
        (counts.filtered, "by the filter"),
        (counts.dropped_missing, "for an empty or infinite cell"),
        (counts.joined_away, "for being in one of the joined files only"),
        (unobserved(known), "from a fit for want of the target (counted for each target)"),
    ];
    let told = reasons.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, why)| format!("{count} {why}")).collect();
    let left = if told.is_empty() { "none".into() } else { told.join(", ") };
    let renormalised = counts.renormalised;
    format!(
        "of {} rows read: {left}; {renormalised} divided by the sum of their shares",
        counts.read
    )
}

fn unobserved(known: &Known) -> usize {
    let missing = known.runs.targets.iter().map(|target| target.values.iter());
    missing.map(|values| values.filter(|value| value.is_nan()).count()).sum()
}

pub(super) fn ranges(known: &Known) -> String {
    let mut columns = BTreeSet::new();
    for symbol in known.cases.iter().flat_map(|case| &case.problem.forms.model.symbols) {
        if let Symbol::Input(name) = symbol {
            columns.insert(name.as_str());
        }
    }
    let range = |values: &[f64]| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{} to {}", number(Some(low)), number(Some(high)))
    };
    let inputs = columns.iter().filter_map(|name| known.runs.inputs.get(*name).map(|c| (name, c)));
    let inputs = inputs.map(|(name, column)| format!("{name} {}", range(column)));
    let domains = known.runs.domains.iter().zip(&known.runs.mixture);
    let shares = domains.map(|(domain, column)| format!("share of {domain} {}", range(column)));
    let all: Vec<String> = inputs.chain(shares).collect();
    if all.is_empty() { "the laws read no column".into() } else { listed(all, "; ") }
}

pub(super) fn weights(known: &Known) -> String {
    let told = if known.runs.weight.is_some() { "yes, by a column" } else { "no" };
    told.into()
}

pub(super) fn objective(known: &Known) -> String {
    let objective = |case: &Case| {
        let objective = case.problem.forms.objective;
        let residual = match objective.residual {
            Residual::Raw => "raw (prediction - observation)",
            Residual::Log => "log (ln prediction - ln observation)",
            Residual::Relative => "relative (over the observation)",
        };
        match objective.loss {
            Loss::Squared => format!("sum over rows of squared {residual} residuals"),
            Loss::Huber { delta } => {
                format!("sum over rows of Huber losses, delta {delta}, of {residual} residuals")
            }
        }
    };
    listed(of_cases(known, objective), "; ")
}

pub(super) fn optimiser(_: &Known) -> String {
    "Levenberg-Marquardt from every start, linear parameters solved for; the best ends are polished by damped Newton \
     with the exact Hessian in f64, until a step promises less than 1e-12 of the objective or rounding is left"
        .into()
}

pub(super) fn starts(known: &Known) -> String {
    let fits = known.cases.iter().map(|case| case.fit.starts);
    let told = fits.filter(|starts| starts.finished > 0);
    let worst = told.min_by(|a, b| {
        let share = |s: &crate::fit::Starts| s.reached_best as f64 / s.finished as f64;
        share(a).total_cmp(&share(b))
    });
    let reached = worst.map_or("no start was run to its end".into(), |worst| {
        let (reached, finished) = (worst.reached_best, worst.finished);
        format!("in the worst fit {reached} of {finished} run to their ends reached the best")
    });
    let starts = known.cases.iter().map(|case| case.fit.starts.total).max().unwrap_or(0);
    let seed = known.options.seed;
    format!(
        "{starts} a fit, scrambled Sobol points in the law's start ranges, seed {seed}; {reached}"
    )
}

pub(super) fn bounds(known: &Known) -> String {
    let mut met: Vec<String> = Vec::new();
    for case in known.cases {
        let held = case.fit.parameters.iter().filter(|(_, e)| e.at_bound.is_some());
        let (_, target, group, _) = case.key(known.runs);
        let group = if group.is_empty() { String::new() } else { format!(" [{group}]") };
        let told = held.map(|(label, _)| format!("{label} ({}, {target}{group})", case.law()));
        met.extend(told);
    }
    if met.is_empty() { "none".into() } else { listed(different(met.into_iter()), "; ") }
}

pub(super) fn states(known: &Known) -> String {
    let names = different(known.cases.iter().map(|case| case.fit.state.name().to_string()));
    let count = |name: &String| {
        let same = known.cases.iter().filter(|case| case.fit.state.name() == name);
        format!("{} {name}", same.count())
    };
    names.iter().map(count).collect::<Vec<_>>().join(", ")
}

pub(super) fn in_sample(known: &Known) -> String {
    let mut known: Vec<f64> = known
        .cases
        .iter()
        .filter_map(|case| case.fit.metrics.and_then(|metrics| metrics.r2))
        .collect();
    known.sort_by(f64::total_cmp);
    let ends = known.first().zip(known.last());
    let told = |(low, high): (&f64, &f64)| format!("R2 {low:.5} to {high:.5} in the sample");
    ends.map_or("no fit has an R2".into(), told)
}

pub(super) fn uncertainty(known: &Known) -> Option<String> {
    let mut ways = Vec::new();
    if known.fits.iter().any(|fit| fit.errors.iter().any(|e| e.equal_variance.is_some())) {
        ways.push("standard errors of equal variance".to_string());
    }
    if known.fits.iter().any(|fit| fit.errors.iter().any(|e| e.sandwich.is_some())) {
        ways.push("sandwich standard errors".into());
    }
    if known.fits.iter().any(|fit| !fit.profiles.is_empty()) {
        ways.push(format!("profile likelihoods at level {}", known.options.level));
    }
    let most = known.gathered.iter().map(|one| one.resamples.len()).max().unwrap_or(0);
    if most > 0 {
        let of = &known.options.resampling;
        let of = if of.is_empty() { String::new() } else { format!(" ({of})") };
        let s = if most == 1 { "" } else { "s" };
        ways.push(format!("{most} resample{s}{of}"));
    }
    (!ways.is_empty()).then(|| ways.join(", "))
}

/// How many refits there are of some kinds.
fn refits(known: &Known, kind: impl Fn(&Change) -> bool) -> usize {
    let tests = known.gathered.iter().flat_map(|one| &one.tests);
    tests.filter(|test| kind(&test.change)).count()
}

fn worst_ratio(known: &Known, kinds: &[&str]) -> String {
    let tests = known.fits.iter().filter_map(|fit| fit.backtests.as_ref());
    let tests = tests.flat_map(|all| &all.tests).filter(|test| kinds.contains(&&*test.kind));
    let worst = tests.filter_map(|test| test.rmse_ratio).max_by(f64::total_cmp);
    worst.map_or(String::new(), |worst| {
        format!("; the worst RMSE is {} times that in the sample", number(Some(worst)))
    })
}

pub(super) fn left_out(known: &Known) -> Option<String> {
    let kinds = [
        ("rows", refits(known, |change| matches!(change, Change::WithoutRow { .. }))),
        ("mixtures", refits(known, |change| matches!(change, Change::WithoutMixture { .. }))),
        ("values", refits(known, |change| matches!(change, Change::WithoutValue { .. }))),
    ];
    let told = kinds.iter().filter(|(_, count)| *count > 0);
    let told: Vec<String> =
        told.map(|(what, count)| format!("{count} refits with {what} left out")).collect();
    let worst = worst_ratio(known, &["without-row", "without-mixture", "without-value"]);
    (!told.is_empty()).then(|| told.join(", ") + &worst)
}

pub(super) fn extrapolated(known: &Known) -> Option<String> {
    let count = refits(known, |change| matches!(change, Change::UpTo { .. }));
    let worst = worst_ratio(known, &["up-to"]);
    (count > 0).then(|| format!("{count} refits up to a value, tested beyond it{worst}"))
}

pub(super) fn compared(known: &Known) -> Option<String> {
    let laws = of_cases(known, |case| case.law().to_string());
    (laws.len() > 1)
        .then(|| format!("{} laws, by AICc and BIC: {}", laws.len(), listed(laws, ", ")))
}

pub(super) fn single_rows(known: &Known) -> Option<String> {
    let all: Vec<_> = known.fits.iter().filter_map(|fit| fit.influence.as_ref()).collect();
    let fits = all.iter().filter(|one| one.marked > 0).count();
    let marked: usize = all.iter().map(|one| one.marked).sum();
    let told = format!(
        "{marked} rows in {fits} of {} fits move a parameter by more than a standard error",
        all.len()
    );
    (!all.is_empty()).then_some(told)
}

pub(super) fn loss(known: &Known) -> Option<String> {
    let all: Vec<_> = known.fits.iter().filter_map(|fit| fit.sensitivity.as_ref()).collect();
    let shifts = all.iter().flat_map(|one| &one.losses).flat_map(|other| &other.shifts);
    let most = shifts.filter_map(|shift| shift.map(f64::abs)).max_by(f64::total_cmp);
    let told = most.map_or(String::new(), |most| {
        format!("; parameters move by up to {} standard errors", number(Some(most)))
    });
    let what = "deltas of 1/10 to 10 times the chosen one, and squared losses";
    (!all.is_empty()).then(|| format!("{what}{told}"))
}

pub(super) fn program(known: &Known) -> String {
    let engine = &known.options.engine;
    let engine = if engine.is_empty() { String::new() } else { format!(" ({engine})") };
    format!("mixlaw {}{engine}, seed {}", env!("CARGO_PKG_VERSION"), known.options.seed)
}
