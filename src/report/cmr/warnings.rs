//! What to know before training by a critical ratio.
//!
//! In: answers and what was asked. Out: sentences.

use crate::cmr::{Answer, AtBudget, Question, Turn, turn};
use crate::report::number;

/// The sentences, model by model.
pub(super) fn warnings(answers: &[Answer], unit: f64, question: &Question) -> Vec<String> {
    answers.iter().flat_map(|answer| of_model(answer, unit, question)).collect()
}

fn of_model(answer: &Answer, unit: f64, question: &Question) -> Vec<String> {
    let mut all = fits(answer);
    all.extend(law(answer, unit, question));
    all.extend(answer.budgets.iter().flat_map(|at| budget(answer, at, unit)));
    let model = &answer.subject.model;
    let title = if model.is_empty() { String::new() } else { format!("{model}: ") };
    all.into_iter().map(|warning| title.clone() + &warning).collect()
}

fn fits(answer: &Answer) -> Vec<String> {
    let both = answer.subject.series.iter().zip(&answer.subject.fitted);
    let wanting = both.flat_map(|(series, fitted)| {
        [("general", &fitted.general), ("domain", &fitted.domain)]
            .into_iter()
            .filter(|(_, fit)| !fit.state.is_usable())
            .map(move |(loss, fit)| {
                let (ratio, state) = (number(Some(series.ratio)), fit.state.name());
                format!("ratio {ratio}, {loss} loss: {state}: {}", fit.message)
            })
    });
    wanting.collect()
}

/// About the turning points and the law.
fn law(answer: &Answer, unit: f64, question: &Question) -> Vec<String> {
    let Some(law) = &answer.law else {
        let count = answer.subject.curves.iter();
        let count = count.filter(|one| matches!(turn(one, question.lambda), Turn::At(_))).count();
        return vec![format!(
            "{count} ratios turn, not all of them within {} times the checkpoints: three are needed \
             for a law of the critical ratio, so it is only known between which ratios it lies",
            question.reach
        )];
    };
    let mut all = Vec::new();
    if law.pairs.len() == law.parameters.len() {
        all.push(
            "three turning points and three parameters: the law passes through all, and nothing \
                  says how good it is"
                .to_string(),
        );
    }
    if !law.state.is_usable() || law.state == crate::fit::State::RankDeficient {
        all.push(format!("law of the critical ratio: {}: {}", law.state.name(), law.message));
    }
    let [_, last] = answer.subject.observed;
    let beyond = law.pairs.iter().filter(|pair| pair.t > last);
    let beyond: Vec<String> = beyond.map(|pair| number(Some(pair.ratio))).collect();
    if !beyond.is_empty() {
        all.push(format!(
            "the turning points of ratio {} are extrapolated: they lie beyond the last checkpoint, {:.3e} \
             tokens",
            beyond.join(", "),
            last * unit
        ));
    }
    all
}

/// About one budget.
fn budget(answer: &Answer, at: &AtBudget, unit: f64) -> Vec<String> {
    let tokens = format!("{:.3e} tokens", at.t * unit);
    let mut all = Vec::new();
    let [_, last] = answer.subject.observed;
    if at.t > last * (1.0 + 1e-9) {
        all.push(format!(
            "{tokens}: an extrapolation, the last checkpoint is at {:.3e} tokens",
            last * unit
        ));
    }
    let times = || answer.law.iter().flat_map(|law| law.pairs.iter().map(|pair| pair.t));
    let ends = times().reduce(f64::min).zip(times().reduce(f64::max));
    if let Some((first, last)) = ends.filter(|(first, last)| at.t < *first || at.t > *last) {
        all.push(format!(
            "{tokens}: outside the turning points, {:.3e} to {:.3e} tokens: the law is extrapolated",
            first * unit,
            last * unit
        ));
    }
    if let Some(verdict) = at.verdict.filter(crate::cmr::Verdict::is_clamped) {
        all.push(format!(
            "{tokens}: the law says {}, which is no share: clamped",
            number(Some(verdict.by_turn))
        ));
    }
    if at.checked.iter().all(|one| !one.holds[1]) && !at.checked.is_empty() {
        all.push(format!("{tokens}: the domain loss falls at no ratio (Eq. 2)"));
    }
    all
}
