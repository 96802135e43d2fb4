//! The flags that say what is compared.
//!
//! In: arguments. Out: contenders under their names.

use std::sync::Arc;

use clap::Args;

use super::fit::HowArgs;
use crate::error::{Error, Result};
use crate::law::Law;
use crate::regress::{RECIPES, configured};
use crate::study::compare::{Contender, Kind};

/// The name of the choice among the others.
const AUTO: &str = "auto";
/// The regressor that has a protocol of its own in RegMix's paper.
const TREES: &str = "trees";

/// Regressors, and how trees stop.
#[derive(Debug, Args)]
pub(super) struct ContenderArgs {
    /// A regressor by name, such as ols, log-linear or gp, some with settings: ridge:0.1,
    /// quadratic:web*code,web*math, trees:num_leaves=15,learning_rate=0.05 [default: all but the slow ones, where no
    /// --law is given]; `auto`: of the other contenders, the one that a cross-validation among the
    /// runs learnt from chooses (repeat)
    #[arg(long, value_name = "NAME|auto", help_heading = "Contenders")]
    model: Vec<String>,
    /// Grow trees by the protocol of RegMix's paper, which chooses how many on the runs of the test:
    /// to compare with published numbers, as what is measured there flatters
    #[arg(long, help_heading = "Contenders")]
    paper_recipe: bool,
}

impl ContenderArgs {
    /// Whether trees are to stop on the runs of the test.
    pub(super) fn paper_recipe(&self) -> bool {
        self.paper_recipe
    }

    /// The contenders: regressors, laws, and the choice among them.
    pub(super) fn contenders(&self, how: &HowArgs, domains: &[String]) -> Result<Vec<Contender>> {
        let laws =
            if how.law.is_empty() && how.law_file.is_empty() { Vec::new() } else { how.laws()? };
        let names = self.names(laws.is_empty());
        let mut contenders = plain(&names, &laws, domains)?;
        if self.paper_recipe {
            by_the_paper(&mut contenders)?;
        }
        if self.model.iter().any(|name| name == AUTO) {
            let kind = Kind::Auto(plain(&names, &laws, domains)?);
            contenders.push(Contender { name: AUTO.into(), kind });
        }
        Ok(contenders)
    }

    /// The regressors by name, without the choice among them.
    fn names(&self, no_law: bool) -> Vec<String> {
        let named: Vec<String> = self.model.iter().filter(|name| *name != AUTO).cloned().collect();
        let usual = RECIPES.iter().filter(|recipe| !recipe.costly);
        let all = || usual.map(|recipe| recipe.name.to_string()).collect();
        if named.is_empty() && no_law { all() } else { named }
    }
}

fn plain(names: &[String], laws: &[Arc<Law>], domains: &[String]) -> Result<Vec<Contender>> {
    let mut contenders = Vec::new();
    for name in names {
        let kind = Kind::Regressor(configured(name, domains)?);
        contenders.push(Contender { name: name.clone(), kind });
    }
    contenders.extend(
        laws.iter()
            .map(|law| Contender { name: law.name.clone(), kind: Kind::Law(Arc::clone(law)) }),
    );
    Ok(contenders)
}

fn by_the_paper(contenders: &mut [Contender]) -> Result<()> {
    let Some(trees) = contenders.iter_mut().find(|contender| contender.name == TREES) else {
        let remedy = format!("add --model {TREES}, or leave --paper-recipe away");
        return Err(Error::usage("--paper-recipe is about trees, which do not compete", remedy));
    };
    trees.kind = Kind::PaperTrees;
    Ok(())
}
