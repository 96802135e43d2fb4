//! Whether a mixture lies among the mixtures that were observed.
//!
//! In: points and a mixture. Out: how far outside their convex hull it is shown to lie.

/// Rounds before the question is left open.
const ROUNDS: usize = 2000;
/// Closer than this to the hull counts as inside.
const CLOSE: f64 = 1e-4;

/// The distance (Euclidean) that a mixture is shown to keep from the convex hull of `points`;
/// `None` where it lies inside or too close to tell.
///
/// Frank-Wolfe with pairwise steps towards the nearest point of the hull; the plane through the
/// present point proves the distance (Lacoste-Julien and Jaggi 2015).
pub fn outside(points: &[Vec<f64>], mixture: &[f64]) -> Option<f64> {
    let first = (0..points.len())
        .min_by(|&a, &b| distance(&points[a], mixture).total_cmp(&distance(&points[b], mixture)))?;
    let mut weights = vec![0.0; points.len()];
    weights[first] = 1.0;
    let mut residual = minus(&points[first], mixture);
    for _ in 0..ROUNDS {
        let length = dot(&residual, &residual).sqrt();
        if length < CLOSE {
            return None;
        }
        let along: Vec<f64> = points.iter().map(|point| dot(point, &residual)).collect();
        let towards = (0..points.len()).min_by(|&a, &b| along[a].total_cmp(&along[b]))?;
        let kept = (along[towards] - dot(mixture, &residual)) / length;
        if kept > CLOSE {
            return Some(kept);
        }
        let away = (0..points.len())
            .filter(|&i| weights[i] > 0.0)
            .max_by(|&a, &b| along[a].total_cmp(&along[b]))?;
        let step = minus(&points[towards], &points[away]);
        let curvature = dot(&step, &step);
        if curvature == 0.0 {
            return None;
        }
        let size = ((along[away] - along[towards]) / curvature).clamp(0.0, weights[away]);
        weights[away] -= size;
        weights[towards] += size;
        residual.iter_mut().zip(&step).for_each(|(r, s)| *r += size * s);
    }
    None
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
    }
}
