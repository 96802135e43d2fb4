//! The simplex with bounds on single shares: its middle, and its vertices.
//!
//! In: bounds, and the slopes of a linear function. Out: mixtures.

/// The point of the box nearest to the middle of each range whose shares sum to 1: strictly inside
/// wherever the box has an inside.
pub fn middle(low: &[f64], high: &[f64]) -> Vec<f64> {
    let (least, most): (f64, f64) = (low.iter().sum(), high.iter().sum());
    let part = if most > least { ((1.0 - least) / (most - least)).clamp(0.0, 1.0) } else { 0.0 };
    low.iter().zip(high).map(|(l, h)| l + part * (h - l)).collect()
}

/// A mixture drawn into the box: each share is put between its bounds, and what the sum then has too
/// much or too little is shared out by the room that is left.
pub fn drawn_in(mixture: &[f64], low: &[f64], high: &[f64]) -> Vec<f64> {
    let bounds = || low.iter().zip(high);
    let mut inside: Vec<f64> =
        mixture.iter().zip(bounds()).map(|(x, (low, high))| x.clamp(*low, *high)).collect();
    let lacking = 1.0 - inside.iter().sum::<f64>();
    let room = |x: f64, (low, high): (&f64, &f64)| if lacking > 0.0 { high - x } else { x - low };
    let all: f64 = inside.iter().zip(bounds()).map(|(x, ends)| room(*x, ends)).sum();
    if all > 0.0 {
        let part = lacking / all;
        inside.iter_mut().zip(bounds()).for_each(|(x, ends)| *x += part * room(*x, ends));
    }
    inside
}

/// The vertex of the box on the simplex that minimises a linear function: the cheapest shares are
/// filled first.
pub fn cheapest(slopes: &[f64], low: &[f64], high: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..slopes.len()).collect();
    order.sort_by(|&a, &b| slopes[a].total_cmp(&slopes[b]));
    let mut left = 1.0 - low.iter().sum::<f64>();
    let mut vertex = low.to_vec();
    for k in order {
        let more = (high[k] - low[k]).min(left).max(0.0);
        vertex[k] += more;
        left -= more;
    }
    vertex
}
