//! The cells of one column.
//!
//! In: cells as bytes, numbers or text, in row order. Out: [`Cells`], a vector of numbers where
//! every cell is one, else packed text.

use super::strings::Strings;

/// An empty cell. It is a NaN with a payload of its own, so that it stays eight bytes and can
/// still be told from a `NaN` that was written in the file.
pub const MISSING: f64 = f64::from_bits(0x7ff8_0000_0000_0e3a);

/// True for an empty cell, false for a written `NaN`.
pub fn is_missing(value: f64) -> bool {
    value.to_bits() == MISSING.to_bits()
}

/// The cells of a column.
#[derive(Debug, Clone)]
pub enum Cells {
    /// Every cell is a number or empty ([`MISSING`]).
    Numbers(Vec<f64>),
    /// Some cell is neither; an empty cell is the empty string.
    Text(Strings),
}

impl Cells {
    /// How many cells there are.
    pub fn len(&self) -> usize {
        match self {
            Cells::Numbers(values) => values.len(),
            Cells::Text(cells) => cells.len(),
        }
    }

    /// True if there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps the cells of the rows marked true.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        match self {
            Cells::Numbers(values) => retain(values, keep),
            Cells::Text(cells) => {
                let kept = (0..cells.len()).filter(|&row| keep[row]);
                *cells = kept.map(|row| cells.get(row)).collect();
            }
        }
    }

    /// Puts the cells of the rows in `order`, in that order.
    pub(super) fn gather(&mut self, order: &[u32]) {
        match self {
            Cells::Numbers(values) => {
                *values = order.iter().map(|&row| values[row as usize]).collect();
            }
            Cells::Text(cells) => {
                *cells = order.iter().map(|&row| cells.get(row as usize)).collect();
            }
        }
    }

    /// Turns text into numbers if every cell is one; else gives the first row that is not.
    pub(super) fn make_numbers(&mut self) -> Result<(), usize> {
        let Cells::Text(cells) = self else { return Ok(()) };
        let mut values = Vec::with_capacity(cells.len());
        for row in 0..cells.len() {
            values.push(parse(cells.get(row).as_bytes()).ok_or(row)?);
        }
        *self = Cells::Numbers(values);
        Ok(())
    }
}

/// Keeps the items marked true, in place.
pub(super) fn retain<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut marks = keep.iter();
    items.retain(|_| marks.next().copied().unwrap_or(false));
}

/// Collects the cells of one column.
pub(super) struct Builder {
    cells: Cells,
    exact: bool,
}

impl Builder {
    /// An empty column. An `exact` column keeps its text as written until it is known that every
    /// cell is a finite number: run names such as `12e5` or `007` must not turn into numbers and
    /// back.
    pub(super) fn new(exact: bool) -> Self {
        let cells =
            if exact { Cells::Text(Strings::default()) } else { Cells::Numbers(Vec::new()) };
        Builder { cells, exact }
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Adds a cell as it stands in the file.
    pub(super) fn push(&mut self, cell: &[u8]) {
        if let Cells::Numbers(values) = &mut self.cells {
            match parse(cell) {
                Some(value) => return values.push(value),
                None => self.cells = Cells::Text(values.iter().map(|&x| render(x)).collect()),
            }
        }
        let Cells::Text(cells) = &mut self.cells else { return };
        match parse(cell) {
            // The numbers before the first text were rendered, so those after it are too: else
            // the same column of two files would differ by where its first text stands.
            Some(value) if !self.exact => cells.push(&render(value)),
            _ => cells.push(&String::from_utf8_lossy(cell.trim_ascii())),
        }
    }

    /// Adds a number.
    pub(super) fn push_number(&mut self, value: f64) {
        match &mut self.cells {
            Cells::Numbers(values) => values.push(value),
            Cells::Text(cells) => cells.push(&render(value)),
        }
    }

    /// Adds empty cells up to `rows`.
    pub(super) fn pad(&mut self, rows: usize) {
        match &mut self.cells {
            Cells::Numbers(values) if values.len() < rows => values.resize(rows, MISSING),
            Cells::Numbers(_) => {}
            Cells::Text(cells) => (cells.len()..rows).for_each(|_| cells.push("")),
        }
    }

    /// The finished column.
    pub(super) fn finish(self) -> Cells {
        let mut cells = self.cells;
        if let (true, Cells::Text(text)) = (self.exact, &cells)
            && text.iter().all(|cell| parse(cell.as_bytes()).is_some_and(finite_or_missing))
        {
            // Every cell has just been seen to be a number.
            let _ = cells.make_numbers();
        }
        match &mut cells {
            Cells::Numbers(values) => values.shrink_to_fit(),
            Cells::Text(text) => text.shrink_to_fit(),
        }
        cells
    }
}

fn finite_or_missing(value: f64) -> bool {
    value.is_finite() || is_missing(value)
}

/// The number in a cell, [`MISSING`] for an empty one, nothing for text.
pub(super) fn parse(cell: &[u8]) -> Option<f64> {
    let cell = cell.trim_ascii();
    if cell.is_empty() {
        return Some(MISSING);
    }
    std::str::from_utf8(cell).ok()?.parse().ok()
}

/// A number as text; reading it gives the same number.
pub(super) fn render(value: f64) -> String {
    if is_missing(value) { String::new() } else { value.to_string() }
}

/// A cell in quotes for a message, cut to 40 characters and free of control characters.
pub(super) fn quote(cell: &str) -> String {
    let shown: String =
        cell.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let more = if cell.chars().nth(40).is_some() { "..." } else { "" };
    format!("`{shown}{more}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str], exact: bool) -> Cells {
        let mut builder = Builder::new(exact);
        cells.iter().for_each(|cell| builder.push(cell.as_bytes()));
        builder.finish()
    }

    fn texts(cells: &Cells) -> Vec<String> {
        match cells {
            Cells::Numbers(values) => values.iter().map(|&x| render(x)).collect(),
            Cells::Text(text) => text.iter().map(str::to_string).collect(),
        }
    }

    #[test]
    fn an_empty_cell_is_not_a_written_nan() {
        let Cells::Numbers(values) = column(&["", "NaN", " ", "inf", "1e3"], false) else {
            panic!("these are numbers")
        };
        let missing: Vec<bool> = values.iter().map(|&x| is_missing(x)).collect();
        assert_eq!(missing, [true, false, true, false, false]);
        assert!(values[1].is_nan() && values[3].is_infinite());
    }

    #[test]
    fn text_makes_a_text_column_wherever_it_stands() {
        let early = texts(&column(&["x", "1.0", "", "2"], false));
        let late = texts(&column(&["1.0", "", "2", "x"], false));
        assert_eq!(early, ["x", "1", "", "2"]);
        assert_eq!(late, ["1", "", "2", "x"]);
    }

    #[test]
    fn an_exact_column_keeps_names_that_look_like_numbers() {
        assert_eq!(texts(&column(&["007", "12e5", "a"], true)), ["007", "12e5", "a"]);
        assert_eq!(texts(&column(&["1234e567", "7"], true)), ["1234e567", "7"]);
        assert!(matches!(column(&["7", "7.5", ""], true), Cells::Numbers(_)));
    }

    #[test]
    fn a_long_cell_is_cut() {
        let quoted = quote(&"é\n".repeat(1000));
        assert_eq!(quoted.chars().count(), 2 + 40 + 3);
        assert!(!quoted.contains('\n'));
    }
}
