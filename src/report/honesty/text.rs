//! How far fits can be trusted, for people.
//!
//! In: an [`HonestyReport`]. Out: text: tables of what was measured, and what was not.

use super::{HonestyReport, checklist_text};
use crate::fit::Profile;
use crate::fit::distribution::normal_quantile;
use crate::report::number;
use crate::report::text::table;
use crate::study::honesty::{
    Backtests, FitHonesty, Influence, Residuals, RowValue, Selection, Sensitivity,
};

/// Fits shown in full; the JSON document has them all.
const SHOWN: usize = 12;

/// p-values below this are shown.
const SUSPECT: f64 = 0.05;

/// p-values below this are shown as that: what is nearly zero is known no better.
const LEAST: f64 = 1e-12;

/// Intervals that are wider than others by more than this factor are remarked upon.
const APART: f64 = 1.5;

/// Everything.
pub fn honesty_text(report: &HonestyReport) -> String {
    let mut out = String::new();
    report.selection.iter().take(SHOWN).for_each(|one| out += &selection(one));
    out += &more(report.selection.len(), "targets");
    report.fits.iter().take(SHOWN).for_each(|fit| out += &of_fit(fit, report.level));
    out += &more(report.fits.len(), "fits");
    out + "\n" + &checklist_text(&report.checklist)
}

fn more(count: usize, what: &str) -> String {
    match count.saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("  ... and {more} more {what} (the JSON document has all)\n"),
    }
}

fn title(target: &str, group: &str, subset: &str) -> String {
    let group = if group.is_empty() { String::new() } else { format!(" [{group}]") };
    let subset = if subset.is_empty() { String::new() } else { format!(", rows {subset}") };
    format!("{target}{group}{subset}")
}

fn fixed(x: Option<f64>, decimals: usize) -> String {
    x.map_or("-".into(), |x| format!("{x:.decimals$}"))
}

fn selection(one: &Selection) -> String {
    let title = title(&one.target, &one.group, &one.subset);
    let chosen = format!("chosen of {}", one.resamples);
    let header = ["law", "parameters", "AICc", "dAICc", "dBIC", "weight", &chosen];
    let lines = one.laws.iter().map(|law| {
        vec![
            law.law.clone(),
            law.parameters.to_string(),
            fixed(law.aicc, 2),
            fixed(law.delta_aicc, 2),
            fixed(law.delta_bic, 2),
            fixed(law.weight, 3),
            law.frequency.map_or("-".into(), |f| format!("{:.1} %", 100.0 * f)),
        ]
    });
    let mut out = format!("\nwhich law: {title}, {} rows\n{}", one.rows, table(&header, lines));
    for law in one.laws.iter() {
        if let Some(why) = &law.why {
            out += &format!("  {}: no criterion: {why}\n", law.law);
        }
    }
    out
}

fn of_fit(fit: &FitHonesty, level: f64) -> String {
    let title = title(&fit.target, &fit.group, &fit.subset);
    let mut out = format!("\nhow far to trust {}: {title} ({})\n", fit.law, fit.status.name());
    out += &fit.backtests.as_ref().map_or(String::new(), backtests);
    out += &parameters(fit, level);
    out += &spectrum(fit);
    out += &fit.influence.as_ref().map_or(String::new(), influence);
    out += &fit.sensitivity.as_ref().map_or(String::new(), sensitivity);
    out += &fit.residuals.as_ref().map_or(String::new(), residuals);
    for missing in &fit.missing {
        out += &format!("  no {}: {}\n", missing.part, missing.why);
    }
    out
}

fn backtests(all: &Backtests) -> String {
    let header = ["test", "rows", "MRE %", "RMSE", "R2", "Spearman", "mean error", "RMSE ratio"];
    let cells = |m: &crate::study::honesty::Measures| {
        vec![
            m.rows.to_string(),
            fixed(m.mre.map(|x| 100.0 * x), 3),
            number(m.rmse),
            fixed(m.r2, 4),
            fixed(m.spearman, 4),
            number(m.mean_error),
        ]
    };
    let own = [vec!["in sample".into()], cells(&all.in_sample), vec![String::new()]].concat();
    let tests = all.tests.iter().map(|test| {
        let column = test.column.as_deref().unwrap_or("");
        let value = test.value.map_or(String::new(), |value| format!(" {}", number(Some(value))));
        let failed = match test.without_minimum {
            0 => String::new(),
            count => format!(" ({count} without a minimum)"),
        };
        let name = format!("{} {column}{value}{failed}", test.kind).trim_end().to_string();
        [vec![name], cells(&test.measures), vec![fixed(test.rmse_ratio, 3)]].concat()
    });
    table(&header, std::iter::once(own).chain(tests))
}

/// Standard errors and intervals, a line a parameter.
fn parameters(fit: &FitHonesty, level: f64) -> String {
    let interval = format!("profile {:.0} %", 100.0 * level);
    let header = ["parameter", "std. error", "sandwich", &interval, "asymmetry"];
    let lines = fit.errors.iter().map(|errors| {
        let profile = fit.profiles.iter().find(|profile| profile.parameter == errors.parameter);
        let end = |value: Option<f64>| value.map_or("open".into(), |value| number(Some(value)));
        let ends = profile
            .map_or("-".into(), |p| format!("{} to {}", end(p.low.value), end(p.high.value)));
        vec![
            errors.parameter.clone(),
            number(errors.equal_variance),
            number(errors.sandwich),
            ends,
            fixed(profile.and_then(|profile| profile.asymmetry), 3),
        ]
    });
    table(&header, lines) + &profiles(fit, level)
}

/// What is to be known of profiles.
fn profiles(fit: &FitHonesty, level: f64) -> String {
    let mut out = String::new();
    for profile in &fit.profiles {
        let label = &profile.parameter;
        for (side, end) in [("lower", &profile.low), ("upper", &profile.high)] {
            if let Some(remark) = &end.remark {
                out += &format!("  {label}, {side} end: {remark}\n");
            }
        }
        if let Some(lower) = profile.lower_objective {
            let lower = number(Some(lower));
            out += &format!(
                "  {label}: a refit found the objective {lower}, lower than the fit's: use more starts\n"
            );
        }
        if let Some(ratio) =
            width(fit, profile, level).filter(|r| !(1.0 / APART..=APART).contains(r))
        {
            out += &format!(
                "  {label}: the profile is {ratio:.2} times as wide as the interval of the sandwich: the noise is not \
                 what the loss supposes, and the wider is the safer\n"
            );
        }
    }
    out
}

/// A profile's width over that of an interval by the sandwich.
fn width(fit: &FitHonesty, profile: &Profile, level: f64) -> Option<f64> {
    let errors = fit.errors.iter().find(|errors| errors.parameter == profile.parameter)?;
    let width = profile.high.value? - profile.low.value?;
    let other = 2.0 * normal_quantile(0.5 + 0.5 * level) * errors.sandwich?;
    (other > 0.0).then(|| width / other)
}

fn spectrum(fit: &FitHonesty) -> String {
    let Some(spectrum) = &fit.spectrum else { return String::new() };
    let decades: Vec<String> = spectrum.decades.iter().map(|d| fixed(*d, 1)).collect();
    let condition = spectrum.condition.map_or("infinite".into(), |c| format!("{c:.3e}"));
    let mut out =
        format!("  directions, in decades: {}; condition {condition}\n", decades.join(", "));
    for direction in &spectrum.sloppy {
        let shares: Vec<String> =
            direction.shares.iter().map(|(label, s)| format!("{label} {s:.2}")).collect();
        let decades =
            direction.decades.map_or("undetermined".into(), |d| format!("{d:.1} decades"));
        out += &format!("  sloppy ({decades}): {}\n", shares.join(", "));
    }
    for pair in &spectrum.correlated {
        let [a, b] = &pair.labels;
        out += &format!("  correlated: {a} and {b}, {:.5}\n", pair.correlation);
    }
    out
}

fn influence(one: &Influence) -> String {
    let mut out = format!(
        "  {} of {} rows move a parameter by more than {} standard error, {} by more than 2/sqrt(n) = {:.3}\n",
        one.marked, one.refits, one.cut, one.beyond_usual_cut, one.usual_cut
    );
    let header = ["row", "moves", "std. errors", "distance"];
    let lines = one.rows.iter().map(|row| {
        let mark = if row.marked { "!" } else { "" };
        let shift = format!("{:+.3}{mark}", row.shift);
        vec![row.row.to_string(), row.parameter.clone(), shift, number(row.distance)]
    });
    out += &table(&header, lines);
    out
}

fn sensitivity(one: &Sensitivity) -> String {
    let mut header = vec!["delta (shift in std. errors)"];
    header.extend(one.parameters.iter().map(String::as_str));
    let lines = one.losses.iter().map(|loss| {
        let name = loss.delta.map_or("squared".into(), |delta| number(Some(delta)));
        let ended = if loss.status.is_usable() { "" } else { loss.status.name() };
        let mut line = vec![format!("{name} {ended}").trim_end().to_string()];
        for (value, shift) in loss.values.iter().zip(&loss.shifts) {
            let shift = shift.map_or(String::new(), |shift| format!(" ({shift:+.2})"));
            line.push(number(Some(*value)) + &shift);
        }
        line
    });
    table(&header, lines)
}

fn residuals(one: &Residuals) -> String {
    let rows = |list: &[RowValue], decimals: usize| {
        let told = list.iter().map(|row| format!("{} ({:.decimals$})", row.row, row.value));
        told.collect::<Vec<_>>().join(", ")
    };
    let mut out = format!(
        "  residuals: mean {}, deviation {}, skewness {}, excess kurtosis {}\n",
        number(one.mean),
        number(one.deviation),
        fixed(one.skewness, 2),
        fixed(one.excess_kurtosis, 2)
    );
    out += &tests(one);
    if let Some(share) = one.beyond_delta {
        out += &format!("  beyond delta: {:.1} % of the rows\n", 100.0 * share);
    }
    let mean = fixed(one.mean_leverage, 3);
    out += &format!("  leverage (mean {mean}): rows {}\n", rows(&one.leverages, 3));
    if !one.standardised.is_empty() {
        out += &format!("  standardised residuals: rows {}\n", rows(&one.standardised, 2));
    }
    out
}

fn tests(one: &Residuals) -> String {
    let told = |name: &str, p: Option<f64>, why: &Option<String>| match (p, why) {
        (Some(p), _) if p < LEAST => format!("  {name}: p < {LEAST:e}\n"),
        (Some(p), _) => format!("  {name}: p = {p:.2e}\n"),
        (_, why) => format!("  {name}: cannot be tested: {}\n", why.as_deref().unwrap_or("-")),
    };
    let normal = &one.jarque_bera;
    let mut out = told("normal (Jarque-Bera)", normal.p_value, &normal.why);
    let suspects = one.breusch_pagan.iter().enumerate().filter(|(place, against)| {
        *place == 0 || against.test.p_value.is_some_and(|p| p < SUSPECT)
    });
    for (_, against) in suspects {
        let name = format!("equal variance against {} (Breusch-Pagan)", against.regressor);
        out += &told(&name, against.test.p_value, &against.test.why);
    }
    let along = &one.along_runs;
    let name = match (&along.column, along.correlation) {
        (Some(column), Some(correlation)) => {
            format!("independent along {column} (correlation of neighbours {correlation:+.3})")
        }
        _ => "independent along runs".into(),
    };
    out + &told(&name, along.p_value, &along.why)
}
