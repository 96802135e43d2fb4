//! Folders walked and patterns filled in.
//!
//! In: a file, a folder or a pattern (`*` and `?` within a name, `**` for any folders). Out: files.
//! Links to files are followed; links to folders are not, as they may lead in circles.

use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::runs::starred;

/// The files that a path stands for, each once, in order.
pub(super) fn expand(path: &str) -> Result<Vec<PathBuf>> {
    let whole = Path::new(path);
    let mut found = Vec::new();
    if whole.is_dir() {
        walk(whole, &mut found)?;
    } else if whole.exists() {
        found.push(whole.to_path_buf());
    } else if path.contains(['*', '?']) {
        let (root, pattern) = split(path);
        follow(&root, &pattern, &mut found)?;
    } else {
        let remedy = "check the path";
        return Err(Error::input(Place::file(whole), "there is no such file or folder", remedy));
    }
    // Patterns may reach a file on several ways.
    found.sort();
    found.dedup();
    Ok(found)
}

/// The folders right in a folder, in order.
pub(super) fn folders(parent: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> =
        entries(parent)?.into_iter().filter(|path| path.is_dir() && !hidden(path)).collect();
    found.sort();
    Ok(found)
}

/// All files below a folder.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for path in entries(folder)? {
        if hidden(&path) {
            continue;
        }
        if path.is_dir() {
            if !path.is_symlink() {
                walk(&path, found)?;
            }
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// The parts before the first pattern, and the rest.
fn split(path: &str) -> (PathBuf, Vec<String>) {
    let parts: Vec<&str> = path.split('/').collect();
    let first = parts.iter().position(|part| part.contains(['*', '?'])).unwrap_or(parts.len());
    let root = match (first, path.starts_with('/')) {
        (0, _) => ".".to_string(),
        (1, true) => "/".to_string(),
        _ => parts[..first].join("/"),
    };
    let rest = parts[first..].iter().filter(|part| !part.is_empty());
    (root.into(), rest.map(ToString::to_string).collect())
}

/// The files below `folder` that match the parts of a pattern.
fn follow(folder: &Path, pattern: &[String], found: &mut Vec<PathBuf>) -> Result<()> {
    let Some((part, rest)) = pattern.split_first() else { return Ok(()) };
    if part == "**" {
        let rest = if rest.is_empty() { &["*".to_string()][..] } else { rest };
        follow(folder, rest, found)?;
    }
    for path in entries(folder)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A pattern that says so reaches hidden names too.
        if hidden(&path) && !part.starts_with(['.', '_']) {
            continue;
        }
        let folder = path.is_dir();
        if part == "**" {
            if folder && !path.is_symlink() {
                follow(&path, pattern, found)?;
            }
        } else if starred(part, &name).is_some() {
            match (rest.is_empty(), folder) {
                (true, false) => found.push(path),
                (true, true) => walk(&path, found)?,
                (false, true) => follow(&path, rest, found)?,
                (false, false) => {}
            }
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| {
        let cause = format!("cannot read the folder: {e}");
        Error::input(Place::file(folder), cause, "check the path and its permissions")
    };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let paths = entries.map(|entry| match entry {
        // Patterns that begin in the working folder give names as the user would write them.
        Ok(entry) if folder == Path::new(".") => Ok(entry.file_name().into()),
        Ok(entry) => Ok(entry.path()),
        Err(e) => Err(failed(e)),
    });
    paths.collect()
}

/// Names that tools give to what is not data.
fn hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(['.', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_reach_what_they_say() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in ["a/x.jsonl", "a/b/y.jsonl", "a/b/z.txt", "a/_SUCCESS", "a/.part"] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, "").expect("a file");
        }
        let count =
            |pattern: &str| expand(&root.join(pattern).to_string_lossy()).expect("a pattern").len();
        assert_eq!(count("a"), 3);
        assert_eq!(count("a/*.jsonl"), 1);
        assert_eq!(count("a/**/*.jsonl"), 2);
        assert_eq!(count("a/**"), 3);
        assert_eq!(count("*/b/?.*"), 2);
        assert_eq!(count("a/_*"), 1);
        assert_eq!(count("a/*.csv"), 0);
    }
}
