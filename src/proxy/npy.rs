//! Vectors of documents from a NumPy file.
//!
//! In: a `.npy` matrix, a row a document, of 32-bit or 64-bit floating-point numbers. Out: its rows, a
//! batch at a time.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::vectors::LONGEST;
use crate::error::{Error, Place, Result};

/// A matrix that is being read.
pub(super) struct Matrix {
    path: PathBuf,
    file: BufReader<File>,
    pub(super) rows: u64,
    pub(super) columns: usize,
    /// Bytes of a number.
    width: usize,
}

fn wrong(path: &Path, cause: impl Into<String>) -> Error {
    let remedy = "write it with numpy.save(FILE, matrix.astype('<f4')): a row a document";
    Error::input(Place::file(path), cause, remedy)
}

impl Matrix {
    /// Reads the head of a file.
    ///
    /// # Errors
    /// [`Error::Input`] naming the file where it is no such matrix.
    pub(super) fn open(path: &Path) -> Result<Matrix> {
        let failed = |e: std::io::Error| wrong(path, format!("cannot read the vectors: {e}"));
        let mut file = BufReader::with_capacity(1 << 18, File::open(path).map_err(failed)?);
        let mut start = [0; 8];
        file.read_exact(&mut start).map_err(failed)?;
        if &start[..6] != b"\x93NUMPY" {
            return Err(wrong(path, "this is not a NumPy file"));
        }
        let mut length = [0; 4];
        let bytes = if start[6] == 1 { 2 } else { 4 };
        file.read_exact(&mut length[..bytes]).map_err(failed)?;
        let mut head = Vec::new();
        let length = u64::from(u32::from_le_bytes(length)).min(1 << 16);
        file.by_ref().take(length).read_to_end(&mut head).map_err(failed)?;
        let head = String::from_utf8_lossy(&head);
        let (width, rows, columns) =
            shape(&head).ok_or_else(|| wrong(path, format!("its head is `{}`", head.trim())))?;
        Ok(Matrix { path: path.to_path_buf(), file, rows, columns, width })
    }

    /// Appends the next row.
    ///
    /// # Errors
    /// [`Error::Input`] where the file ends before.
    pub(super) fn row(&mut self, values: &mut Vec<f64>) -> Result<()> {
        let mut bytes = vec![0; self.columns * self.width];
        self.file
            .read_exact(&mut bytes)
            .map_err(|e| wrong(&self.path, format!("the file ends before its rows: {e}")))?;
        let numbers = bytes.chunks_exact(self.width).map(|number| match *number {
            [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
            [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
            _ => f64::NAN,
        });
        values.extend(numbers);
        Ok(())
    }
}

/// Width of a number, rows and columns, if the file is of a kind that is known.
fn shape(head: &str) -> Option<(usize, u64, usize)> {
    let after =
        |key: &str| head.split_once(key).map(|(_, rest)| rest.trim_start_matches([':', ' ']));
    let width = match after("'descr'")? {
        kind if kind.starts_with("'<f4'") => 4,
        kind if kind.starts_with("'<f8'") => 8,
        _ => return None,
    };
    let plain = after("'fortran_order'")?.starts_with("False");
    let (inside, _) = after("'shape'")?.strip_prefix('(')?.split_once(')')?;
    let numbers: Vec<u64> = inside
        .split(',')
        .filter(|cell| !cell.trim().is_empty())
        .map(|cell| cell.trim().parse().ok())
        .collect::<Option<_>>()?;
    let [rows, columns] = numbers[..] else { return None };
    let columns = usize::try_from(columns).ok().filter(|n| (1..=LONGEST).contains(n))?;
    plain.then_some((width, rows, columns))
}
