//! Splits along runs, and from few mixtures: the protocols of the BiMix paper (Ge et al. 2024, arXiv
//! 2405.14908v4, Secs. 5.1 and 5.2), for any law.
//!
//! In: a table. Out: [`Series`], the rows of one mixture each, and [`Scheme`]s that keep the last of
//! each, or all of some, for the test.

use super::near::kinds;
use super::splits::{Scheme, Split, mixtures};
use crate::error::{Error, Place, Result};
use crate::plan::mix;
use crate::runs::Runs;

/// The rows of each mixture, apart in each group of the table.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// For each row the number of its series, in order of appearance.
    pub of: Vec<usize>,
    /// For each series the number of its group.
    pub groups: Vec<usize>,
}

impl Series {
    /// Finds them: mixtures are the same where they differ by rounding alone.
    pub fn new(runs: &Runs) -> Series {
        let all = mixtures(runs);
        let mut series = Series::default();
        for (number, group) in runs.groups.iter().enumerate() {
            let first = series.groups.len();
            series.of.extend(kinds(&all[group.rows.clone()]).into_iter().map(|kind| first + kind));
            let count = series.of.iter().max().map_or(0, |last| last + 1);
            series.groups.resize(count, number);
        }
        series
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The rows of each.
    pub fn rows(&self) -> Vec<Vec<usize>> {
        let mut rows = vec![Vec::new(); self.len()];
        self.of.iter().enumerate().for_each(|(row, &series)| rows[series].push(row));
        rows
    }

    /// The series of each group that has any.
    fn by_group(&self) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new(); self.groups.last().map_or(0, |last| last + 1)];
        self.groups.iter().enumerate().for_each(|(series, &group)| all[group].push(series));
        all.retain(|series| !series.is_empty());
        all
    }

    /// For each row whether it is of one of these.
    fn rows_of(&self, some: &[usize]) -> Vec<bool> {
        let mut among = vec![false; self.len()];
        some.iter().for_each(|&series| among[series] = true);
        self.of.iter().map(|&series| among[series]).collect()
    }

    /// Learns from the rows of some series and tests on those of others.
    fn split(&self, round: usize, learn: &[usize], test: &[usize]) -> Split {
        let tested = self.rows_of(test);
        let test = (0..self.of.len()).filter(|&row| tested[row]).collect();
        Split { round, keep: self.rows_of(learn), test }
    }
}

/// The rows with the `last` greatest values of a column are kept for the test in each series. Each is
/// learnt from its own other rows, or, `pooled`, from those of all series of its group.
///
/// # Errors
/// [`Error::Usage`] for `last` of 0; [`Error::Input`] where there is no such column, or where a series
/// has nothing left to learn from.
pub fn last(
    runs: &Runs,
    series: &Series,
    column: &str,
    last: usize,
    pooled: bool,
) -> Result<Scheme> {
    if last == 0 {
        let cause = "the last 0 rows of each mixture leave nothing to test";
        return Err(Error::usage(cause, "hold out at least 1"));
    }
    let values = runs.input(column)?;
    let mut held = vec![false; runs.len()];
    for rows in series.rows() {
        let from = threshold(runs, values, &rows, (column, last))?;
        rows.into_iter().for_each(|row| held[row] = values[row] >= from);
    }
    let split = |members: Vec<usize>| {
        let own = series.rows_of(&members);
        Split {
            round: 0,
            keep: own.iter().zip(&held).map(|(own, held)| *own && !held).collect(),
            test: (0..runs.len()).filter(|&row| own[row] && held[row]).collect(),
        }
    };
    let apart = || (0..series.len()).map(|one| vec![one]).collect();
    let sets: Vec<Vec<usize>> = if pooled { series.by_group() } else { apart() };
    let how = if pooled { "from the earlier rows of all" } else { "from its own earlier rows" };
    let what = if last == 1 { "value".to_string() } else { format!("{last} values") };
    Ok(Scheme {
        name: format!("the last {what} of {column} of each mixture, {how}"),
        splits: sets.into_iter().map(split).collect(),
        ..Scheme::default()
    })
}

/// The least value of a column that is held out of a series.
fn threshold(
    runs: &Runs,
    values: &[f64],
    rows: &[usize],
    (column, last): (&str, usize),
) -> Result<f64> {
    let mut different: Vec<f64> = rows.iter().map(|&row| values[row]).collect();
    different.sort_by(f64::total_cmp);
    different.dedup();
    if different.len() > last {
        return Ok(different[different.len() - last]);
    }
    let row = rows.first().map_or(0, |&row| runs.row_numbers[row] as usize);
    let cause = format!(
        "the mixture of this row has {} different values of `{column}`, and the last {last} are held out: \
         none is left to learn from",
        different.len()
    );
    let remedy = "hold out fewer, or leave such mixtures out with --where (`where` of [runs])";
    Err(Error::input(Place::file(&runs.source).row(row).column(column), cause, remedy))
}

/// Learns from `count` mixtures drawn at random and tests on all others of their group, `draws` times.
///
/// # Errors
/// [`Error::Usage`] where nothing is drawn, or no mixture is left to test on.
pub fn from_mixtures(series: &Series, count: usize, draws: usize, seed: u64) -> Result<Scheme> {
    if count == 0 || draws == 0 {
        let cause = "nothing is learnt from 0 mixtures or in 0 draws";
        return Err(Error::usage(cause, "learn from at least 1 mixture, and draw at least once"));
    }
    let groups = series.by_group();
    if let Some(few) = groups.iter().map(Vec::len).find(|members| *members <= count) {
        let cause = format!(
            "there are {few} different mixtures: with {count} to learn from none is left to test"
        );
        return Err(Error::usage(cause, format!("learn from at most {}", few.saturating_sub(1))));
    }
    let draw = |round: usize| {
        groups.iter().map(move |members| {
            let mut order = members.clone();
            order.sort_by_key(|&label| mix(seed ^ mix(round as u64 ^ mix(label as u64))));
            series.split(round, &order[..count], &order[count..])
        })
    };
    let (s, times) = (if count == 1 { "" } else { "s" }, if draws == 1 { "draw" } else { "draws" });
    Ok(Scheme {
        name: format!("all other mixtures, from {count} mixture{s} at random, {draws} {times}"),
        splits: (0..draws).flat_map(draw).collect(),
        ..Scheme::default()
    })
}

/// Learns from the mixtures of the rows that are chosen and tests on all others of their group.
///
/// # Errors
/// [`Error::Usage`] where rows of one mixture are on both sides, or a group has nothing on one side.
pub fn from_chosen(name: String, runs: &Runs, series: &Series, chosen: &[bool]) -> Result<Scheme> {
    let mut splits = Vec::new();
    let rows = series.rows();
    for members in series.by_group() {
        let is_learnt = |one: &usize| chosen[rows[*one][0]];
        if let Some(row) = members
            .iter()
            .find_map(|one| rows[*one].iter().find(|&&row| chosen[row] != is_learnt(one)).copied())
        {
            let (row, other) = (runs.row_numbers[row], runs.row_numbers[rows[series.of[row]][0]]);
            let cause = format!(
                "rows {other} and {row} have one mixture, and one of them alone is learnt from"
            );
            return Err(Error::usage(cause, "choose whole mixtures"));
        }
        let (learn, test): (Vec<usize>, Vec<usize>) = members.into_iter().partition(is_learnt);
        if learn.is_empty() || test.is_empty() {
            let what = if learn.is_empty() { "no mixture" } else { "every mixture" };
            let cause = format!("{what} is learnt from");
            return Err(Error::usage(cause, "choose some of the mixtures, of each group"));
        }
        splits.push(series.split(0, &learn, &test));
    }
    Ok(Scheme { name, splits, ..Scheme::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::{RoleSpec, Table};

    /// Three mixtures, each at steps 1 to 3; the last in a group of its own, or all in one.
    fn table(grouped: bool) -> Runs {
        let share = vec![0.1, 0.1, 0.1, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1];
        let group = (0..9).map(|row| f64::from(u8::from(row > 5))).collect();
        let columns = [
            ("w_b", share.iter().map(|share| 1.0 - share).collect()),
            ("w_a", share),
            ("s", [1.0, 2.0, 3.0].repeat(3)),
            ("g", group),
            ("loss", (0..9).map(f64::from).collect()),
        ];
        let columns = columns.map(|(name, values)| (name.to_string(), values)).to_vec();
        let spec = RoleSpec {
            mixture: vec!["w_*".into()],
            target: vec!["loss".into()],
            by: grouped.then(|| "g".to_string()).into_iter().collect(),
            ..RoleSpec::default()
        };
        let table = Table::from_columns("memory", columns).expect("a table");
        Runs::from_table(table, &spec).expect("runs")
    }

    #[test]
    fn series_do_not_cross_groups() {
        let series = Series::new(&table(true));
        assert_eq!(series.of, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
        assert_eq!(series.groups, [0, 0, 1]);
    }

    #[test]
    fn the_last_rows_are_tested_and_never_learnt_from() {
        let (runs, series) = (table(true), Series::new(&table(true)));
        let apart = last(&runs, &series, "s", 1, false).expect("a scheme").splits;
        assert_eq!(apart.iter().map(|s| s.test.clone()).collect::<Vec<_>>(), [[2], [5], [8]]);
        let kept = |split: &Split| (0..9).filter(|&row| split.keep[row]).collect::<Vec<usize>>();
        assert_eq!(kept(&apart[1]), [3, 4]);
        let pooled = last(&runs, &series, "s", 2, true).expect("a scheme").splits;
        assert_eq!(kept(&pooled[0]), [0, 3]);
        assert_eq!(pooled[0].test, [1, 2, 4, 5]);
        assert!(last(&runs, &series, "s", 3, false).is_err());
    }

    #[test]
    fn mixtures_are_whole_and_drawn_within_groups() {
        let apart = Series::new(&table(true));
        assert!(from_mixtures(&apart, 1, 3, 0).is_err(), "the second group has one mixture");
        let series = Series::new(&table(false));
        assert_eq!(series.len(), 2);
        for split in from_mixtures(&series, 1, 8, 0).expect("a scheme").splits {
            assert!([3, 6].contains(&split.test.len()));
            assert_eq!(split.keep.iter().filter(|keep| **keep).count(), 9 - split.test.len());
            assert!(split.test.iter().all(|&row| !split.keep[row]));
        }
    }
}
