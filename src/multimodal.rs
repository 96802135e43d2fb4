//! The multimodal scaling hypothesis as a calculator (Sun and Guo 2024, arXiv 2409.06754).
//!
//! In: raw sizes of modalities, what goes into a token, model parameters. Out: tokens, scores, and what
//! data and parameters are worth in each other.
//!
//! The hypothesis: performance is proportional to log N + log P for one modality of N = T / C tokens. How several
//! modalities add up could not be confirmed from the paper, so both [`Reading`]s are computed. Slope
//! and offset are unknown: only differences of a score mean anything, and only their sign and equality.

use serde::Serialize;

use crate::error::{Error, Result};

/// Said wherever a score is.
pub const ASSUMPTION: &str = "ASSUMPTION: performance rises with log tokens + log parameters (arXiv 2409.06754, a \
     hypothesis without data or fits); how modalities add up is not confirmed from the paper, so both readings stand \
     here. There is no saturation, no competition and no transfer between modalities in it";

/// Raw input of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Modality {
    /// Its name.
    pub name: String,
    /// Raw input, in any unit: T.
    pub size: f64,
    /// Raw input in a token, in the same unit: C.
    pub compression: f64,
}

/// How the tokens of several modalities add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The sum of the modalities' log N: each counts on its own. Minus infinity without one of them, and
    /// dividing a modality in two changes it.
    SumOfLogs,
    /// The log of all tokens together: a token is a token.
    LogOfSum,
}

/// A model and what it is trained on.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// One at least.
    pub modalities: Vec<Modality>,
    /// Model parameters.
    pub parameters: f64,
}

impl Modality {
    /// Reads `NAME=SIZE` or `NAME=SIZE/COMPRESSION`.
    ///
    /// # Errors
    /// [`Error::Usage`] for anything else, and for numbers that are not above zero.
    pub fn parse(text: &str) -> Result<Modality> {
        let wrong = |cause: String| {
            let remedy = "write NAME=SIZE/COMPRESSION, such as text=6e12/4.5 for 6e12 bytes of which 4.5 go \
                          into a token";
            Error::usage(format!("`{text}`: {cause}"), remedy)
        };
        let (name, numbers) =
            text.split_once('=').ok_or_else(|| wrong("there is no `=`".into()))?;
        let (size, compression) = numbers.split_once('/').unwrap_or((numbers, "1"));
        if name.trim().is_empty() {
            return Err(wrong("the modality has no name".into()));
        }
        let number = |text: &str| match text.trim().parse::<f64>() {
            Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
            _ => Err(wrong(format!("`{text}` is not a number above zero"))),
        };
        let (size, compression) = (number(size)?, number(compression)?);
        Ok(Modality { name: name.trim().to_string(), size, compression })
    }

    /// N = T / C.
    pub fn tokens(&self) -> f64 {
        self.size / self.compression
    }
}

impl Setup {
    /// The tokens of all modalities.
    pub fn tokens(&self) -> f64 {
        self.modalities.iter().map(Modality::tokens).sum()
    }

    /// The score in natural logarithms, up to slope and offset.
    pub fn score(&self, reading: Reading) -> f64 {
        let data = match reading {
            Reading::SumOfLogs => self.modalities.iter().map(|one| one.tokens().ln()).sum(),
            Reading::LogOfSum => self.tokens().ln(),
        };
        data + self.parameters.ln()
    }

    /// Parameters with the same score when there is `factor` times as much of a modality, or of all of them.
    pub fn parameters_with(&self, reading: Reading, grown: Option<usize>, factor: f64) -> f64 {
        let worth = match (reading, grown) {
            (Reading::SumOfLogs, Some(_)) => factor,
            (Reading::SumOfLogs, None) => self.modalities.iter().map(|_| factor).product(),
            (Reading::LogOfSum, None) => factor,
            (Reading::LogOfSum, Some(number)) => {
                1.0 + (factor - 1.0) * self.modalities[number].tokens() / self.tokens()
            }
        };
        self.parameters / worth
    }

    /// How many times as much of a modality, or of all of them, has the same score with `1 / factor` of the
    /// parameters.
    pub fn data_for(&self, reading: Reading, grown: Option<usize>, factor: f64) -> f64 {
        match (reading, grown) {
            (Reading::SumOfLogs, Some(_)) | (Reading::LogOfSum, None) => factor,
            (Reading::SumOfLogs, None) => factor.powf(1.0 / self.modalities.len() as f64),
            (Reading::LogOfSum, Some(number)) => {
                1.0 + (factor - 1.0) * self.tokens() / self.modalities[number].tokens()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READINGS: [Reading; 2] = [Reading::SumOfLogs, Reading::LogOfSum];

    fn setup() -> Setup {
        let parse = |text| Modality::parse(text).expect("a modality");
        let modalities = ["text=6e12/4", "image=3e14/768", "audio=1e9"].map(parse).to_vec();
        Setup { modalities, parameters: 7e9 }
    }

    fn grown(setup: &Setup, number: Option<usize>, factor: f64) -> Setup {
        let mut grown = setup.clone();
        let all = grown.modalities.iter_mut().enumerate();
        all.filter(|(k, _)| number.is_none_or(|n| n == *k)).for_each(|(_, one)| one.size *= factor);
        grown
    }

    #[test]
    fn trades_leave_the_score_as_it_was() {
        let setup = setup();
        for reading in READINGS {
            for number in [None, Some(0), Some(1), Some(2)] {
                let more = grown(&setup, number, 3.0);
                let parameters = setup.parameters_with(reading, number, 3.0);
                let traded = Setup { parameters, ..more };
                assert!((traded.score(reading) - setup.score(reading)).abs() < 1e-12);
                let factor = setup.data_for(reading, number, 5.0);
                let smaller =
                    Setup { parameters: setup.parameters / 5.0, ..grown(&setup, number, factor) };
                assert!((smaller.score(reading) - setup.score(reading)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_unit_of_raw_input_does_not_matter() {
        let mut other = setup();
        other.modalities.iter_mut().for_each(|one| {
            one.size *= 8.0;
            one.compression *= 8.0;
        });
        READINGS
            .iter()
            .for_each(|reading| assert_eq!(other.score(*reading), setup().score(*reading)));
    }

    #[test]
    fn dividing_a_modality_changes_one_reading_only() {
        let whole =
            Setup { modalities: vec![Modality::parse("a=8").expect("one")], parameters: 2.0 };
        let half = || Modality::parse("b=4").expect("one");
        let divided = Setup { modalities: vec![half(), half()], ..whole.clone() };
        let change = |reading| divided.score(reading) - whole.score(reading);
        assert!((change(Reading::LogOfSum)).abs() < 1e-15);
        assert!((change(Reading::SumOfLogs) - 2.0_f64.ln()).abs() < 1e-15);
    }
}
