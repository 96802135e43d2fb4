//! The JSON document `mixlaw.multimodal/1`, and its text.
//!
//! In: a setup of the multimodal hypothesis and the factors asked for. Out: tokens, scores and trades, with the
//! assumption.

use serde::Serialize;

use super::number;
use super::text::table;
use crate::multimodal::{ASSUMPTION, Modality, Reading, Setup};

const SCHEMA: &str = "mixlaw.multimodal/1";
const READINGS: [Reading; 2] = [Reading::SumOfLogs, Reading::LogOfSum];

/// The answer of `mixlaw multimodal`.
#[derive(Debug, Clone, Serialize)]
pub struct MultimodalReport {
    /// `mixlaw.multimodal/1`.
    pub schema: String,
    /// The program's version.
    pub version: String,
    /// What has to be true for any of it.
    pub assumption: String,
    /// Model parameters.
    pub parameters: f64,
    /// The modalities.
    pub modalities: Vec<Tokens>,
    /// Scores in natural logarithms, up to an unknown slope and offset: the two readings.
    pub score: [f64; 2],
    /// What data are worth.
    pub trades: Vec<Trade>,
}

/// A modality and its tokens.
#[derive(Debug, Clone, Serialize)]
pub struct Tokens {
    /// Raw size and what goes into a token.
    #[serde(flatten)]
    pub modality: Modality,
    /// Tokens.
    pub tokens: f64,
    /// Share of all tokens.
    pub share: f64,
}

/// Data against parameters at the same score; pairs are the two readings.
#[derive(Debug, Clone, Serialize)]
pub struct Trade {
    /// The modality that there is more of; `null` for all of them.
    pub modality: Option<String>,
    /// How many times as much there is.
    pub factor: f64,
    /// Parameters with the same score then.
    pub parameters: [f64; 2],
    /// How many times as much makes up for `1 / factor` of the parameters.
    pub data: [f64; 2],
}

impl MultimodalReport {
    /// Works everything out.
    pub fn new(setup: &Setup, factors: &[f64]) -> MultimodalReport {
        let all = setup.tokens();
        let tokens = |modality: &Modality| Tokens {
            tokens: modality.tokens(),
            share: modality.tokens() / all,
            modality: modality.clone(),
        };
        let which = || (0..setup.modalities.len()).map(Some).chain([None]);
        let trade = |number: Option<usize>, factor: f64| Trade {
            modality: number.map(|number| setup.modalities[number].name.clone()),
            factor,
            parameters: READINGS.map(|reading| setup.parameters_with(reading, number, factor)),
            data: READINGS.map(|reading| setup.data_for(reading, number, factor)),
        };
        MultimodalReport {
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            assumption: ASSUMPTION.into(),
            parameters: setup.parameters,
            modalities: setup.modalities.iter().map(tokens).collect(),
            score: READINGS.map(|reading| setup.score(reading)),
            trades: factors
                .iter()
                .flat_map(|factor| which().map(|number| trade(number, *factor)))
                .collect(),
        }
    }
}

/// Everything for people.
pub fn multimodal_text(report: &MultimodalReport) -> String {
    let mut out = format!("{}\n\n", report.assumption);
    let header = ["modality", "raw input", "in a token", "tokens", "share"];
    let line = |one: &Tokens| {
        let numbers = [one.modality.size, one.modality.compression, one.tokens, one.share];
        std::iter::once(one.modality.name.clone()).chain(numbers.map(|x| number(Some(x)))).collect()
    };
    out += &table(&header, report.modalities.iter().map(line));
    let [sum, log] = report.score.map(|score| number(Some(score)));
    out += &format!(
        "\nscore for {} parameters, natural logarithms, unknown slope and offset\n  sum of logs {sum}, log of the \
         sum {log}\n\nat the same score\n",
        number(Some(report.parameters))
    );
    let header = [
        "more of",
        "factor",
        "parameters, sum of logs",
        "log of the sum",
        "for parameters / factor: data, sum of logs",
        "log of the sum",
    ];
    let line = |trade: &Trade| {
        let all = [trade.factor].into_iter().chain(trade.parameters).chain(trade.data);
        let name = trade.modality.clone().unwrap_or_else(|| "all".into());
        std::iter::once(name).chain(all.map(|x| number(Some(x)))).collect()
    };
    out + &table(&header, report.trades.iter().map(line))
}
