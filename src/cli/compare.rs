//! `mixlaw compare`: laws and regressors side by side, out of sample.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::contenders::ContenderArgs;
use super::engine::{tell, watched};
use super::fit::HowArgs;
use super::roles::RunsArgs;
use super::splits::SplitArgs;
use super::{Outcome, check_output, print, write_json};
use crate::error::{Error, Result};
use crate::report::compare::{CompareReport, SchemeReport, compare_text};
use crate::runs::Runs;
use crate::study::compare::{Contender, Kind, Scheme, Settings, compare, notes};

/// A table, contenders, and what is kept from them.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    #[command(flatten)]
    runs: RunsArgs,
    #[command(flatten)]
    contenders: ContenderArgs,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    splits: SplitArgs,
    /// Write all measures as JSON (`-` for stdout, in place of the tables)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &CompareArgs) -> Result<Outcome> {
    check_output(args.json.as_deref())?;
    let options = args.how.options(None)?;
    let table = args.runs.as_in_the_paper(args.contenders.paper_recipe());
    let runs = table.read()?;
    let contenders = args.contenders.contenders(&args.how, &runs.domains)?;
    check_roles(&runs, &contenders)?;
    let seed = options.plan.seed;
    let mut schemes = args.splits.schemes(&table, &runs, seed)?;
    if args.contenders.paper_recipe() {
        stop_on_the_first(&mut schemes);
    }
    let settings =
        Settings { objective: options.objective, plan: options.plan, changes: options.changes };
    let (engine, watch) = args.how.engine.open()?;
    let scored = watched(&watch, || compare(&*engine, &runs, &contenders, &schemes, &settings))?;
    tell(&*engine);
    let targets: Vec<String> = runs.targets.iter().map(|target| target.column.clone()).collect();
    let mut report =
        CompareReport::new(&runs.source, seed, &targets, &contenders, &schemes, &scored);
    report.notes = notes(&runs, &contenders, &schemes);
    if let Some(path) = &args.json {
        write_json(path, &report)?;
    }
    if args.json.as_deref() != Some(Path::new("-")) {
        print(&compare_text(&report))?;
    }
    let whole = |scheme: &SchemeReport| scheme.results.iter().all(|result| result.mean.is_some());
    Ok(if report.schemes.iter().all(whole) { Outcome::Fine } else { Outcome::Wanting })
}

fn check_roles(runs: &Runs, contenders: &[Contender]) -> Result<()> {
    if runs.targets.is_empty() || runs.domains.is_empty() {
        return Err(Error::usage(
            "a comparison needs the columns of a mixture and of targets",
            "name them: --mixture 'weight_*' --target '*_loss'",
        ));
    }
    let law = |contender: &Contender| matches!(contender.kind, Kind::Law(_));
    if runs.weight.is_some() && !contenders.iter().all(law) {
        let remedy = "leave --weight away, or compare laws alone";
        return Err(Error::usage("regressors do not know row weights", remedy));
    }
    Ok(())
}

/// The paper stops its trees on the small runs of the test, and tests the same trees on larger ones.
fn stop_on_the_first(schemes: &mut [Scheme]) {
    let Some(first) = schemes.iter().find_map(|scheme| scheme.table.clone()) else { return };
    for scheme in schemes.iter_mut().filter(|scheme| scheme.table.is_some()) {
        scheme.stops = Some(Arc::clone(&first));
    }
}
