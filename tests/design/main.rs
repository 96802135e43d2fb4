//! Which runs to train: samplers against what they promise, known optimal designs, what a chosen swarm
//! is worth, and the command through the program.

mod draws;
mod optimal;
mod program;
mod refusals;
#[path = "../support/mod.rs"]
mod support;

use mixlaw::design::{Allowed, Counts, Grid, Norm, Reuse, Sampler, Wanted, collect};
use mixlaw::engine::Watch;
use mixlaw::search::Region;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|k| format!("d{k}")).collect()
}

fn free(count: usize) -> Region {
    Region::new(&names(count), &[], &[]).expect("a region")
}

fn whole(count: usize) -> Reuse {
    Reuse::new(&names(count), &[]).expect("domains")
}

/// Rows of a sampler as shares, and where the draws went.
fn drawn(
    sampler: &dyn Sampler,
    grid: Grid,
    (runs, pool): (usize, u64),
    existing: &[Vec<f64>],
    apart: (Norm, f64),
) -> (Vec<Vec<f64>>, Counts) {
    let domains = sampler.draw(0).or_else(|| (1..99).find_map(|k| sampler.draw(k)));
    let domains = domains.expect("a mixture").len();
    let (region, reuse) = (free(domains), whole(domains));
    let allowed = Allowed { region: &region, reuse: &reuse, grid };
    let wanted = Wanted { runs, pool, tries: 1_000_000, apart, seed: 7 };
    let (rows, counts) =
        collect(sampler, &allowed, existing, wanted, &Watch::new()).expect("enough rows");
    (rows.iter().map(|row| grid.shares(row)).collect(), counts)
}
