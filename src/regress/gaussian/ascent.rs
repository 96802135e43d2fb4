//! Ascent of a smooth function in a box: BFGS steps on the coordinates that are free.
//!
//! In: a function with its slopes, a start, bounds. Out: a [`Top`], and how steep it is there.

/// No coordinate moves by more than this in a step; coordinates are logarithms.
const LONGEST: f64 = 1.0;

/// A top has slopes below this: in units of a log-likelihood, nothing that runs could tell.
const FLAT: f64 = 1e-3;

/// A value and its slopes, where there is one.
type Function<'a> = &'a dyn Fn(&[f64]) -> Option<(f64, Vec<f64>)>;

/// Where an ascent ended.
#[derive(Debug, Clone)]
pub(super) struct Top {
    pub(super) point: Vec<f64>,
    pub(super) value: f64,
    slopes: Vec<f64>,
    /// The steepest slope that does not lead out of a bound.
    pub(super) steepest: f64,
}

impl Top {
    fn new(point: Vec<f64>, value: f64, slopes: Vec<f64>, bounds: &[[f64; 2]]) -> Top {
        let mut top = Top { point, value, slopes, steepest: 0.0 };
        let free = top.free(bounds);
        let slopes = top.slopes.iter().zip(free).filter(|(_, free)| *free);
        top.steepest = slopes.fold(0.0, |most, (slope, _)| most.max(slope.abs()));
        top
    }

    /// Whether there is nowhere to rise to.
    pub(super) fn settled(&self) -> bool {
        self.steepest < FLAT
    }

    /// Coordinates that may move along their slopes.
    fn free(&self, bounds: &[[f64; 2]]) -> Vec<bool> {
        let places = self.point.iter().zip(&self.slopes).zip(bounds);
        let may = |((x, slope), [low, high]): ((&f64, &f64), &[f64; 2])| {
            if *slope > 0.0 { x < high } else { x > low }
        };
        places.map(may).collect()
    }
}

/// Climbs from `start` for at most `steps` steps; `None` where the function has no value there.
pub(super) fn ascend(
    function: Function,
    start: &[f64],
    bounds: &[[f64; 2]],
    steps: usize,
) -> Option<Top> {
    let (value, slopes) = function(start)?;
    let mut top = Top::new(start.to_vec(), value, slopes, bounds);
    let mut inverse = Inverse::new(start.len());
    for _ in 0..steps {
        if top.settled() {
            break;
        }
        let direction = inverse.direction(&top.slopes, &top.free(bounds));
        match climb(function, &top, &direction, bounds) {
            Some(next) => {
                inverse.update(&top, &next);
                top = next;
            }
            // What was learnt of the curvature may be wrong here: once more along the slopes.
            None if inverse.known => inverse = Inverse::new(start.len()),
            None => break,
        }
    }
    Some(top)
}

/// The first of ever shorter steps that rises by a fair part of what the slopes promise.
fn climb(function: Function, top: &Top, direction: &[f64], bounds: &[[f64; 2]]) -> Option<Top> {
    let longest = direction.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
    let first = (LONGEST / longest).min(1.0);
    (0..30).find_map(|halvings| {
        let step = first * 0.5_f64.powi(halvings);
        let moved = top.point.iter().zip(direction).zip(bounds);
        let point: Vec<f64> =
            moved.map(|((x, d), [low, high])| (x + step * d).clamp(*low, *high)).collect();
        let promise: f64 =
            point.iter().zip(&top.point).zip(&top.slopes).map(|((a, b), g)| (a - b) * g).sum();
        let (value, slopes) = function(&point)?;
        (promise > 0.0 && value >= top.value + 1e-4 * promise)
            .then(|| Top::new(point, value, slopes, bounds))
    })
}

/// The inverse of the negative matrix of second slopes, learnt from steps.
struct Inverse {
    size: usize,
    matrix: Vec<f64>,
    known: bool,
}

impl Inverse {
    fn new(size: usize) -> Inverse {
        let mut matrix = vec![0.0; size * size];
        (0..size).for_each(|i| matrix[i * size + i] = 1.0);
        Inverse { size, matrix, known: false }
    }

    /// The step of a quadratic model over the free coordinates.
    fn direction(&self, slopes: &[f64], free: &[bool]) -> Vec<f64> {
        let slope = |j: usize| if free[j] { slopes[j] } else { 0.0 };
        let row =
            |i: usize| (0..self.size).map(|j| self.matrix[i * self.size + j] * slope(j)).sum();
        (0..self.size).map(|i| if free[i] { row(i) } else { 0.0 }).collect()
    }

    /// The update of Broyden, Fletcher, Goldfarb and Shanno (Nocedal and Wright 2006, eq. 6.17).
    fn update(&mut self, from: &Top, to: &Top) {
        let step: Vec<f64> = to.point.iter().zip(&from.point).map(|(a, b)| a - b).collect();
        let bend: Vec<f64> = from.slopes.iter().zip(&to.slopes).map(|(a, b)| a - b).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let curvature = dot(&step, &bend);
        if curvature <= 1e-12 * dot(&step, &step) {
            return;
        }
        if !self.known {
            let scale = curvature / dot(&bend, &bend);
            self.matrix.iter_mut().for_each(|x| *x *= scale);
            self.known = true;
        }
        let size = self.size;
        let image: Vec<f64> = self.matrix.chunks_exact(size).map(|row| dot(row, &bend)).collect();
        let both = (1.0 + dot(&bend, &image) / curvature) / curvature;
        for i in 0..size {
            for j in 0..size {
                let mixed = image[i] * step[j] + step[i] * image[j];
                self.matrix[i * size + j] += both * step[i] * step[j] - mixed / curvature;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A long curved ridge: `-(x - 1)^2 - 100 (y - x^2)^2`.
    fn ridge(at: &[f64]) -> Option<(f64, Vec<f64>)> {
        let [x, y] = [at[0], at[1]];
        let off = y - x * x;
        let slopes = vec![-2.0 * (x - 1.0) + 400.0 * x * off, -200.0 * off];
        Some((-(x - 1.0).powi(2) - 100.0 * off * off, slopes))
    }

    #[test]
    fn a_curved_ridge_is_climbed_to_its_top() {
        let top = ascend(&ridge, &[-1.2, 1.0], &[[-5.0, 5.0]; 2], 200).expect("a value");
        assert!(top.settled() && (top.point[0] - 1.0).abs() < 1e-3, "{top:?}");
    }

    #[test]
    fn a_bound_on_the_way_is_where_it_ends() {
        let top = ascend(&ridge, &[-1.2, 1.0], &[[-5.0, 0.5], [-5.0, 5.0]], 200).expect("a value");
        assert!(top.settled() && top.point[0] == 0.5, "{top:?}");
        assert!((top.point[1] - 0.25).abs() < 1e-4, "{top:?}");
    }

    #[test]
    fn a_short_climb_is_not_called_a_top() {
        let top = ascend(&ridge, &[-1.2, 1.0], &[[-5.0, 5.0]; 2], 3).expect("a value");
        assert!(!top.settled());
    }
}
