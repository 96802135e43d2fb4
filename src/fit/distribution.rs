//! Distributions that tests and intervals need: normal, chi-square, Student.
//!
//! In: a statistic or a probability. Out: tail probabilities and quantiles, to about 1e-13 of the value.

use std::f64::consts::{PI, SQRT_2};

/// Terms after which a series or a continued fraction has long ended.
const TERMS: u32 = 10_000;

/// Where a continued fraction has a zero, Lentz puts this instead.
const TINY: f64 = 1e-300;

/// The error function.
pub fn erf(x: f64) -> f64 {
    (1.0 - upper_gamma(0.5, x * x)).copysign(x)
}

/// One less the error function, accurate where that is small.
pub fn erfc(x: f64) -> f64 {
    let tail = upper_gamma(0.5, x * x);
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// The probability that a normal number is further from zero than `z`, on either side.
pub fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / SQRT_2)
}

/// The number that a normal one is below with probability `p`, 0 < p < 1.
pub fn normal_quantile(p: f64) -> f64 {
    let distance = last_below(0.0, 40.0, |z| 0.5 * erfc(z / SQRT_2) > p.min(1.0 - p));
    if p < 0.5 { -distance } else { distance }
}

/// The probability that a chi-square number of `freedom` degrees is above `x`.
pub fn chi_square_above(x: f64, freedom: f64) -> f64 {
    upper_gamma(0.5 * freedom, 0.5 * x.max(0.0))
}

/// The probability that Student's number of `freedom` degrees is further from zero than `t`, on either side
/// (Abramowitz and Stegun 26.7.1).
pub fn student_two_sided(t: f64, freedom: f64) -> f64 {
    lower_beta(0.5 * freedom, 0.5, freedom / (freedom + t * t))
}

/// Half the width, in standard errors, of an interval that holds Student's number with probability `level`.
/// Its square is the point of F with 1 and `freedom` degrees.
pub fn student_quantile(level: f64, freedom: f64) -> f64 {
    let outside = |t: f64| student_two_sided(t, freedom) > 1.0 - level;
    let mut high = 1.0;
    while outside(high) && high < 1e12 {
        high *= 2.0;
    }
    last_below(0.0, high, outside)
}

/// The last number for which a condition holds that holds at `low` and, from some number on, no more.
fn last_below(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    while high - low > 1e-15 * high {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The regularised incomplete gamma function Q(a, x) (Abramowitz and Stegun 6.5.29 and 6.5.31).
fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 { 1.0 - front * gamma_series(a, x) } else { front * gamma_fraction(a, x) }
}

fn gamma_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0 / a, 1.0 / a);
    for n in 1..TERMS {
        term *= x / (a + f64::from(n));
        sum += term;
        if term < 1e-17 * sum {
            break;
        }
    }
    sum
}

fn gamma_fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let terms = (1..TERMS).map(|i| {
        let n = f64::from(i);
        b += 2.0;
        (-n * (n - a), b)
    });
    let start = x + 1.0 - a;
    1.0 / lentz(start, terms)
}

/// The regularised incomplete beta function I_x(a, b) (Abramowitz and Stegun 26.5.8).
fn lower_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - lower_beta(b, a, 1.0 - x);
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    let terms = (1..TERMS).map(|i| {
        let m = f64::from(i / 2);
        let d = a + 2.0 * m;
        let top = match i % 2 {
            0 => m * (b - m) * x / ((d - 1.0) * d),
            _ => -(a + m) * (a + b + m) * x / (d * (d + 1.0)),
        };
        (top, 1.0)
    });
    front.exp() / a / lentz(1.0, terms)
}

/// A continued fraction `start + top1 / (below1 + top2 / (below2 + ...))` by Lentz's method.
fn lentz(start: f64, terms: impl Iterator<Item = (f64, f64)>) -> f64 {
    let apart = |x: f64| if x.abs() < TINY { TINY } else { x };
    let (mut value, mut c, mut d) = (apart(start), apart(start), 0.0);
    for (top, below) in terms {
        d = 1.0 / apart(below + top * d);
        c = apart(below + top / c);
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The logarithm of the gamma function of a positive number, by Lanczos' series (g = 7, 9 terms).
fn ln_gamma(x: f64) -> f64 {
    const SERIES: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let terms = SERIES.iter().zip(1_u32..).map(|(c, k)| c / (x + f64::from(k)));
    let sum = 0.999_999_999_999_809_9 + terms.sum::<f64>();
    let t = x + 7.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(ours: f64, theirs: f64, share: f64) {
        assert!((ours - theirs).abs() <= share * theirs.abs(), "{ours} is not {theirs}");
    }

    /// Abramowitz and Stegun, Table 7.1, and erfc(5) from its asymptotic series.
    #[test]
    fn the_error_function_is_that_of_the_table() {
        for (x, value) in [
            (0.1, 0.112_462_916_018_284_9),
            (0.5, 0.520_499_877_813_046_5),
            (1.0, 0.842_700_792_949_714_9),
            (2.0, 0.995_322_265_018_952_7),
        ] {
            near(erf(x), value, 1e-13);
            near(erf(-x), -value, 1e-13);
            near(erfc(x), 1.0 - value, 1e-12);
        }
        near(erfc(5.0), 1.537_459_794_428_035e-12, 1e-12);
        assert_eq!((erf(0.0), erfc(0.0)), (0.0, 1.0));
    }

    /// Tables of the chi-square distribution; with 2 degrees it is exp(-x/2).
    #[test]
    fn chi_square_tails_are_those_of_tables() {
        for (freedom, x) in [
            (1.0, 3.841_458_820_694_124),
            (2.0, 5.991_464_547_107_979),
            (10.0, 18.307_038_053_275_146),
        ] {
            near(chi_square_above(x, freedom), 0.05, 1e-12);
        }
        near(chi_square_above(30.0, 2.0), (-15.0_f64).exp(), 1e-13);
        near(chi_square_above(0.3, 2.0), (-0.15_f64).exp(), 1e-13);
        assert_eq!(chi_square_above(0.0, 3.0), 1.0);
    }

    /// Student's from the finite sums for whole degrees (Abramowitz and Stegun 26.7.3 and 26.7.4).
    #[test]
    fn quantiles_are_those_of_tables() {
        near(normal_quantile(0.975), 1.959_963_984_540_054, 1e-13);
        near(normal_quantile(0.1), -1.281_551_565_544_600_4, 1e-13);
        near(normal_two_sided(1.959_963_984_540_054), 0.05, 1e-13);
        for (freedom, value) in [
            (1.0, 12.706_204_736_174_707),
            (2.0, 4.302_652_729_749_46),
            (10.0, 2.228_138_851_986_274),
            (120.0, 1.979_930_405_082_446),
        ] {
            near(student_quantile(0.95, freedom), value, 1e-12);
            near(student_two_sided(value, freedom), 0.05, 1e-12);
        }
        near(student_quantile(0.95, 1e7), normal_quantile(0.975), 1e-6);
    }
}
