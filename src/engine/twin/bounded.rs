//! f32 numbers that carry a bound on what rounding may have done to them.
//!
//! In: operations. Out: the f32 result, and how far a device that keeps to the WGSL specification
//! (section 15.7.4, "Floating Point Accuracy") may be from the exact result for the same inputs.
//!
//! The bound is a running error analysis (Higham, Accuracy and Stability of Numerical Algorithms,
//! section 3.3). With u = 2^-24 each operation obeys |fl(x op y) - (x op y)| <= k u |fl(x op y)|,
//! with k = 1 for +, -, *, 2 for `fma` (which need not be fused), 5 for / (2.5 ulp, an ulp being at
//! most 2u), and for exp and exp2 2 (3 + 2|x|). A logarithm is good to 2^-21 absolutely where its
//! argument is in [0.5, 2], and to 3 ulp elsewhere. Errors of the operands are carried through by
//! the mean value theorem. Results that are too small for a normal f32 may be flushed to zero.
//! Two values, each within its bound of the exact result, differ by at most the sum of the bounds.

use crate::law::graph::{Dyadic, Unary};

/// Half an ulp of 1.
const U: f32 = 1.0 / 16_777_216.0;

/// The smallest normal number: what flushing to zero may lose.
const TINY: f32 = f32::MIN_POSITIVE;

/// A value and a bound on its error.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bounded {
    /// The f32 result.
    pub value: f32,
    /// How far from the exact result it may be.
    pub error: f32,
}

impl Bounded {
    /// A value that is exact.
    pub const fn exact(value: f32) -> Bounded {
        Bounded { value, error: 0.0 }
    }

    /// A number that f32 may not hold.
    #[allow(clippy::cast_possible_truncation, reason = "rounding to f32 is the point")]
    pub fn rounded(exact: f64) -> Bounded {
        let value = (exact as f32).clamp(f32::MIN, f32::MAX);
        let off = (exact - f64::from(value)).abs();
        let least = if off > 0.0 { TINY } else { 0.0 };
        Bounded { value, error: 1.001 * off as f32 + least }
    }

    fn new(value: f32, error: f32) -> Bounded {
        // The bound itself is computed in f32: it is widened by more than its own rounding.
        Bounded { value, error: 1.001 * error + TINY }
    }

    /// `a + b`.
    pub fn plus(self, b: Bounded) -> Bounded {
        let value = self.value + b.value;
        Bounded::new(value, self.error + b.error + U * value.abs())
    }

    /// `a - b`.
    pub fn minus(self, b: Bounded) -> Bounded {
        self.plus(b.negated())
    }

    /// `-a`.
    pub fn negated(self) -> Bounded {
        Bounded { value: -self.value, error: self.error }
    }

    /// `a * b`.
    pub fn times(self, b: Bounded) -> Bounded {
        let value = self.value * b.value;
        Bounded::new(value, self.carried(b) + U * value.abs())
    }

    /// What the errors of two factors do to their product.
    fn carried(self, b: Bounded) -> f32 {
        self.value.abs() * b.error + b.value.abs() * self.error + self.error * b.error
    }

    /// `fma(a, b, c)`, fused or not.
    pub fn times_plus(self, b: Bounded, c: Bounded) -> Bounded {
        let product = self.value * b.value;
        let value = self.value.mul_add(b.value, c.value);
        Bounded::new(value, self.carried(b) + c.error + U * (product.abs() + value.abs()))
    }

    /// `a / b`.
    pub fn over(self, b: Bounded) -> Bounded {
        let value = self.value / b.value;
        let room = b.value.abs() - b.error;
        let carried =
            if room > 0.0 { (self.error + value.abs() * b.error) / room } else { f32::INFINITY };
        Bounded::new(value, carried + 5.0 * U * value.abs())
    }

    /// `min(a, b)`, and `max` with the signs turned.
    pub fn least(self, b: Bounded) -> Bounded {
        Bounded { value: self.value.min(b.value), error: self.error.max(b.error) }
    }

    fn exponential(self, value: f32, slope: f32) -> Bounded {
        let carried = value * (slope * self.error).exp_m1();
        Bounded::new(value, carried + 2.0 * (3.0 + 2.0 * self.value.abs()) * U * value)
    }

    fn logarithm(self, value: f32, slope: f32) -> Bounded {
        let room = self.value - self.error;
        let carried = if room > 0.0 { slope * self.error / room } else { f32::INFINITY };
        let near = self.error == 0.0 && !(0.5..=2.0).contains(&self.value);
        let own = if near { 0.0 } else { 4.8e-7 };
        Bounded::new(value, carried + own + 6.0 * U * value.abs())
    }

    /// A function of one argument, as `functions.wgsl` has it.
    pub fn apply(self, f: Unary) -> Bounded {
        let x = self.value;
        let flat = |value: f32| Bounded { value, error: self.error };
        match f {
            Unary::Neg => self.negated(),
            Unary::Detach => self,
            Unary::Exp => self.exponential(x.exp(), 1.0),
            Unary::Exp2 => self.exponential(x.exp2(), std::f32::consts::LN_2),
            Unary::Ln => self.logarithm(x.ln(), 1.0),
            Unary::Log2 => self.logarithm(x.log2(), std::f32::consts::LOG2_E),
            Unary::LnOrZero if x == 0.0 => Bounded::exact(0.0),
            Unary::LnOrZero => self.logarithm(x.ln(), 1.0),
            Unary::Log2OrHuge if x == 0.0 => Bounded::exact(-1e30),
            Unary::Log2OrHuge => self.logarithm(x.log2(), std::f32::consts::LOG2_E),
            Unary::Sqrt => {
                let value = x.sqrt();
                let room = (x - self.error).max(0.0).sqrt() + value;
                let carried = if room > 0.0 { self.error / room } else { self.error.sqrt() };
                Bounded::new(value, carried + 8.0 * U * value)
            }
            Unary::Abs => flat(x.abs()),
            Unary::Sign => {
                let value = if x == 0.0 { 0.0 } else { x.signum() };
                Bounded { value, error: if x.abs() <= self.error { 2.0 } else { 0.0 } }
            }
            // Bounded slopes; the specification asks little of these functions.
            Unary::Tanh => Bounded::new(x.clamp(-15.0, 15.0).tanh(), self.error + 1e-5),
            Unary::Sigmoid => {
                let one = Bounded::exact(1.0);
                one.over(one.plus(self.negated().apply(Unary::Exp)))
            }
            Unary::Sin => Bounded::new(x.sin(), self.error + 4.9e-4 * x.abs().max(1.0)),
            Unary::Cos => Bounded::new(x.cos(), self.error + 4.9e-4 * x.abs().max(1.0)),
            Unary::Atan => Bounded::new(x.atan(), self.error + 8192.0 * U * x.atan().abs()),
        }
    }

    /// A function of two arguments; a comparison that rounding may turn is off by one.
    pub fn combine(self, f: Dyadic, b: Bounded) -> Bounded {
        let unsure =
            (self.value - b.value).abs() <= self.error + b.error && self.error + b.error > 0.0;
        let flag = |holds: bool| Bounded {
            value: f32::from(u8::from(holds)),
            error: f32::from(u8::from(unsure)),
        };
        match f {
            Dyadic::Add => self.plus(b),
            Dyadic::Sub => self.minus(b),
            Dyadic::Mul => self.times(b),
            Dyadic::Div => self.over(b),
            Dyadic::Pow => b.times(self.apply(Unary::Log2OrHuge)).apply(Unary::Exp2),
            Dyadic::Min => self.least(b),
            Dyadic::Max => self.negated().least(b.negated()).negated(),
            Dyadic::Less => flag(self.value < b.value),
            Dyadic::LessEq => flag(self.value <= b.value),
            Dyadic::Equal => flag(self.value == b.value),
        }
    }

    /// `a` where this is not zero, else `b`.
    pub fn choose(self, a: Bounded, b: Bounded) -> Bounded {
        let chosen = if self.value == 0.0 { b } else { a };
        let other = if self.error > 0.0 { (a.value - b.value).abs() } else { 0.0 };
        Bounded { value: chosen.value, error: a.error.max(b.error) + other }
    }

    /// A whole power by repeated squaring.
    pub fn whole_power(self, n: i32) -> Bounded {
        let mut bits = n.unsigned_abs();
        let (mut square, mut product) = (self, None::<Bounded>);
        while bits > 0 {
            if bits & 1 == 1 {
                product = Some(product.map_or(square, |product| product.times(square)));
            }
            bits >>= 1;
            if bits > 0 {
                square = square.times(square);
            }
        }
        let product = product.unwrap_or(Bounded::exact(1.0));
        if n < 0 { Bounded::exact(1.0).over(product) } else { product }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_for_a_chain_of_operations() {
        for i in 1..500_u16 {
            let x = Bounded::exact(0.01 * f32::from(i));
            let long = f64::from(x.value);
            let short = x.times(x).apply(Unary::Exp).over(x.plus(Bounded::exact(3.0)));
            let exact = (long * long).exp() / (long + 3.0);
            let off = (f64::from(short.value) - exact).abs();
            assert!(off <= f64::from(short.error), "{off} > {} at {long}", short.error);
            // And the bound is no empty one.
            assert!(f64::from(short.error) <= 1e-4 * exact.abs(), "{} at {long}", short.error);
        }
    }

    #[test]
    fn powers_match_those_of_the_library() {
        for n in [-5, -1, 0, 1, 2, 3, 13] {
            let power = Bounded::exact(1.25).whole_power(n);
            assert!((f64::from(power.value) - 1.25_f64.powi(n)).abs() <= f64::from(power.error));
        }
    }

    #[test]
    fn what_rounding_may_turn_is_said_to_be_unsure() {
        let near = Bounded { value: 1.0, error: 1e-6 };
        assert_eq!(near.combine(Dyadic::Less, Bounded::exact(1.0)).error, 1.0);
        assert_eq!(near.combine(Dyadic::Less, Bounded::exact(2.0)).error, 0.0);
    }
}
