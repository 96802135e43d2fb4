//! `mixlaw learn`: boosted trees of every target, as files that LightGBM reads as well.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::roles::RunsArgs;
use super::splits::test_table;
use super::{Outcome, print, write_file};
use crate::error::{Error, Place, Result};
use crate::regress::trees::Forest;
use crate::report::rows;
use crate::runs::Runs;
use crate::study::compare::PAPER_LEAKS;
use crate::study::{grow, model_name};

/// The regressor whose functions have a file format.
const TREES: &str = "trees";

/// A table, and where the models go.
#[derive(Debug, Args)]
pub(super) struct LearnArgs {
    #[command(flatten)]
    runs: RunsArgs,
    /// The regressor: trees. (Other regressors are learnt where they are used: `mixlaw search --model`)
    #[arg(long, value_name = "NAME", default_value = TREES, help_heading = "Learning")]
    model: String,
    /// Stop on the runs of --test, as RegMix's paper does, and not on mixtures kept back: what is then
    /// measured on these runs flatters
    #[arg(long, requires = "test", help_heading = "Learning")]
    paper_recipe: bool,
    /// The runs that --paper-recipe stops on: one file, or several joined as the first: 'a.csv+b.csv'
    #[arg(long, value_name = "FILES", requires = "paper_recipe", help_heading = "Learning")]
    test: Option<String>,
    /// Seed of what is kept back
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Learning")]
    seed: u64,
    /// The folder for the models: a file a target, TARGET.txt; made if it is not there
    #[arg(long, value_name = "FOLDER", help_heading = "Output")]
    out: PathBuf,
}

pub(super) fn run(args: &LearnArgs) -> Result<Outcome> {
    if args.model != TREES {
        let cause = format!("{} has no file format of its own", args.model);
        let remedy = "choose --model trees; for a law, use mixlaw fit --law mixing-exp --json FILE";
        return Err(Error::usage(cause, remedy));
    }
    let table = args.runs.as_in_the_paper(args.paper_recipe);
    let runs = table.read()?;
    check_roles(&runs)?;
    let paths = paths(&runs, &args.out)?;
    let watched = args.test.as_ref().map(|files| test_table(&table, files, &runs));
    let watched = watched.transpose()?;
    let forests = grow(&runs, watched.as_ref(), args.seed)?;
    make_folder(&args.out)?;
    let mut lines = vec![["target", "runs", "trees", "file"].map(String::from).to_vec()];
    for ((target, forest), path) in runs.targets.iter().zip(&forests).zip(&paths) {
        let known = target.values.iter().filter(|value| !value.is_nan()).count();
        lines.push(vec![
            target.column.clone(),
            known.to_string(),
            forest.trees().len().to_string(),
            written(path, forest)?,
        ]);
    }
    let mut text = rows(&lines);
    if watched.is_some() {
        text += &format!("note: {PAPER_LEAKS}\n");
    }
    if runs.counts.renormalised > 0 {
        let count = runs.counts.renormalised;
        text += &format!(
            "note: {count} rows did not sum to 1 exactly and were divided by their sums\n"
        );
    }
    print(&text)?;
    Ok(Outcome::Fine)
}

fn check_roles(runs: &Runs) -> Result<()> {
    if runs.targets.is_empty() || runs.domains.is_empty() {
        return Err(Error::usage(
            "trees need the columns of a mixture and of targets",
            "name them: --mixture 'weight_*' --target '*_loss'",
        ));
    }
    if runs.groups.len() != 1 || runs.weight.is_some() {
        let remedy = "leave --by and --weight away, or use --where to choose rows";
        return Err(Error::usage("trees know neither groups nor row weights", remedy));
    }
    Ok(())
}

/// A file for each target; two targets never share one, whatever a file system makes of case.
fn paths(runs: &Runs, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut taken: HashMap<String, &str> = HashMap::new();
    let mut paths = Vec::new();
    for target in &runs.targets {
        let name = model_name(&target.column);
        if let Some(other) = taken.insert(name.to_lowercase(), &target.column) {
            let cause = format!("`{other}` and `{}` would be one file, {name}.txt", target.column);
            let remedy = format!("leave one out: --target '!{other}'");
            return Err(Error::input(Place::file(&runs.source), cause, remedy));
        }
        paths.push(folder.join(format!("{name}.txt")));
    }
    Ok(paths)
}

fn make_folder(folder: &Path) -> Result<()> {
    let wrong = |e: std::io::Error| {
        Error::output(folder, format!("cannot make the folder: {e}"), "choose another --out")
    };
    std::fs::create_dir_all(folder).map_err(wrong)
}

/// Writes a model; gives the path, and says so where a file was there.
fn written(path: &Path, forest: &Forest) -> Result<String> {
    let old = if path.exists() { " (replaced)" } else { "" };
    write_file(path, forest.text().as_bytes())?;
    Ok(format!("{}{old}", path.display()))
}
