//! Start positions: a scrambled Sobol sequence in the box of start ranges.
//!
//! In: a search space, a seed and a start's number. Out: the start's parameters.

use crate::problem::{Scale, Space};

/// Points and dimensions that one Sobol sequence has; beyond them the seed changes.
const POINTS: usize = 1 << 16;
const DIMENSIONS: usize = 256;

/// The `index`-th start. The first is the middle of the box; projected parameters sit in the
/// middle of their ranges until they are solved for.
pub fn draw(space: &Space, seed: u64, index: usize) -> Vec<f64> {
    let axes = space.axes.iter().zip(coordinates(space));
    axes.map(|(axis, coordinate)| {
        let share = coordinate.map_or(0.5, |coordinate| share(seed, index, coordinate));
        within(axis.start, axis.scale, share)
    })
    .collect()
}

fn within([low, high]: [f64; 2], scale: Scale, share: f64) -> f64 {
    match scale {
        Scale::Log if low > 0.0 => (low.ln() + share * (high / low).ln()).exp().clamp(low, high),
        _ => low + share * (high - low),
    }
}

/// Coordinates of the unit cube that a space's starts are drawn from: one for each parameter that
/// is not projected; gives each parameter's coordinate.
pub fn coordinates(space: &Space) -> Vec<Option<usize>> {
    let mut next = 0;
    (0..space.len())
        .map(|number| {
            let drawn = !space.projected.contains(&number);
            next += usize::from(drawn);
            drawn.then(|| next - 1)
        })
        .collect()
}

/// The `index`-th start in the unit cube, along one coordinate; see [`draw`].
pub fn share(seed: u64, index: usize, coordinate: usize) -> f64 {
    if index == 0 { 0.5 } else { unit(seed, index - 1, coordinate) }
}

/// The first coordinates of the `index`-th start: [`share`] for each, in less time.
#[allow(clippy::cast_possible_truncation, reason = "reduced to the sequence's own range")]
pub fn shares(seed: u64, index: usize, shares: &mut [f64]) {
    let Some(index) = index.checked_sub(1) else { return shares.fill(0.5) };
    for (set, shares) in shares.chunks_mut(4).enumerate() {
        let dimension = 4 * set;
        let scramble = scramble(seed, index, dimension);
        let set = (dimension % DIMENSIONS / 4) as u32;
        let four = sobol_burley::sample_4d((index % POINTS) as u32, set, scramble);
        shares.iter_mut().zip(four).for_each(|(share, x)| *share = inside(x));
    }
}

/// A number in (0, 1).
#[allow(clippy::cast_possible_truncation, reason = "reduced to the sequence's own range")]
fn unit(seed: u64, index: usize, dimension: usize) -> f64 {
    let scramble = scramble(seed, index, dimension);
    let point = (index % POINTS) as u32;
    inside(sobol_burley::sample(point, (dimension % DIMENSIONS) as u32, scramble))
}

/// The seed of the sequence that a point and a dimension belong to.
#[allow(clippy::cast_possible_truncation, reason = "the sequence's seeds have 32 bits")]
fn scramble(seed: u64, index: usize, dimension: usize) -> u32 {
    let block = (index / POINTS) as u64 + 0x1000 * (dimension / DIMENSIONS) as u64;
    mix(seed ^ mix(block)) as u32
}

/// The sequence has 24 bits; half a step away from 0 and 1.
fn inside(x: f32) -> f64 {
    f64::from(x) + 0.5 / f64::from(1 << 24)
}

/// Spreads the bits of a counter (the finaliser of the SplitMix generator).
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_together_are_coordinates_apart() {
        let mut together = vec![0.0; 301];
        for index in [0, 1, 77, 65_536, 65_537, 1_000_003] {
            shares(9, index, &mut together);
            let apart: Vec<f64> = (0..301).map(|k| share(9, index, k)).collect();
            assert_eq!(together, apart);
        }
    }
}
