//! The checklist for scaling laws of Li, Kudugunta and Zettlemoyer ("(Mis)Fitting", arXiv 2502.18969), in our
//! words, filled in with what the program knows.
//!
//! In: [`Known`]. Out: [`Item`]s: answered, left to the user, or not done.

mod answers;

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::gathered::Gathered;
use super::{FitHonesty, HonestyOptions};
use crate::runs::Runs;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The part of the list.
    pub section: String,
    /// What is asked.
    pub question: String,
    /// The answer, where the program knows it.
    pub answer: Option<String>,
    /// Whose it is.
    pub state: ItemState,
}

/// Whether a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ItemState {
    /// The program knows the answer.
    #[serde(rename = "answered")]
    Answered,
    /// Only the user knows.
    #[serde(rename = "yours to fill in")]
    Yours,
    /// The program could have done this, and has not.
    #[serde(rename = "not done")]
    NotDone,
}

impl ItemState {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            ItemState::Answered => "answered",
            ItemState::Yours => "yours to fill in",
            ItemState::NotDone => "not done",
        }
    }
}

/// What the program knows.
pub(super) struct Known<'a> {
    pub(super) runs: &'a Runs,
    pub(super) cases: &'a [Case<'a>],
    pub(super) gathered: &'a [Gathered],
    pub(super) fits: &'a [FitHonesty],
    pub(super) options: &'a HonestyOptions,
}

const HYPOTHESIS: &str = "Hypothesis";
const SETUP: &str = "Training setup";
const DATA: &str = "Collection of data";
const FITTING: &str = "Fitting";

/// The list.
pub(super) fn checklist(known: &Known) -> Vec<Item> {
    [hypothesis(known), setup(), data(known), fitting(known), checks(known)].concat()
}

fn answered(section: &str, question: &str, answer: String) -> Item {
    let (section, question) = (section.into(), question.into());
    Item { section, question, answer: Some(answer), state: ItemState::Answered }
}

fn yours(section: &str, question: &str) -> Item {
    let (section, question) = (section.into(), question.into());
    Item { section, question, answer: None, state: ItemState::Yours }
}

/// Answered if there is an answer, not done otherwise.
fn done(section: &str, question: &str, answer: Option<String>) -> Item {
    let state = if answer.is_some() { ItemState::Answered } else { ItemState::NotDone };
    Item { section: section.into(), question: question.into(), answer, state }
}

fn hypothesis(known: &Known) -> Vec<Item> {
    let at = |question, answer| answered(HYPOTHESIS, question, answer);
    vec![
        at("Which form does the law have, and where is it from?", answers::forms(known)),
        at("Which quantities does it relate?", answers::quantities(known)),
        at("Which parameters are fitted, and which are held?", answers::parameters(known)),
        yours(HYPOTHESIS, "What is the law to be used for, and how far beyond the runs?"),
        yours(HYPOTHESIS, "Why this form? What does it take for granted?"),
    ]
}

fn setup() -> Vec<Item> {
    let questions = [
        "Which architecture, and which of its shapes change with size?",
        "How are parameters counted: with or without embeddings and output layer?",
        "How is compute (FLOP) counted or estimated?",
        "Which optimiser and hyperparameters, how were they tuned, and at which sizes again?",
        "Which learning-rate schedule, and does its length follow the number of tokens?",
        "Which data, tokenizer and context length; are data repeated?",
        "Which precision, batch size and hardware?",
    ];
    questions.map(|question| yours(SETUP, question)).to_vec()
}

fn data(known: &Known) -> Vec<Item> {
    vec![
        answered(DATA, "How many runs or checkpoints are there?", answers::rows(known)),
        answered(DATA, "Which rows were left out, and why?", answers::dropped(known)),
        answered(DATA, "Which ranges do the inputs and mixtures cover?", answers::ranges(known)),
        answered(DATA, "Are rows weighted?", answers::weights(known)),
        yours(DATA, "Are rows final models or checkpoints in the midst of training?"),
        yours(
            DATA,
            "What is the loss measured on: which data, how many tokens, smoothed or averaged?",
        ),
        yours(DATA, "How often was each configuration trained (seeds)?"),
        yours(DATA, "Which runs were made and are not in the table?"),
        yours(DATA, "Are models, table and code public?"),
    ]
}

fn fitting(known: &Known) -> Vec<Item> {
    let at = |question, answer| answered(FITTING, question, answer);
    vec![
        at("Which objective and loss?", answers::objective(known)),
        at("Which optimiser, and when does it stop?", answers::optimiser(known)),
        at("From which starts, and how many reached the best?", answers::starts(known)),
        at("Which bounds do parameters meet?", answers::bounds(known)),
        at("How did the fits end?", answers::states(known)),
        at("How well do the laws describe their own rows?", answers::in_sample(known)),
    ]
}

fn checks(known: &Known) -> Vec<Item> {
    let at = |question, answer| done(FITTING, question, answer);
    vec![
        at("How sure are the parameters?", answers::uncertainty(known)),
        at("Are the laws held against rows that they have not seen?", answers::left_out(known)),
        at(
            "Are they held against larger scales than they learnt from?",
            answers::extrapolated(known),
        ),
        at("Is the law compared with others?", answers::compared(known)),
        at("Does the answer hang on single rows?", answers::single_rows(known)),
        at("Does it hang on the loss?", answers::loss(known)),
        answered(FITTING, "With what can it be repeated?", answers::program(known)),
    ]
}
