//! Whether a mixture lies among the mixtures that were observed.
//!
//! In: points and a mixture. Out: how far outside their convex hull it is shown to lie.

/// Rounds before the question is left open.
const ROUNDS: usize = 2000;
/// Closer than this to the hull counts as inside.
const CLOSE: f64 = 1e-4;
/// How much of a distance is shown where distances are compared.
const NEARLY: f64 = 0.9;

/// The distance (Euclidean) that a mixture is shown to keep from the convex hull of `points`;
/// `None` where it lies inside or too close to tell.
///
/// Frank-Wolfe with pairwise steps towards the nearest point of the hull; the plane through the
/// present point proves the distance (Lacoste-Julien and Jaggi 2015).
pub fn outside(points: &[Vec<f64>], mixture: &[f64]) -> Option<f64> {
    shown(points, None, mixture, 0.0)
}

/// The same, to at least nine tenths of the distance where the steps suffice, from the hull of all points
/// but one; 0 where the mixture lies inside. Such distances can be compared with each other.
pub fn outside_by(points: &[Vec<f64>], but: Option<usize>, mixture: &[f64]) -> f64 {
    shown(points, but, mixture, NEARLY).unwrap_or(0.0)
}

/// Goes on until what is shown is at least `part` of the distance.
fn shown(points: &[Vec<f64>], but: Option<usize>, mixture: &[f64], part: f64) -> Option<f64> {
    let all: Vec<usize> = (0..points.len()).filter(|i| Some(*i) != but).collect();
    let nearer = |a: &usize, b: &usize| {
        distance(&points[*a], mixture).total_cmp(&distance(&points[*b], mixture))
    };
    let first = all.iter().copied().min_by(nearer)?;
    let mut weights = vec![0.0; points.len()];
    weights[first] = 1.0;
    let mut residual = minus(&points[first], mixture);
    let mut best = None;
    for _ in 0..ROUNDS {
        let length = dot(&residual, &residual).sqrt();
        if length < CLOSE {
            return None;
        }
        let along: Vec<f64> = points.iter().map(|point| dot(point, &residual)).collect();
        let towards = all.iter().copied().min_by(|&a, &b| along[a].total_cmp(&along[b]))?;
        let kept = (along[towards] - dot(mixture, &residual)) / length;
        if kept > best.unwrap_or(CLOSE) {
            best = Some(kept);
        }
        if best.is_some_and(|best| best >= part * length) {
            return best;
        }
        let away = (0..points.len())
            .filter(|&i| weights[i] > 0.0)
            .max_by(|&a, &b| along[a].total_cmp(&along[b]))?;
        let step = minus(&points[towards], &points[away]);
        let curvature = dot(&step, &step);
        if curvature == 0.0 {
            return best;
        }
        let size = ((along[away] - along[towards]) / curvature).clamp(0.0, weights[away]);
        weights[away] -= size;
        weights[towards] += size;
        residual.iter_mut().zip(&step).for_each(|(r, s)| *r += size * s);
    }
    best
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x - y).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let gap = minus(a, b);
    dot(&gap, &gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_within_is_not_outside() {
        let corners = [vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 1.0]];
        assert_eq!(outside(&corners, &[0.2, 0.3, 0.5]), None);
    }

    #[test]
    fn the_distance_to_an_edge_is_shown() {
        let edge = [vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]];
        let shown = outside(&edge, &[0.25, 0.25, 0.5]).unwrap_or(0.0);
        // The nearest point is (0.5, 0.5, 0).
        let exact = (2.0 * 0.25_f64.powi(2) + 0.25).sqrt();
        assert!(shown > 0.5 * exact && shown <= exact + 1e-12, "{shown} of {exact}");
        let shown = outside_by(&edge, None, &[0.25, 0.25, 0.5]);
        assert!(shown > 0.9 * exact && shown <= exact + 1e-12, "{shown} of {exact}");
    }

    #[test]
    fn a_point_is_held_against_the_others() {
        let points = [vec![1.0, 0.0], vec![0.0, 1.0], vec![0.4, 0.6]];
        assert_eq!(outside_by(&points, Some(2), &points[2]), 0.0);
        let exact = 0.6 * 2.0_f64.sqrt();
        let shown = outside_by(&points, Some(0), &points[0]);
        assert!(shown > 0.9 * exact && shown <= exact + 1e-12, "{shown} of {exact}");
        assert_eq!(outside_by(&points, None, &points[0]), 0.0);
        assert_eq!(outside_by(&points[..1], Some(0), &points[0]), 0.0);
    }
}
