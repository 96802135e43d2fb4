//! What was seen of fits, in words.
//!
//! In: fits that were looked at. Out: one [`Warning`] for all that have the same trouble.

use std::collections::{BTreeMap, HashSet};

use super::sight::{NOISE, positive};
use super::{MOST_ROWS, Seen, Trouble, Warning};
use crate::law::bind::Symbol;
use crate::law::catalogue;
use crate::runs::Runs;

/// Names in a row before the others are counted.
const SHOWN: usize = 6;

/// Parameters that the rows leave free.
pub(super) fn undetermined(runs: &Runs, seen: &[Seen]) -> Vec<Warning> {
    let free = |one: &Seen| one.sight.undetermined.clone();
    gathered(
        seen,
        free,
        |fits, names| {
            let first = fits[0];
            let held =
                first.sight.undetermined.iter().position(|j| !linear(first, *j)).unwrap_or(0);
            let hold = &names[held.min(names.len() - 1)];
            let text = format!(
                "{}: {} cannot be determined {}: {}; hold {} (--fix '{hold}=VALUE'), add runs that tell them \
             apart, or take another law{}",
                law(first),
                joined(names),
                place(runs, fits, seen),
                reason(runs, first),
                if names.len() == 1 { "it" } else { "some" },
                see(first)
            );
            (Trouble::Undetermined, text)
        },
        runs,
    )
}

/// Parameters that a little noise throws about.
pub(super) fn loose(runs: &Runs, seen: &[Seen]) -> Vec<Warning> {
    let loose = |one: &Seen| one.sight.loose.iter().map(|(j, _)| *j).collect();
    gathered(
        seen,
        loose,
        |fits, names| {
            let first = fits[0];
            let moves =
                first.sight.loose.iter().zip(names).take(SHOWN).map(|((j, error), name)| {
                    match positive(&first.problem, *j) {
                        true => format!("{name} by {:.0} %", 100.0 * error),
                        false => format!("{name} by {error:.2}"),
                    }
                });
            let text = format!(
                "{}: {} will be badly known {}: {:.0} % of noise in the loss moves {}; {}",
                law(first),
                joined(names),
                place(runs, fits, seen),
                100.0 * NOISE,
                joined(&moves.collect::<Vec<String>>()),
                ranges(runs, first)
            );
            (Trouble::BadlyDetermined, text)
        },
        runs,
    )
}

/// Rows where the law is not finite.
pub(super) fn infinite(runs: &Runs, seen: &[Seen]) -> Vec<Warning> {
    let any =
        |one: &Seen| if one.sight.infinite.is_empty() { Vec::new() } else { vec![usize::MAX] };
    gathered(
        seen,
        any,
        |fits, _| {
            let first = fits[0];
            let text = format!(
                "{}: the law is not finite {}: {}",
                law(first),
                place(runs, fits, seen),
                zeros(runs, first)
            );
            (Trouble::Infinite, text)
        },
        runs,
    )
}

/// One warning for all fits that have the same parameters in trouble.
fn gathered(
    seen: &[Seen],
    troubled: impl Fn(&Seen) -> Vec<usize>,
    say: impl Fn(&[&Seen], &[String]) -> (Trouble, String),
    runs: &Runs,
) -> Vec<Warning> {
    let mut sets: BTreeMap<Vec<usize>, Vec<&Seen>> = BTreeMap::new();
    for one in seen {
        sets.entry(troubled(one)).or_default().push(one);
    }
    sets.remove(&Vec::new());
    let warning = |(parameters, fits): (Vec<usize>, Vec<&Seen>)| {
        let model = &fits[0].problem.forms.model;
        let names = parameters.iter().filter_map(|&j| model.parameters.get(j));
        let names: Vec<String> = names.map(|parameter| parameter.label.clone()).collect();
        let mut targets: Vec<usize> = fits.iter().flat_map(|one| one.alike.clone()).collect();
        targets.sort_unstable();
        targets.dedup();
        let (trouble, text) = say(&fits, &names);
        Warning {
            trouble,
            law: model.law.name.clone(),
            targets: targets.into_iter().map(|t| runs.targets[t].column.clone()).collect(),
            parameters: names,
            text,
        }
    };
    sets.into_iter().map(warning).collect()
}

fn law<'a>(one: &'a Seen) -> &'a str {
    &one.problem.forms.model.law.name
}

fn linear(one: &Seen, parameter: usize) -> bool {
    one.problem.forms.model.linear.contains(&parameter)
}

/// For which fits it is so.
fn place(runs: &Runs, fits: &[&Seen], seen: &[Seen]) -> String {
    let first = fits[0];
    let part = match first.part.name.as_str() {
        "" => String::new(),
        name => format!(" [{name}]"),
    };
    let target = format!("for {}{part}", runs.targets[first.target].column);
    let others = fits.iter().map(|one| one.alike.len()).sum::<usize>() - 1;
    let all: usize = seen.iter().map(|one| one.alike.len()).sum();
    match others {
        0 => target,
        _ => format!("{target} and {others} more of {all} fits looked at"),
    }
}

/// Why rows cannot tell parameters apart: columns that do not vary, or few mixtures.
fn reason(runs: &Runs, one: &Seen) -> String {
    let same: Vec<String> = spans(runs, one)
        .into_iter()
        .filter(|span| span.low == span.high)
        .map(|span| format!("{} is {} in every row", span.name, short(span.low)))
        .collect();
    let count = mixtures(runs, one);
    let shares = one.problem.forms.symbols.iter().any(is_share);
    match (same.is_empty(), shares) {
        (false, true) if count == 1 => format!("{} (one mixture)", joined(&same)),
        (false, true) => format!("{} ({count} mixtures)", joined(&same)),
        (false, _) => joined(&same),
        (true, true) => format!(
            "the rows have {count} different mixtures, and do not tell these parameters apart (or the law \
             has one too many)"
        ),
        (true, false) => {
            "the rows do not tell these parameters apart (or the law has one too many)".into()
        }
    }
}

/// How far the columns of the law go.
fn ranges(runs: &Runs, one: &Seen) -> String {
    let own = |span: &&Span| span.own || !span.share;
    let all = spans(runs, one);
    let range = |span: &Span| {
        let (low, high) = (span.low, span.high);
        let times = if low > 0.0 { format!(" ({:.2}x)", high / low) } else { String::new() };
        format!("{} goes from {} to {}{times}", span.name, short(low), short(high))
    };
    let mut words: Vec<String> = all.iter().filter(own).map(range).collect();
    if all.iter().any(|span| span.share) {
        words.push(format!("there are {} different mixtures", mixtures(runs, one)));
    }
    joined(&words)
}

/// Which zero makes the law infinite, in how many rows, and what to do.
fn zeros(runs: &Runs, one: &Seen) -> String {
    let rows = one.problem.rows.len();
    let bad = &one.sight.infinite;
    let cell = |column: usize, row: usize| {
        one.problem.sample.columns[column][one.problem.rows.start + row]
    };
    let symbols = &one.problem.forms.model.symbols;
    let all_zero = |column: &usize| bad.iter().all(|&row| cell(*column, row) == 0.0);
    let count = bad.len();
    let looked_at = if rows == MOST_ROWS { " looked at" } else { "" };
    match (0..symbols.len()).find(all_zero) {
        Some(column) => {
            let (name, quoted) =
                (name(runs, one, &symbols[column]), quoted(runs, one, &symbols[column]));
            format!(
                "{name} is zero in {count} of its {rows} rows{looked_at}; leave them out, target by target (--target {} \
                 --where '{quoted} > 0'), or take a law that bears zero shares, such as mixing-exp or \
                 additive",
                runs.targets[one.target].column
            )
        }
        None => format!(
            "at none of its starts, in {count} of its {rows} rows{looked_at}; narrow the starts (--start), or leave such \
             rows out (--where)"
        ),
    }
}

/// What a column of the law goes through in the rows of a fit.
struct Span {
    name: String,
    share: bool,
    own: bool,
    low: f64,
    high: f64,
}

fn spans(runs: &Runs, one: &Seen) -> Vec<Span> {
    let span = |(number, symbol): (usize, &Symbol)| {
        let values = &one.problem.sample.columns[number][one.problem.rows.clone()];
        let ends = |of: fn(f64, f64) -> f64| values.iter().copied().reduce(of).unwrap_or(f64::NAN);
        Span {
            name: name(runs, one, symbol),
            share: is_share(symbol),
            own: *symbol == Symbol::OwnShare,
            low: ends(f64::min),
            high: ends(f64::max),
        }
    };
    one.problem.forms.model.symbols.iter().enumerate().map(span).collect()
}

fn is_share(symbol: &Symbol) -> bool {
    matches!(symbol, Symbol::Share(_) | Symbol::OwnShare)
}

/// The domain of a share.
fn domain(runs: &Runs, one: &Seen, symbol: &Symbol) -> Option<usize> {
    match symbol {
        Symbol::Share(domain) => Some(*domain),
        Symbol::OwnShare => runs.targets[one.target].own,
        _ => None,
    }
}

fn name(runs: &Runs, one: &Seen, symbol: &Symbol) -> String {
    match (domain(runs, one, symbol), symbol) {
        (Some(domain), _) => format!("the share of {}", runs.domains[domain]),
        (None, Symbol::Input(name)) => name.clone(),
        _ => "the target".into(),
    }
}

/// The column as a formula names it.
fn quoted(runs: &Runs, one: &Seen, symbol: &Symbol) -> String {
    match (domain(runs, one, symbol), symbol) {
        (Some(domain), _) => format!("`{}`", runs.mixture_columns[domain]),
        (None, Symbol::Input(name)) => format!("`{name}`"),
        _ => "w".into(),
    }
}

/// How many different mixtures the rows of a part have.
fn mixtures(runs: &Runs, one: &Seen) -> usize {
    let rows = (0..runs.len()).filter(|&row| one.part.keep[row]);
    let mixture =
        |row: usize| runs.mixture.iter().map(|column| (column[row] + 0.0).to_bits()).collect();
    rows.map(mixture).collect::<HashSet<Vec<u64>>>().len()
}

/// Where the law's file says more.
fn see(one: &Seen) -> String {
    let known = catalogue::FILES.iter().any(|(name, _)| *name == law(one));
    if known { format!(" (`mixlaw laws {}` says which)", law(one)) } else { String::new() }
}

fn joined(names: &[String]) -> String {
    let mut all = names.iter().take(SHOWN).cloned().collect::<Vec<String>>().join(", ");
    if names.len() > SHOWN {
        all += &format!(" and {} more", names.len() - SHOWN);
    }
    all
}

/// Four digits at most.
fn short(x: f64) -> String {
    let text = format!("{x:.4}");
    if x == 0.0 || (1e-3..1e5).contains(&x.abs()) {
        return text.trim_end_matches('0').trim_end_matches('.').to_string();
    }
    format!("{x:.3e}")
}
