//! `mixlaw laws`: the catalogue.

use clap::Args;

use super::{Outcome, print};
use crate::error::{Error, Result};
use crate::law::catalogue::{FILES, law, laws};
use crate::report::{law_page, laws_table};

/// Which law to show.
#[derive(Debug, Args)]
pub(super) struct LawsArgs {
    /// A law of the catalogue; without it all are listed
    name: Option<String>,
    /// Print the law as a law file, to start one of your own from
    #[arg(long)]
    toml: bool,
}

pub(super) fn run(args: &LawsArgs) -> Result<Outcome> {
    match &args.name {
        None if args.toml => {
            return Err(Error::usage("--toml needs the name of a law", "mixlaw laws bimix --toml"));
        }
        None => print(&laws_table(&laws()?))?,
        Some(name) => {
            let law = law(name)?;
            match FILES.iter().find(|(known, _)| known == name) {
                Some((_, text)) if args.toml => print(text)?,
                _ => print(&law_page(&law))?,
            }
        }
    }
    Ok(Outcome::Fine)
}
