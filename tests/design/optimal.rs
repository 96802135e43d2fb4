//! The best next runs: known optimal designs, what exchange does, and what a choice is worth.

use mixlaw::design::{
    Allowed, Criterion, Grid, Information, Means, Next, NextRuns, Over, Slopes, Target, Trained,
    next,
};
use mixlaw::engine::Watch;
use mixlaw::regress::Products;
use mixlaw::search::mixtures;

use crate::{free, names, whole};

fn question(products: &Products, domains: usize, criterion: Criterion, runs: usize) -> Next {
    let slopes = Slopes::of_terms(products, domains).expect("slopes");
    Next {
        criterion,
        over: Over::Allowed,
        targets: vec![Target { name: "y".into(), slopes, weight: 1.0, variance: None }],
        trained: Vec::new(),
        at: Vec::new(),
        scales: vec![Vec::new()],
        cost: None,
        means: Means { runs, spend: f64::INFINITY, most: 1 },
        candidates: 1_000,
        optimum: None,
        seed: 3,
    }
}

fn chosen(question: &Next, domains: usize) -> (Vec<Vec<f64>>, NextRuns) {
    let (region, reuse, grid) = (free(domains), whole(domains), Grid::decimal(6));
    let allowed = Allowed { region: &region, reuse: &reuse, grid };
    let found = next(&names(domains), question, &allowed, &region, &Watch::new());
    let found = found.unwrap_or_else(|error| panic!("{error}"));
    (found.rows.iter().map(|row| grid.shares(row)).collect(), found)
}

fn sorted(mut rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    rows.sort_by(|a, b| b.partial_cmp(a).expect("numbers"));
    rows
}

#[test]
fn a_linear_function_wants_the_vertices() {
    for domains in [2, 3, 5, 8] {
        let (rows, found) =
            chosen(&question(&Products::None, domains, Criterion::Determinant, domains), domains);
        let vertex = |k: usize| (0..domains).map(|j| f64::from(u8::from(j == k))).collect();
        assert_eq!(sorted(rows), (0..domains).map(vertex).collect::<Vec<Vec<f64>>>());
        assert!(found.gain.efficiency.expect("a bound") > 0.9999);
        assert_eq!((found.gain.rank, found.gain.ridge), ([0, domains], Some(1e-6)));
        assert_eq!(found.gain.allowed.before, None, "no error can be had without runs");
    }
}

/// Scheffé's quadratic on three domains: vertices and middles of edges (Kiefer 1961).
#[test]
fn a_quadratic_function_wants_the_lattice() {
    let (rows, found) = chosen(&question(&Products::All, 3, Criterion::Determinant, 6), 3);
    let lattice = [
        [1.0, 0.0, 0.0],
        [0.5, 0.5, 0.0],
        [0.5, 0.0, 0.5],
        [0.0, 1.0, 0.0],
        [0.0, 0.5, 0.5],
        [0.0, 0.0, 1.0],
    ];
    assert_eq!(sorted(rows), lattice.map(|row| row.to_vec()));
    assert!(found.gain.efficiency.expect("a bound") > 0.9999);
}

#[test]
fn exchange_never_loses_and_sometimes_gains() {
    let mut gained = 0;
    for seed in 0..6 {
        for (criterion, sign) in [(Criterion::Determinant, 1.0), (Criterion::Variance, -1.0)] {
            let asked = Next { seed, ..question(&Products::All, 4, criterion, 13) };
            let trace = chosen(&asked, 4).1.gain.trace;
            let rises = trace.windows(2).all(|two| sign * (two[1] - two[0]) > -1e-9 * two[0].abs());
            assert!(rises, "{trace:?}");
            gained += usize::from(sign * (trace[trace.len() - 1] - trace[0]) > 1e-6);
        }
    }
    assert!(gained >= 6, "exchange gained {gained} of 12 times");
}

/// At the end no single exchange helps: measured from scratch, not by updates of rank one.
#[test]
fn no_exchange_is_left() {
    let asked = Next { candidates: 40, ..question(&Products::None, 3, Criterion::Variance, 5) };
    let (rows, found) = chosen(&asked, 3);
    let everything = Next { means: Means { runs: 10_000, ..asked.means }, ..asked };
    let candidates = chosen(&everything, 3).0;
    let best = variance(&Products::None, &rows);
    for place in 0..rows.len() {
        for other in candidates.iter().filter(|other| !rows.contains(other)) {
            let mut changed = rows.clone();
            changed[place].clone_from(other);
            assert!(variance(&Products::None, &changed) > best * (1.0 - 1e-5));
        }
    }
    assert!(found.gain.efficiency.expect("a bound") > 0.5);
}

/// The mean variance of predictions after some runs, worked out without the module's criterion.
fn variance(products: &Products, rows: &[Vec<f64>]) -> f64 {
    let domains = rows[0].len();
    let slopes = Slopes::of_terms(products, domains).expect("slopes");
    let at = |mixture: &Vec<f64>| slopes.at(mixture, &[]).slopes;
    let told: Vec<Vec<f64>> = rows.iter().map(at).collect();
    let unit = vec![1.0; slopes.parameters()];
    let known = Information::new(told.iter().map(|row| (&row[..], 1.0)), &unit);
    let asked = mixtures(&vec![0.0; domains], &vec![1.0; domains], 77, 2_000);
    let each = asked.iter().map(|mixture| known.variance(&at(mixture)).unwrap_or(f64::INFINITY));
    each.sum::<f64>() / 2_000.0
}

#[test]
fn variance_is_smaller_than_of_random_runs() {
    for (products, runs) in [(Products::None, 8), (Products::All, 20)] {
        let ours =
            variance(&products, &chosen(&question(&products, 5, Criterion::Variance, runs), 5).0);
        let best = (0..20)
            .map(|seed| variance(&products, &mixtures(&[0.0; 5], &[1.0; 5], seed, runs)))
            .fold(f64::INFINITY, f64::min);
        assert!(ours < 0.6 * best, "{ours} against the best of 20 random ones, {best}");
    }
}

#[test]
fn what_the_trained_runs_say_is_not_asked_again() {
    let corner = |k: usize| -> Vec<f64> { (0..3).map(|j| f64::from(u8::from(j == k))).collect() };
    let one = |k| Trained { mixture: corner(k), inputs: Vec::new(), weight: 5.0 };
    let trained = vec![one(0), one(1)];
    let asked = Next { trained, ..question(&Products::None, 3, Criterion::Determinant, 1) };
    let (rows, found) = chosen(&asked, 3);
    assert_eq!(rows, [corner(2)]);
    assert_eq!(found.gain.rank, [2, 3]);
}

#[test]
fn money_is_spent_where_it_tells_most() {
    let mut asked = question(&Products::None, 3, Criterion::Determinant, 50);
    asked.cost = Some(mixlaw::design::Cost::parse("1 + 9*d0").expect("a formula"));
    asked.means.spend = 25.0;
    let (rows, found) = chosen(&asked, 3);
    let spent: f64 = found.costs.iter().sum();
    assert!(spent <= 25.0 + 1e-9 && spent > 20.0, "{spent}");
    assert_eq!(found.gain.efficiency, None);
    let dear = rows.iter().map(|row| row[0]).sum::<f64>() / rows.len() as f64;
    assert!(dear < 0.2, "the dear domain has {dear} of the runs");
}
