//! `mixlaw sweep` and `mixlaw merge`: the refits of a study, and what they say of its fits.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::engine::{EngineArgs, tell, watched};
use super::fit::{HowArgs, warn};
use super::run::how;
use super::{Outcome, print, said_in, write_file, write_json};
use crate::engine::{Engine, Watch};
use crate::error::{Error, Place, Result};
use crate::report::draws::Draws;
use crate::report::sweep::{PlanInfo, SWEEP_SCHEMA, SweepReport, sweep_text};
use crate::report::{EngineInfo, FitReport, LawEntry, ObjectiveInfo, write_parquet};
use crate::runs::{Runs, read};
use crate::store::journal::{self, Finished, Header, Journal};
use crate::study::certainty::known;
use crate::study::honesty::{HonestyOptions, honesty};
use crate::study::sweep::{Format, Sweep, SweepSection};
use crate::study::{Options, Study, foresee};

/// A study with a part `[sweep]`.
#[derive(Debug, Args)]
pub(super) struct SweepArgs {
    #[command(flatten)]
    of: StudyArgs,
    /// Go on with a sweep that was interrupted
    #[arg(long, conflicts_with = "restart")]
    resume: bool,
    /// Begin anew although there are results
    #[arg(long)]
    restart: bool,
    /// One part of the work, such as 2/8, for `mixlaw merge`
    #[arg(long, value_name = "I/N")]
    shard: Option<String>,
}

/// The study whose shards are done.
#[derive(Debug, Args)]
pub(super) struct MergeArgs {
    #[command(flatten)]
    of: StudyArgs,
}

/// What decides the results.
#[derive(Debug, Args)]
struct StudyArgs {
    /// The study file (TOML)
    study: PathBuf,
    /// Where results go [default: what the study says, next to it]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Bootstrap resamples [default: what the study says, or 1000]
    #[arg(long, value_name = "N")]
    resamples: Option<u64>,
    /// How many starts each search begins from [default: what the study says, or 64]
    #[arg(long, value_name = "N")]
    starts: Option<usize>,
    /// Seed [default: what the study says]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    engine: EngineArgs,
}

/// A study that has been read, with its table.
struct Asked {
    study: Study,
    section: SweepSection,
    how: HowArgs,
    options: Options,
    runs: Runs,
    folder: PathBuf,
}

pub(super) fn run(args: &SweepArgs) -> Result<Outcome> {
    let shard = args.shard.as_deref().map_or(Ok([0, 1]), shard)?;
    let asked = args.of.read()?;
    let results = asked.draws(shard);
    let begun = journal::header(&results)?;
    args.check(&results, begun.is_some())?;
    let watch = Arc::new(Watch::new());
    let before = begun.as_ref().filter(|_| args.resume).map(|header| header.engine.as_str());
    let engine = asked.engine(&args.of.engine, &watch, before)?;
    let engine = engine.as_ref();
    let sweep = watched(&watch, || {
        let sweep = asked.sweep(engine)?;
        let header = asked.header(&sweep, shard, engine);
        let mut journal = match args.resume {
            true => Journal::resume(&results, header)?,
            false => Journal::begin(&results, header)?,
        };
        go_on(&sweep, engine, &mut journal, shard)?;
        Ok::<_, Error>(sweep)
    })?;
    tell(engine);
    if shard[1] > 1 {
        print(&format!(
            "written: {}; `mixlaw merge` puts all shards together\n",
            results.display()
        ))?;
        return Ok(Outcome::Fine);
    }
    asked.conclude(&sweep, engine)
}

pub(super) fn merge(args: &MergeArgs) -> Result<Outcome> {
    let asked = args.of.read()?;
    let count = asked.shards()?;
    let begun = journal::header(&asked.draws([0, count]))?;
    let watch = Arc::new(Watch::new());
    let before = begun.as_ref().map(|header| header.engine.as_str());
    let engine = asked.engine(&args.of.engine, &watch, before)?;
    let engine = engine.as_ref();
    let sweep = watched(&watch, || asked.sweep(engine))?;
    let open = |shard| {
        let header = asked.header(&sweep, [shard, count], engine);
        Finished::open(&asked.draws([shard, count]), &header)
    };
    let mut shards = (0..count).map(open).collect::<Result<Vec<Finished>>>()?;
    let whole = asked.draws([0, 1]);
    let header = asked.header(&sweep, [0, 1], engine);
    if journal::header(&whole)?.is_some_and(|known| known != header) {
        let cause = "these are the draws of another sweep";
        let remedy = "merge elsewhere (--out, with the shards there), or move them away";
        return Err(Error::Usage {
            place: Place::file(&whole),
            cause: cause.into(),
            remedy: remedy.into(),
        });
    }
    let mut journal = Journal::begin(&whole, header)?;
    for chunk in 0..sweep.chunks() {
        let place = usize::try_from(chunk % count).unwrap_or(0);
        journal.append(&shards[place].next_chunk()?)?;
    }
    journal.finish()?;
    asked.conclude(&sweep, engine)
}

/// Makes what is left of the draws.
fn go_on(sweep: &Sweep, engine: &dyn Engine, journal: &mut Journal, shard: [u64; 2]) -> Result<()> {
    if journal.lost() > 0 {
        let text = format!(
            "note: {} bytes of a half-written end were cut off {}; they are made again\n",
            journal.lost(),
            journal.path().display()
        );
        // What cannot be told is no reason to fail.
        let _ = std::io::Write::write_all(&mut std::io::stderr().lock(), text.as_bytes());
    }
    let all = sweep.chunks();
    let [first, step] = shard;
    let left =
        move |done: u64| (first + done * step..all).step_by(usize::try_from(step).unwrap_or(1));
    engine.watch().plan(sweep.fits(left(journal.done())));
    for chunk in left(journal.done()) {
        let lines = sweep.lines(engine, chunk);
        journal.append(&lines.map_err(|error| paused(error, journal.path()))?)?;
    }
    journal.finish()
}

/// An interruption once there are draws: they are not lost.
fn paused(error: Error, journal: &Path) -> Error {
    let how = "the same command with --resume goes on from there";
    match error {
        Error::Interrupted => Error::Paused { path: journal.to_path_buf(), how },
        other => other,
    }
}

/// `2/8` as the number of a shard, from 0, and how many there are.
fn shard(text: &str) -> Result<[u64; 2]> {
    let parsed = text.split_once('/').and_then(|(shard, of)| {
        let (shard, of) = (shard.trim().parse::<u64>().ok()?, of.trim().parse::<u64>().ok()?);
        (1 <= shard && shard <= of && of <= 1 << 20).then(|| [shard - 1, of])
    });
    parsed.ok_or_else(|| {
        let cause = format!("--shard {text} is not a part of the work");
        Error::usage(cause, "write I/N with I from 1 to N, such as --shard 2/8")
    })
}

impl SweepArgs {
    /// Nothing that is there is overwritten unasked.
    fn check(&self, results: &Path, journalled: bool) -> Result<()> {
        let there = journalled || results.metadata().is_ok_and(|about| about.len() > 0);
        let (cause, remedy) = match (self.resume, journalled) {
            _ if !there || self.restart => return Ok(()),
            (true, true) => return Ok(()),
            (true, false) => (
                "the journal that says how much of this is whole is gone",
                "begin anew (--restart), or choose another folder (--out)",
            ),
            (false, _) => (
                "a sweep has been here",
                "go on with it (--resume), begin anew (--restart), or choose another folder (--out)",
            ),
        };
        Err(Error::Usage {
            place: Place::file(results),
            cause: cause.into(),
            remedy: remedy.into(),
        })
    }
}

impl StudyArgs {
    fn read(&self) -> Result<Asked> {
        let study = Study::read(&self.study)?;
        let here = |error| said_in(&self.study, error);
        let Some(mut section) = study.sweep.clone() else {
            let cause = "the study has no part [sweep]";
            return Err(here(Error::usage(cause, "add one: `[sweep]` alone makes 1000 resamples")));
        };
        section.resamples = self.resamples.unwrap_or(section.resamples);
        if section.format == Format::Parquet && !cfg!(feature = "parquet") {
            let cause = "this build cannot write Parquet";
            let remedy = "install with `cargo install mixlaw --features parquet`, or take format = \"jsonl\"";
            return Err(here(Error::usage(cause, remedy)));
        }
        let how = how(&study, &self.study, self.starts, self.seed, &self.engine)?;
        let options = how.options(study.holdout.as_deref()).map_err(here)?;
        let runs = read(&study.tables, study.join.as_deref(), &study.roles)?;
        let folder = super::run::folder(&study, self.out.as_deref())?;
        Ok(Asked { study, section, how, options, runs, folder })
    }
}

impl Asked {
    /// The file of the draws of a shard.
    fn draws(&self, [shard, of]: [u64; 2]) -> PathBuf {
        match of {
            1 => self.folder.join("draws.jsonl"),
            _ => self.folder.join(format!("draws.{}-of-{of}.jsonl", shard + 1)),
        }
    }

    /// How many shards there are, by the files in the folder.
    fn shards(&self) -> Result<u64> {
        let names = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let of = |name: &str| -> Option<u64> {
            let middle = name.strip_prefix("draws.")?.strip_suffix(".journal")?;
            middle.split_once("-of-")?.1.parse().ok()
        };
        let mut counts: Vec<u64> =
            names.filter_map(|entry| of(&entry.file_name().to_string_lossy())).collect();
        counts.sort_unstable();
        counts.dedup();
        match counts.as_slice() {
            [count] => Ok(*count),
            [] => {
                let cause = "there are no shards here";
                Err(Error::input(
                    Place::file(&self.folder),
                    cause,
                    "run them with --shard I/N first",
                ))
            }
            _ => {
                let cause = "there are shards of more than one division here";
                let remedy = "leave one: remove the draws.I-of-N files of the others";
                Err(Error::input(Place::file(&self.folder), cause, remedy))
            }
        }
    }

    /// The engine asked for; where it is left open, the one that has begun, else a real GPU for much work.
    fn engine(
        &self,
        args: &EngineArgs,
        watch: &Arc<Watch>,
        begun: Option<&str>,
    ) -> Result<Box<dyn Engine>> {
        let laws = self.how.law.len() + self.how.law_file.len();
        let subsets = 1 + self.section.subsets.len();
        let fits = (laws * subsets * self.runs.targets.len()) as f64;
        let searched = if self.section.warm { self.section.audit } else { 1.0 };
        let searches = 1.0 + searched * self.section.drawn() as f64;
        // A pass over a row takes some 20 ns of one core.
        let passes = fits * searches * self.options.plan.passes() * self.runs.len() as f64;
        args.open_once(watch, 2e-8 * passes / rayon::current_num_threads() as f64, begun)
    }

    fn sweep(&self, engine: &dyn Engine) -> Result<Sweep<'_>> {
        let laws = self.how.laws()?;
        if self.runs.targets.is_empty() {
            let remedy = "say which columns are fitted: target = [\"*_loss\"] in [runs]";
            return Err(Error::usage("no column is a target", remedy));
        }
        warn(&foresee(&self.runs, &laws, &self.options)?);
        Sweep::new(engine, &self.runs, &laws, &self.options, &self.section)
    }

    fn header(&self, sweep: &Sweep, shard: [u64; 2], engine: &dyn Engine) -> Header {
        let (name, print) = (&self.study.name, sweep.fingerprint());
        Header::new(name, print, sweep.chunks(), shard, engine.name().into())
    }

    /// Reads the draws, and writes and prints what they say.
    fn conclude(&self, sweep: &Sweep, engine: &dyn Engine) -> Result<Outcome> {
        let path = self.draws([0, 1]);
        let draws = Draws::open(&path)?;
        let report = self.report(sweep, &draws, engine);
        let report = report.map_err(|error| paused(error, &journal::beside(&path)))?;
        let fit = self.fit(sweep, engine)?;
        let text = sweep_text(&report);
        let [fits, document, table] =
            ["fit.json", "sweep.json", "report.txt"].map(|name| self.folder.join(name));
        write_json(&fits, &fit)?;
        write_json(&document, &report)?;
        write_file(&table, text.as_bytes())?;
        let mut written = vec![path, fits, document, table];
        if self.section.format == Format::Parquet {
            let path = self.folder.join("draws.parquet");
            write_parquet(&draws, &sweep.labels(), &path)?;
            written.push(path);
        }
        let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
        print(&format!("{text}\nwritten: {}\n", names.join(", ")))?;
        Ok(if report.is_whole() { Outcome::Fine } else { Outcome::Wanting })
    }

    /// What is asked of the honesty of the fits.
    fn honest(&self, engine: &dyn Engine) -> HonestyOptions {
        HonestyOptions {
            level: self.section.level,
            points: if self.section.profile { HonestyOptions::default().points } else { 0 },
            seed: self.how.seed,
            engine: engine.describe(),
            resampling: self.section.resample.words().into(),
            ..HonestyOptions::default()
        }
    }

    fn report(&self, sweep: &Sweep, draws: &Draws, engine: &dyn Engine) -> Result<SweepReport> {
        let watch = engine.watch();
        let known = known(&self.runs, &sweep.parts, &self.section, draws)?;
        let honesty =
            honesty(&self.runs, &sweep.cases(), Some(draws), &self.honest(engine), watch)?;
        let mut laws: Vec<LawEntry> = Vec::new();
        for part in &sweep.parts {
            if laws.iter().all(|law| law.name != part.model.law.name) {
                laws.push(LawEntry::new(&part.model));
            }
        }
        Ok(SweepReport {
            schema: SWEEP_SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            study: self.study.name.clone(),
            seed: self.how.seed,
            engine: EngineInfo::new(engine),
            source: self.runs.source.clone(),
            counts: self.runs.counts,
            objective: ObjectiveInfo::new(self.options.objective),
            laws,
            plan: PlanInfo::new(&self.section, self.options.plan.starts),
            levels: SweepReport::quantile_levels(),
            fits: SweepReport::entries(&self.runs, &sweep.parts, known),
            honesty: Some(honesty),
        })
    }

    /// The fits of all rows, as `mixlaw fit` would write them.
    fn fit(&self, sweep: &Sweep, engine: &dyn Engine) -> Result<FitReport> {
        let outcomes = sweep.outcomes()?;
        let seed = self.options.plan.seed;
        let objective = self.options.objective;
        let roles = &self.study.roles;
        Ok(FitReport::new(&self.runs, roles, &outcomes, objective, seed, EngineInfo::new(engine)))
    }
}
