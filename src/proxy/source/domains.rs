//! The domains of a command line.
//!
//! In: `NAME=PATHS`, where paths are files, folders or patterns with commas between them, or one
//! folder whose folders are the domains. Out: a name and its files for every domain.

use std::path::{Path, PathBuf};

use super::paths::{expand, folders};
use crate::error::{Error, Place, Result};

/// A name and the files that hold its text, in order of their paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// As in the mixture.
    pub name: String,
    /// At least one.
    pub files: Vec<PathBuf>,
}

/// Finds the files of every domain.
///
/// # Errors
/// [`Error::Usage`] for names that are missing or stand twice, [`Error::Input`] for folders that
/// cannot be read and for domains without a file.
pub fn domains(given: &[String]) -> Result<Vec<Domain>> {
    let mut found = Vec::new();
    for word in given {
        match word.split_once('=') {
            Some((name, paths)) => found.push(named(name.trim(), paths)?),
            None => found.extend(inside(Path::new(word))?),
        }
    }
    for (i, domain) in found.iter().enumerate() {
        if found[..i].iter().any(|before| before.name == domain.name) {
            let cause = format!("the domain `{}` is given twice", domain.name);
            return Err(Error::usage(cause, "write its paths with commas: NAME=PATH,PATH"));
        }
    }
    Ok(found)
}

fn named(name: &str, paths: &str) -> Result<Domain> {
    if name.is_empty() || paths.is_empty() {
        let cause = format!("`{name}={paths}` is not a name and its paths");
        return Err(Error::usage(cause, "write e.g. web='data/web/*.jsonl'"));
    }
    let whole = Path::new(paths);
    let mut files = Vec::new();
    let parts: Vec<&str> = if whole.exists() { vec![paths] } else { paths.split(',').collect() };
    for part in parts {
        files.extend(expand(part)?);
    }
    files.sort();
    files.dedup();
    if files.is_empty() {
        return Err(empty(name, whole));
    }
    Ok(Domain { name: name.to_string(), files })
}

/// The folders of a folder are domains.
fn inside(parent: &Path) -> Result<Vec<Domain>> {
    if parent.is_file() {
        let cause = format!("`{}` is a file without the name of its domain", parent.display());
        return Err(Error::usage(cause, "write NAME=PATH"));
    }
    let one = |folder: PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let files = expand(&folder.to_string_lossy())?;
        if files.is_empty() { Err(empty(&name, &folder)) } else { Ok(Domain { name, files }) }
    };
    let found = folders(parent)?.into_iter().map(one).collect::<Result<Vec<_>>>()?;
    if found.is_empty() {
        let remedy = "give a folder that has a folder for each domain, or NAME=PATHS";
        return Err(Error::input(Place::file(parent), "there is no folder in it", remedy));
    }
    Ok(found)
}

fn empty(name: &str, paths: &Path) -> Error {
    let cause = format!("the domain `{name}` has no file");
    let remedy = "check the path; names that begin with a dot or `_` are left out in folders";
    Error::input(Place::file(paths), cause, remedy)
}
