//! Critical mixture ratios for people.
//!
//! In: a [`CmrReport`]. Out: text.

use super::{BudgetReport, CmrReport, CurveReport, ModelReport, RatioReport, TriedReport};
use crate::cmr::{Binding, Turn};
use crate::report::text::table;
use crate::report::{number, rows};

/// Everything.
pub fn cmr_text(report: &CmrReport) -> String {
    let mut out = head(report);
    report.models.iter().for_each(|model| out += &of_model(model));
    out += &critical(report);
    for model in &report.models {
        model.budgets.iter().for_each(|budget| out += &sensitivity(model, budget));
    }
    report.warnings.iter().for_each(|warning| out += &format!("warning: {warning}\n"));
    out
}

fn head(report: &CmrReport) -> String {
    format!(
        "{}: {}\nepsilon {} nats; lambda {}; laws in units of {:e} tokens; seed {}\n",
        report.source,
        report.shares,
        report.epsilon,
        weight(report.lambda),
        report.unit,
        report.seed
    )
}

fn weight(lambda: Option<f64>) -> String {
    lambda.map_or("infinite".into(), |lambda| lambda.to_string())
}

fn of_model(model: &ModelReport) -> String {
    let title = if model.model.is_empty() { "" } else { "model " };
    let mut out = format!("\n{title}{}\n", model.model);
    let header = ["domain share", "general share", "rows", "R2 general", "R2 domain", "turns at"];
    let lines = model.ratios.iter().map(|ratio| {
        let r2 = |fit: &Option<CurveReport>| {
            fit.as_ref().and_then(|fit| fit.r2).map_or("-".into(), |r2| format!("{r2:.5}"))
        };
        let points = ratio.general.as_ref().map_or("-".into(), |fit| fit.rows.to_string());
        let shares = [ratio.domain_share, ratio.general_share].map(|share| format!("{share:.4}"));
        shares
            .into_iter()
            .chain([points, r2(&ratio.general), r2(&ratio.domain), turn(ratio)])
            .collect()
    });
    out += &table(&header, lines);
    if let Some(law) = &model.law {
        let value = |k: usize| number(law.parameters.get(k).and_then(|(_, p)| p.value));
        let points = law.pairs.len();
        out += &format!(
            "  R(T) = {} * T^{} + {}, from {points} turning points\n",
            value(0),
            value(1),
            value(2)
        );
    }
    model.budgets.iter().for_each(|budget| out += &tried(budget));
    out
}

fn turn(ratio: &RatioReport) -> String {
    match ratio.turn {
        Some(Turn::At(tokens)) => format!("{tokens:.4e}"),
        Some(Turn::Falls) => "falls from the start".into(),
        Some(Turn::Rises) => "never".into(),
        None => "-".into(),
    }
}

fn tried(budget: &BudgetReport) -> String {
    let header = ["domain share", "general change", "domain change", "verdict"];
    let lines = budget.tried.iter().map(|one| {
        vec![
            format!("{:.4}", one.domain_share),
            format!("{:+.5}", one.general_change),
            format!("{:+.5}", one.domain_change),
            why(one).to_string(),
        ]
    });
    format!("  after {:.4e} tokens\n{}", budget.tokens, table(&header, lines))
}

fn why(one: &TriedReport) -> &'static str {
    match (one.tolerated, one.gains, one.turned) {
        (true, true, true) => "feasible",
        (false, ..) => "general loss beyond the tolerance",
        (_, false, _) => "domain loss does not fall",
        (.., false) => "general loss has not turned",
    }
}

fn critical(report: &CmrReport) -> String {
    let header = [
        "critical",
        "tokens",
        "domain share",
        "95 % interval",
        "general share",
        "limited by",
        "tried",
    ];
    let mut lines = Vec::new();
    for model in &report.models {
        for budget in &model.budgets {
            lines.push(line(model, budget));
        }
    }
    let mut out = format!("\n{}", table(&header, lines.into_iter()));
    for model in report.models.iter().filter(|model| !model.interval.is_empty()) {
        let title = if model.model.is_empty() { "" } else { ", " };
        out += &format!("  interval{title}{}: {}\n", model.model, model.interval);
    }
    out
}

fn line(model: &ModelReport, budget: &BudgetReport) -> Vec<String> {
    let share = |share: f64| format!("{share:.4}");
    let known = |of: fn(&crate::cmr::Verdict) -> f64| {
        budget.critical.as_ref().map_or("-".into(), |verdict| share(of(verdict)))
    };
    let ends = |[low, high]: [f64; 2]| format!("{low:.4}-{high:.4}");
    let binding = budget.critical.map_or("-", |verdict| match verdict.binding {
        Binding::Turn => "turn",
        Binding::Tolerance => "tolerance",
        Binding::Nothing => "nothing",
    });
    let between = match budget.between {
        [Some(low), Some(high)] => format!("{low:.4} feasible, {high:.4} not"),
        [Some(low), None] => format!("{low:.4} feasible"),
        [None, Some(high)] => format!("{high:.4} not feasible"),
        [None, None] => "-".into(),
    };
    vec![
        model.model.clone(),
        format!("{:.4e}", budget.tokens),
        known(|verdict| verdict.domain_share),
        budget.interval.map_or("-".into(), ends),
        known(|verdict| verdict.general_share),
        binding.into(),
        between,
    ]
}

/// Domain shares for tolerances and weights.
fn sensitivity(model: &ModelReport, budget: &BudgetReport) -> String {
    let mut weights: Vec<Option<f64>> = Vec::new();
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut last = None;
    for one in &budget.sensitivity {
        if !weights.contains(&one.lambda) {
            weights.push(one.lambda);
        }
        if last != Some(one.epsilon) {
            lines.push(vec![one.epsilon.to_string()]);
            last = Some(one.epsilon);
        }
        let share = one.domain_share.map_or("-".into(), |share| format!("{share:.4}"));
        let mark = if one.binding == Some(Binding::Tolerance) { " t" } else { "" };
        lines.last_mut().into_iter().for_each(|line| line.push(format!("{share}{mark}")));
    }
    if lines.is_empty() {
        return String::new();
    }
    let mut header = vec!["epsilon".to_string()];
    header.extend(weights.iter().map(|lambda| format!("lambda {}", weight(*lambda))));
    let title = if model.model.is_empty() { "" } else { ", " };
    let all: Vec<Vec<String>> = std::iter::once(header).chain(lines).collect();
    format!(
        "\ndomain share at {:.4e} tokens{title}{} (t: limited by the tolerance)\n{}",
        budget.tokens,
        model.model,
        rows(&all)
    )
}
