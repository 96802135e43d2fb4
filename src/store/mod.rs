//! Files written whole or not at all; and, in `journal`, long work that can go on after any interruption.
//!
//! In: a path and its contents. Out: the file, complete and on disk; on any failure the old file,
//! if there was one, is still there and nothing partial is.

pub mod journal;

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a file through a temporary one in the same folder and a rename.
///
/// # Errors
/// [`Error::Output`] naming the path and the operating system's reason.
pub fn write(path: &Path, contents: &[u8]) -> Result<()> {
    let fail = |e: std::io::Error| {
        Error::output(
            path,
            format!("cannot write: {e}"),
            "check the folder, its permissions and free space",
        )
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if path.is_dir() {
        return Err(Error::output(path, "this is a folder", "name a file"));
    }
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    file.write_all(contents).map_err(fail)?;
    keep(file, path)
}

/// Puts a temporary file that is written in the place of another, which is in the same folder.
///
/// # Errors
/// As [`write()`].
pub fn keep(file: tempfile::NamedTempFile, path: &Path) -> Result<()> {
    let fail = |e: std::io::Error| {
        let remedy = "check the folder, its permissions and free space";
        Error::output(path, format!("cannot write: {e}"), remedy)
    };
    file.as_file().sync_all().map_err(fail)?;
    open_to_others(file.as_file());
    file.persist(path).map_err(|e| fail(e.error))?;
    Ok(())
}

/// A number for what decides an answer: FNV-1a, the same on every machine and in every version.
pub fn fingerprint(text: &str) -> String {
    checksum(text.as_bytes())
}

/// The same of bytes.
pub fn checksum(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    format!("{hash:032x}")
}

/// Temporary files are private; a result is as readable as any new file.
fn open_to_others(file: &std::fs::File) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A file system without permissions has nothing to open.
        let _ = file.set_permissions(std::fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = file;
}
