//! Where a run's objective turns: T0 of the paper (Eq. 5 and 7).
//!
//! In: the curves of a ratio and lambda. Out: a [`Turn`].
//!
//! T0 is the last zero with a change from + to - of G(T) = dom'(T) + lambda gen'(T). Multiplied by
//! T^(1-s)/lambda, G is a sum of three exponentials of u = ln T. Its slope has one zero at most, known in
//! closed form, so there are at most two zeros of G with that point between them: each is bracketed by
//! construction, and an early zero, where the domain loss falls steeply, is not taken for T0. The
//! fixed-point form of Eq. 7 may diverge.

use serde::{Deserialize, Serialize};

use super::curves::Curves;

/// Beyond e^35 units (1e15) nothing is said: no run is that long, in units of a token.
const FAR: f64 = 35.0;

/// Where the objective `dom + lambda (gen - epsilon)` turns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// It falls from this T on.
    At(f64),
    /// It falls from the first token on.
    Falls,
    /// In the end it rises: more tokens at this ratio cost more than they give.
    Rises,
}

impl Turn {
    /// Whether it falls after `t`.
    pub fn is_by(self, t: f64) -> bool {
        match self {
            Turn::At(turn) => turn <= t,
            Turn::Falls => true,
            Turn::Rises => false,
        }
    }
}

/// The turn at a weight of the general loss, which may be infinite.
pub fn turn(curves: &Curves, lambda: f64) -> Turn {
    let Curves { general, domain, .. } = curves;
    let weight = domain.slope / lambda;
    let apart = domain.s - general.s;
    let value = |u: f64| weight * (apart * u).exp() + general.slope(u);
    let mut ends = vec![FAR];
    ends.extend(bend(curves, weight).filter(|u| u.abs() < FAR));
    ends.push(-FAR);
    for pair in ends.windows(2) {
        let [right, left] = [pair[0], pair[1]];
        if value(right) > 0.0 {
            return Turn::Rises;
        }
        if value(left) > 0.0 {
            return Turn::At(zero(value, left, right).exp());
        }
    }
    Turn::Falls
}

/// Where the scaled slope has its own zero.
fn bend(Curves { general, domain, .. }: &Curves, weight: f64) -> Option<f64> {
    let apart = domain.s - general.s;
    let share = weight * apart / (general.q * (general.s + general.d));
    let u = share.ln() / (general.d - apart);
    u.is_finite().then_some(u)
}

/// The zero between a point with a positive and one with a negative value, to the last bit.
fn zero(value: impl Fn(f64) -> f64, mut above: f64, mut below: f64) -> f64 {
    loop {
        let middle = 0.5 * (above + below);
        if middle == above || middle == below {
            return middle;
        }
        match value(middle) > 0.0 {
            true => above = middle,
            false => below = middle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::curves::{Domain, General};
    use super::*;

    fn curves() -> Curves {
        let general = General::published([0.05, 0.3, -0.01, 0.6, 0.0]);
        Curves { ratio: 0.5, general, domain: Domain::published([0.5, -0.3, 0.0]) }
    }

    /// Worked out with twelve digits from Eq. 7 by another program.
    #[test]
    fn the_last_change_of_sign_is_found_to_1e_9() {
        let known =
            [(100.0, 20.059413959789), (1000.0, 21.093135263292), (7000.0, 21.190227301949)];
        for (lambda, t0) in known {
            let Turn::At(found) = turn(&curves(), lambda) else { panic!("no turn at {lambda}") };
            assert!((found - t0).abs() < 1e-9, "{lambda}: {found}");
        }
    }

    #[test]
    fn an_infinite_weight_gives_the_peak_of_the_general_loss() {
        let Turn::At(found) = turn(&curves(), f64::INFINITY) else { panic!("no peak") };
        assert!((found - 2.5_f64.powf(1.0 / 0.3)).abs() < 1e-9, "{found}");
    }

    #[test]
    fn a_loss_that_only_rises_or_only_falls_does_not_turn() {
        let general = General::published([0.01, 0.5, 0.0, 3.0, 0.0]);
        let rising = Curves { general, ..curves() };
        assert_eq!(turn(&rising, f64::INFINITY), Turn::Rises);
        let general = General::published([-0.01, 0.5, 0.0, 3.0, 0.0]);
        assert_eq!(turn(&Curves { general, ..curves() }, f64::INFINITY), Turn::Falls);
        // Without a weight to speak of, the domain loss alone decides, and it falls.
        assert_eq!(turn(&curves(), 1e-9), Turn::Falls);
    }

    /// Where the general loss falls and then rises for good, the way down is no turn.
    #[test]
    fn a_trough_is_no_turn() {
        let general = General::published([-0.05, 0.3, 0.01, 0.6, 0.0]);
        assert_eq!(turn(&Curves { general, ..curves() }, f64::INFINITY), Turn::Rises);
    }
}
