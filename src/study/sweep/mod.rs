//! Sweeps: laws x targets x groups x subsets x resamples and rows left out, as one plan of refits.
//!
//! In: a table, laws, and the `[sweep]` part of a study. Out: chunks of draws, each line of which depends on
//! its own place in the plan alone: whatever order, shard or interruption, the lines are the same.

mod blocks;
mod part;
mod section;
mod work;

use std::sync::Arc;

pub use part::{Part, Slot};
pub use section::{Format, Resample, SweepSection};

use super::holdout::rows_where;
use crate::engine::{Engine, work as starts_work};
use crate::error::{Error, Result};
use crate::law::bind::Symbol;
use crate::law::{Law, RowFormula};
use crate::plan::{Resampler, mix};
use crate::report::draws::Draw;
use crate::runs::Runs;
use crate::store::fingerprint;
use crate::study::compare::Series;
use crate::study::honesty::Case;
use crate::study::{Options, Outcome, keep_rows, score};
use blocks::{Block, blocks};
use part::Job;
use work::{Found, Way, found};

/// Passes over rows of one chunk where the study does not say: some seconds of one core.
const CHUNK_PASSES: f64 = 4e8;

/// Passes over its rows that a warm refit takes, about.
const WARM_PASSES: f64 = 60.0;

/// A sweep whose full fits are made.
#[derive(Debug)]
pub struct Sweep<'a> {
    runs: &'a Runs,
    options: &'a Options,
    section: &'a SweepSection,
    /// Every law on every subset, laws first.
    pub parts: Vec<Part>,
    subsets: Vec<Subset>,
    /// Units of each part and block, one after another: part, block, and the first unit.
    segments: Vec<(usize, usize, u64)>,
    units: u64,
    chunk: u64,
}

/// Some of the rows.
#[derive(Debug)]
struct Subset {
    name: String,
    keep: Vec<bool>,
    blocks: Vec<Block>,
    resampler: Resampler,
}

impl<'a> Sweep<'a> {
    /// Makes the full fits.
    ///
    /// # Errors
    /// As [`crate::study::fit_table`]; [`Error::Usage`] and [`Error::Input`] for subsets, clusters and columns
    /// that mean nothing for this table.
    pub fn new(
        engine: &dyn Engine,
        runs: &'a Runs,
        laws: &[Arc<Law>],
        options: &'a Options,
        section: &'a SweepSection,
    ) -> Result<Sweep<'a>> {
        let inputs = inputs(runs, laws, options)?;
        let subsets = subsets(runs, options, section, &inputs)?;
        let mut parts = Vec::new();
        for law in laws {
            for subset in &subsets {
                let rows = (subset.name.as_str(), subset.keep.as_slice());
                parts.push(Part::new(engine, runs, law, options, rows)?);
            }
        }
        let (mut segments, mut units) = (Vec::new(), 0);
        for part in 0..parts.len() {
            for (place, block) in subsets[part % subsets.len()].blocks.iter().enumerate() {
                segments.push((part, place, units));
                units += block.len();
            }
        }
        let mut sweep = Sweep { runs, options, section, parts, subsets, segments, units, chunk: 1 };
        sweep.chunk = sweep.chunk_units();
        Ok(sweep)
    }

    /// The fits of all rows, scored on what the study holds out.
    ///
    /// # Errors
    /// As [`crate::study::fit_table`].
    pub fn outcomes(&self) -> Result<Vec<Outcome>> {
        let keep = keep_rows(self.runs, self.options.holdout.as_ref())?;
        let all = self.parts.iter().filter(|part| part.subset.is_empty());
        let slots = all.flat_map(|part| part.slots.iter().map(move |slot| (part, slot)));
        slots
            .map(|(part, slot)| {
                let (model, fit) = (Arc::clone(&part.model), slot.fit.clone());
                let (target, group) = (slot.target, slot.group);
                let holdout = score(self.runs, &model, target, group, &fit, &keep)?;
                Ok(Outcome { model, target, group, fit, holdout })
            })
            .collect()
    }

    /// Every full fit with its problem, for measures that look at it again.
    pub fn cases(&self) -> Vec<Case<'_>> {
        let slots =
            self.parts.iter().flat_map(|part| part.slots.iter().map(move |slot| (part, slot)));
        slots.map(|(part, slot)| slot.case(&part.subset)).collect()
    }

    /// Labels of the parameters of all laws, each once.
    pub fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for slot in self.parts.iter().flat_map(|part| &part.slots) {
            for (label, _) in &slot.fit.parameters {
                if !labels.contains(label) {
                    labels.push(label.clone());
                }
            }
        }
        labels
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> u64 {
        self.units.div_ceil(self.chunk)
    }

    /// A number for all that decides the draws.
    pub fn fingerprint(&self) -> String {
        let mut text = format!("{} {} {:?}", env!("CARGO_PKG_VERSION"), self.chunk, self.section);
        let Options { objective, plan, changes, .. } = self.options;
        text += &format!(" {objective:?} {plan:?} {changes:?}");
        for part in &self.parts {
            let law = &part.model.law;
            text += &format!(" {law:?}");
        }
        for subset in &self.subsets {
            text += &format!(" {} {:?}", subset.name, subset.keep);
        }
        let numbers = |name: &str, values: &[f64]| {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            format!(" {name} {}", crate::store::checksum(&bytes))
        };
        let shares = self.runs.mixture_columns.iter().zip(&self.runs.mixture);
        shares.for_each(|(name, column)| text += &numbers(name, column));
        self.runs.inputs.iter().for_each(|(name, column)| text += &numbers(name, column));
        for target in &self.runs.targets {
            text += &numbers(&format!("{} {:?}", target.column, target.own), &target.values);
        }
        if let Some(weights) = &self.runs.weight {
            text += &numbers("weight", weights);
        }
        text += &format!(" {:?} {:?}", self.runs.groups, self.runs.row_numbers);
        fingerprint(&text)
    }

    /// About how many fits some chunks take, as a [`crate::engine::Watch`] counts them.
    pub fn fits(&self, chunks: impl Iterator<Item = u64>) -> u64 {
        let searched = starts_work(1, &self.options.plan) as f64;
        let of = |unit: u64| {
            let (part, block, _) = self.at(unit);
            let one = match (block, self.section.warm && block.is_near()) {
                (Block::Full, _) => 0.0,
                (_, true) => 1.0 + self.section.audit * searched,
                (_, false) => searched,
            };
            one * part.slots.len() as f64
        };
        // Units of a chunk are alike: the first stands for all.
        let units = |chunk: u64| (self.units - chunk * self.chunk).min(self.chunk) as f64;
        let sum: f64 = chunks.map(|chunk| units(chunk) * of(chunk * self.chunk)).sum();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let sum = sum as u64;
        sum
    }

    /// The lines of a chunk.
    ///
    /// # Errors
    /// [`Error::Interrupted`]; those of the engine.
    pub fn lines(&self, engine: &dyn Engine, chunk: u64) -> Result<Vec<u8>> {
        let first = chunk * self.chunk;
        let units = first..(first + self.chunk).min(self.units);
        let mut jobs = Vec::new();
        let mut of = Vec::new();
        for unit in units {
            let (part, block, number) = self.at(unit);
            let subset = self.subset(unit);
            let draw = (self.section.resample, &subset.resampler);
            for job in part.jobs(self.runs, block, number, draw) {
                jobs.push((job, self.way(block, number)));
                of.push(unit);
            }
        }
        let found = found(engine, &jobs, &self.options.plan)?;
        let mut lines = Vec::new();
        for ((unit, (job, _)), found) in of.into_iter().zip(jobs).zip(found) {
            let line = serde_json::to_string(&self.draw(unit, &job, found));
            let line = line.map_err(|e| Error::usage(e.to_string(), "report this as a defect"))?;
            lines.extend_from_slice(line.as_bytes());
            lines.push(b'\n');
        }
        Ok(lines)
    }

    fn at(&self, unit: u64) -> (&Part, &Block, u64) {
        let (part, block, first) = self.segment(unit);
        let subset = &self.subsets[part % self.subsets.len()];
        (&self.parts[part], &subset.blocks[block], unit - first)
    }

    fn subset(&self, unit: u64) -> &Subset {
        &self.subsets[self.segment(unit).0 % self.subsets.len()]
    }

    fn segment(&self, unit: u64) -> (usize, usize, u64) {
        let place = self.segments.partition_point(|(_, _, first)| *first <= unit);
        self.segments[place.saturating_sub(1)]
    }

    fn way(&self, block: &Block, number: u64) -> Way {
        // Counters of audits and of resamples must not have anything in common.
        let drawn = mix(self.options.plan.seed ^ mix(!number)) as f64 / u64::MAX as f64;
        match block.is_near() && self.section.warm {
            _ if *block == Block::Full => Way::Known,
            true if matches!(block, Block::Resamples(_)) && drawn < self.section.audit => {
                Way::Audited
            }
            true => Way::Warm,
            false => Way::Searched,
        }
    }

    fn draw(&self, unit: u64, job: &Job, found: Found) -> Draw {
        let (part, block, number) = self.at(unit);
        let slot = job.slot;
        let theta = &found.refit.theta;
        let parameters = if theta.is_empty() { Vec::new() } else { part.model.all_values(theta) };
        let held = (!job.held.is_empty() && !theta.is_empty())
            .then(|| slot.held(self.runs, &job.held, theta));
        Draw {
            unit,
            law: part.model.law.name.clone(),
            target: self.runs.targets[slot.target].column.clone(),
            group: self.runs.groups[slot.group].key.clone(),
            subset: part.subset.clone(),
            change: block.change(self.runs, number),
            starts: found.starts,
            status: found.refit.state,
            objective: found.refit.objective,
            parameters,
            audit: found.audit,
            held,
        }
    }

    /// Units of a chunk.
    fn chunk_units(&self) -> u64 {
        let slots = self.parts.iter().map(|part| part.slots.len()).max().unwrap_or(1).max(1) as u64;
        let lines = self.section.checkpoint_every.unwrap_or_else(|| {
            let searched = if self.section.warm { self.section.audit } else { 1.0 };
            let one = WARM_PASSES + searched * self.options.plan.passes();
            let rows = self.runs.len() as f64 / self.runs.groups.len().max(1) as f64;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let lines = (CHUNK_PASSES / (one * rows)).clamp(16.0, 1024.0) as u64;
            lines
        });
        (lines / slots).max(1)
    }
}

/// The columns that any of the laws reads.
fn inputs(runs: &Runs, laws: &[Arc<Law>], options: &Options) -> Result<Vec<String>> {
    let is_column =
        |name: &str| runs.inputs.contains_key(name) || runs.incomplete.contains_key(name);
    let mut inputs = Vec::new();
    for law in laws {
        let model =
            crate::law::model::Model::new(law, &runs.domains, &is_column, &options.changes)?;
        for symbol in model.symbols {
            match symbol {
                Symbol::Input(name) if !inputs.contains(&name) => inputs.push(name),
                _ => {}
            }
        }
    }
    Ok(inputs)
}

fn subsets(
    runs: &Runs,
    options: &Options,
    section: &SweepSection,
    inputs: &[String],
) -> Result<Vec<Subset>> {
    let all = keep_rows(runs, options.holdout.as_ref())?;
    let mut masks = vec![(String::new(), all.clone())];
    for (name, formula) in &section.subsets {
        let formula = RowFormula::parse(formula.as_str().unwrap_or_default())?;
        let within = rows_where(runs, &formula)?;
        let keep: Vec<bool> = all.iter().zip(within).map(|(all, within)| *all && within).collect();
        if !keep.contains(&true) {
            let cause = format!("[sweep.subsets] no row is in `{name}`");
            return Err(Error::usage(cause, "check its formula"));
        }
        masks.push((name.clone(), keep));
    }
    masks
        .into_iter()
        .map(|(name, keep)| {
            let blocks = blocks(runs, section, &keep, inputs)?;
            let strata = strata(runs, section.cluster.as_deref(), &keep)?;
            let resampler = Resampler { seed: options.plan.seed, rows: runs.len(), strata };
            Ok(Subset { name, keep, blocks, resampler })
        })
        .collect()
}

/// The rows of each group, in clusters.
fn strata(runs: &Runs, cluster: Option<&str>, keep: &[bool]) -> Result<Vec<Vec<Vec<usize>>>> {
    let of: Vec<u64> = match cluster {
        None => (0..runs.len() as u64).collect(),
        Some("mixture") => {
            let series = Series::new(&runs.ungrouped());
            series.of.into_iter().map(|series| series as u64).collect()
        }
        Some(column) => runs.input(column)?.iter().map(|value| (value + 0.0).to_bits()).collect(),
    };
    let clusters = |rows: std::ops::Range<usize>| {
        let mut known = std::collections::HashMap::new();
        let mut clusters: Vec<Vec<usize>> = Vec::new();
        for row in rows.filter(|&row| keep[row]) {
            let place = *known.entry(of[row]).or_insert(clusters.len());
            if place == clusters.len() {
                clusters.push(Vec::new());
            }
            clusters[place].push(row);
        }
        clusters
    };
    Ok(runs.groups.iter().map(|group| clusters(group.rows.clone())).collect())
}
