//! The predictions of all refits for some rows.
//!
//! In: the draws of a sweep, and the fits that they refit. Out: a [`Stack`] a fit. The file is read once for
//! every block of rows, so that the predictions of one block fit in memory.

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use super::ends;
use crate::error::{Error, Place, Result};
use crate::problem::Residual;
use crate::report::draws::{Change, Draw, Draws, Held};
use crate::study::predict::Subject;

/// Refits that are worked out at a time.
const BATCH: usize = 512;

/// What refits say of the rows of a block, one fit.
#[derive(Debug, Default)]
pub(super) struct Stack {
    /// Predictions of each usable resample.
    pub(super) resamples: Vec<Vec<f64>>,
    /// Resamples without a usable refit.
    pub(super) left_out: usize,
    /// Refits without a row.
    pub(super) rows: Vec<Unseen>,
    /// Refits without a mixture.
    pub(super) mixtures: Vec<Unseen>,
}

/// A refit that has not seen some rows.
#[derive(Debug)]
pub(super) struct Unseen {
    /// Predictions for the block; `None` without a usable refit.
    pub(super) predicted: Option<Vec<f64>>,
    /// Scores of the rows left out: sizes of residuals.
    pub(super) scores: Vec<f64>,
    /// Their errors where errors add up, those that are finite.
    pub(super) errors: Vec<f64>,
}

/// What a draw is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Resample,
    Row,
    Mixture,
}

fn kind(draw: &Draw) -> Option<Kind> {
    match draw.change {
        _ if !draw.subset.is_empty() => None,
        Change::Resample { .. } => Some(Kind::Resample),
        Change::WithoutRow { .. } => Some(Kind::Row),
        Change::WithoutMixture { .. } => Some(Kind::Mixture),
        Change::None | Change::WithoutValue { .. } | Change::UpTo { .. } => None,
    }
}

/// The fits by law, target and group.
pub(super) struct Known<'a> {
    pub(super) subjects: &'a [Subject<'a>],
    places: HashMap<[&'a str; 3], usize>,
    residual: Residual,
}

/// A draw that is waiting.
struct Task {
    subject: usize,
    kind: Kind,
    theta: Option<Vec<f64>>,
    held: Option<Held>,
}

impl<'a> Known<'a> {
    pub(super) fn new(subjects: &'a [Subject<'a>], residual: Residual) -> Known<'a> {
        let key = |subject: &Subject<'a>| {
            let entry = subject.entry;
            [entry.law.as_str(), entry.target.as_str(), entry.group.as_str()]
        };
        let places = subjects.iter().enumerate().map(|(i, subject)| (key(subject), i)).collect();
        Known { subjects, places, residual }
    }

    fn find(&self, draw: &Draw) -> Option<usize> {
        self.places.get(&[draw.law.as_str(), draw.target.as_str(), draw.group.as_str()]).copied()
    }

    /// How many predictions a row of all fits together takes.
    ///
    /// # Errors
    /// As [`Draws::each`]; [`Error::Input`] where no draw is of any of the fits.
    pub(super) fn count(&self, draws: &Draws) -> Result<usize> {
        let mut count = 0;
        draws.each(|draw| {
            count += usize::from(kind(&draw).is_some() && self.find(&draw).is_some());
            Ok(())
        })?;
        if count > 0 {
            return Ok(count);
        }
        Err(Error::input(
            Place::file(draws.path()),
            "none of its draws is a resample of one of these fits, or without one of their rows or mixtures",
            "give the draws of the sweep that wrote this fit",
        ))
    }

    /// The predictions for one block: of each fit the rows at these places of its group.
    ///
    /// # Errors
    /// As [`Draws::each`]; [`Error::Input`] for draws of other domains than the fit's.
    pub(super) fn block(&self, draws: &Draws, places: &Range<usize>) -> Result<Vec<Stack>> {
        let mut stacks: Vec<Stack> = self.subjects.iter().map(|_| Stack::default()).collect();
        let mut waiting = Vec::with_capacity(BATCH);
        let mut line = 0;
        draws.each(|draw| {
            line += 1;
            waiting.extend(self.task(draw, || Place::file(draws.path()).row(line))?);
            if waiting.len() == BATCH {
                self.work(&mut stacks, &mut waiting, places);
            }
            Ok(())
        })?;
        self.work(&mut stacks, &mut waiting, places);
        Ok(stacks)
    }

    fn task(&self, draw: Draw, place: impl FnOnce() -> Place) -> Result<Option<Task>> {
        let (Some(kind), Some(subject)) = (kind(&draw), self.find(&draw)) else { return Ok(None) };
        let usable = draw.status.is_usable() && !draw.parameters.is_empty();
        let model = &self.subjects[subject].model;
        let theta = if usable { Some(draw.theta(model, place)?) } else { None };
        Ok(Some(Task { subject, kind, theta, held: draw.held }))
    }

    fn work(&self, stacks: &mut [Stack], waiting: &mut Vec<Task>, places: &Range<usize>) {
        let predicted = |task: &Task| {
            let theta = task.theta.as_ref()?;
            Some(self.subjects[task.subject].predicted(theta, places))
        };
        let all: Vec<Option<Vec<f64>>> = waiting.par_iter().map(predicted).collect();
        for (task, predicted) in waiting.drain(..).zip(all) {
            let stack = &mut stacks[task.subject];
            match (task.kind, predicted) {
                (Kind::Resample, Some(predicted)) => stack.resamples.push(predicted),
                (Kind::Resample, None) => stack.left_out += 1,
                (Kind::Row, predicted) => stack.rows.extend(self.unseen(task.held, predicted)),
                (Kind::Mixture, predicted) => {
                    stack.mixtures.extend(self.unseen(task.held, predicted))
                }
            }
        }
    }

    /// `None` where no row that was left out has an observation of the target.
    fn unseen(&self, held: Option<Held>, predicted: Option<Vec<f64>>) -> Option<Unseen> {
        let held = held.unwrap_or_default();
        if predicted.is_none() {
            // Not known how wrong it is: it may be wrong by any amount.
            let scores = vec![f64::INFINITY; held.observed.len().max(1)];
            return Some(Unseen { predicted, scores, errors: Vec::new() });
        }
        let there = |(f, y): (&Option<f64>, &f64)| (f.unwrap_or(f64::NAN), *y);
        let pairs: Vec<(f64, f64)> = held.predicted.iter().zip(&held.observed).map(there).collect();
        let score = |(f, y): &(f64, f64)| ends::score(self.residual, *f, *y);
        let error = |(f, y): &(f64, f64)| ends::signed(self.residual, *f, *y);
        let scores: Vec<f64> = pairs.iter().map(score).collect();
        let errors = pairs.iter().filter_map(error).collect();
        (!scores.is_empty()).then_some(Unseen { predicted, scores, errors })
    }
}
