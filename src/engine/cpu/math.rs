//! Elementary functions in branch-free f64 arithmetic that compilers turn into SIMD.
//!
//! In: a number. Out: `exp`, `exp2`, `ln` or `log2` within 2 ulp over the whole
//! range (exponentials below 2^-1021 are flushed to zero). The const parameter says whether the target has fused
//! multiply-add; without it `mul_add` would be a slow library call.

/// `a * b + c`, fused where the hardware does it.
#[inline(always)]
pub(super) fn fma<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Adding this rounds to a whole number and leaves it in the low bits of the mantissa.
const ROUND: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52

/// Polynomial for exp on |x| <= ln(2)/2, interpolated at Chebyshev points: within 2^-57, and with
/// the Taylor series' own first two terms.
const EXP: [f64; 12] = [
    1.0,
    1.0,
    0.5000000000000019,
    0.1666666666666668,
    0.04166666666648795,
    0.008333333333319589,
    0.0013888888952352863,
    0.00019841269890076403,
    2.4801485441561313e-05,
    2.755724088722987e-06,
    2.763265472252779e-07,
    2.5110049204818658e-08,
];

/// `exp(r)` for |r| <= ln(2)/2.
#[inline(always)]
fn exp_small<const FMA: bool>(r: f64) -> f64 {
    let mut sum = EXP[11];
    let mut k = 11;
    while k > 0 {
        k -= 1;
        sum = fma::<FMA>(sum, r, EXP[k]);
    }
    sum
}

/// `m * 2^k` for the whole number that `shifted = k + ROUND` holds, -1021 <= k <= 1024.
#[inline(always)]
fn scale(m: f64, shifted: f64) -> f64 {
    // The low bits of `shifted` are k; a factor of 2 apart keeps 2^1024 representable.
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1022 << 52));
    m * 2.0 * power
}

const LN2_HIGH: f64 = 0.693_147_180_369_123_8; // the upper 32 bits of ln 2
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `e^x`.
#[inline(always)]
pub(super) fn exp<const FMA: bool>(x: f64) -> f64 {
    let bounded = if x > 710.0 { 710.0 } else { x };
    let bounded = if bounded < -707.5 { -707.5 } else { bounded };
    let shifted = fma::<FMA>(bounded, std::f64::consts::LOG2_E, ROUND);
    let k = shifted - ROUND;
    let r = fma::<FMA>(k, -LN2_HIGH, bounded);
    let r = fma::<FMA>(k, -LN2_LOW, r);
    let value = scale(exp_small::<FMA>(r), shifted);
    let value = if x < -707.5 { 0.0 } else { value };
    // NaN fails every comparison above and comes out of the series as NaN.
    if x > 709.782_712_893_384 { f64::INFINITY } else { value }
}

/// `2^x`.
#[inline(always)]
pub(super) fn exp2<const FMA: bool>(x: f64) -> f64 {
    let bounded = if x > 1024.0 { 1024.0 } else { x };
    let bounded = if bounded < -1021.0 { -1021.0 } else { bounded };
    let shifted = bounded + ROUND;
    let k = shifted - ROUND;
    let r = (bounded - k) * std::f64::consts::LN_2;
    let value = scale(exp_small::<FMA>(r), shifted);
    let value = if x < -1021.0 { 0.0 } else { value };
    if x >= 1024.0 { f64::INFINITY } else { value }
}

/// 2/(2k+1) for the series ln((1+s)/(1-s)) = 2s + s (2/3 s^2 + 2/5 s^4 + ...), |s| <= 0.1716.
const ATANH: [f64; 11] = {
    let mut table = [0.0; 11];
    let mut k = 0;
    while k < 11 {
        table[k] = 2.0 / (2 * k + 3) as f64;
        k += 1;
    }
    table
};

/// The parts of a logarithm: x = 2^k m with m in [sqrt(1/2), sqrt(2)); gives (k, ln m).
#[inline(always)]
fn log_parts<const FMA: bool>(x: f64) -> (f64, f64) {
    // Subnormal numbers are scaled into the normal range first.
    let small = x < f64::MIN_POSITIVE;
    let (x, bias) = if small { (x * 18_014_398_509_481_984.0, 54.0) } else { (x, 0.0) };
    let bits = x.to_bits();
    // Shifts the cut between exponents from 1 to sqrt(2).
    let offset = bits.wrapping_add(0x3ff0_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd);
    let exponent = (offset >> 52) & 0x7ff;
    let mantissa = (offset & 0x000f_ffff_ffff_ffff) + 0x3fe6_a09e_667f_3bcd;
    // A small whole number to f64 without a conversion instruction that AVX2 lacks.
    let k = f64::from_bits(exponent | 0x4330_0000_0000_0000) - 4_503_599_627_370_496.0;
    let f = f64::from_bits(mantissa) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let mut sum = ATANH[10];
    let mut i = 10;
    while i > 0 {
        i -= 1;
        sum = fma::<FMA>(sum, z, ATANH[i]);
    }
    // ln(1+f) = f - s (f - z * sum), which keeps f's own bits.
    (k - 1023.0 - bias, f - s * (f - z * sum))
}

/// 0, negative, infinite and NaN arguments.
#[inline(always)]
fn log_edges(x: f64, value: f64) -> f64 {
    let value = if x == 0.0 { f64::NEG_INFINITY } else { value };
    let value = if x < 0.0 { f64::NAN } else { value };
    // Infinity and NaN are their own logarithms.
    if x < f64::INFINITY { value } else { x }
}

/// The natural logarithm.
#[inline(always)]
pub(super) fn ln<const FMA: bool>(x: f64) -> f64 {
    let (k, log) = log_parts::<FMA>(x);
    log_edges(x, fma::<FMA>(k, LN2_HIGH, fma::<FMA>(k, LN2_LOW, log)))
}

/// The logarithm to base 2.
#[inline(always)]
pub(super) fn log2<const FMA: bool>(x: f64) -> f64 {
    let (k, log) = log_parts::<FMA>(x);
    log_edges(x, fma::<FMA>(log, std::f64::consts::LOG2_E, k))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance in units in the last place of `b`.
    fn ulps(a: f64, b: f64) -> f64 {
        if a == b || (a.is_nan() && b.is_nan()) {
            return 0.0;
        }
        (a - b).abs() / (f64::from_bits(b.abs().to_bits() + 1) - b.abs())
    }

    #[test]
    fn exponentials_are_within_two_ulp_of_the_library() {
        let mut worst: f64 = 0.0;
        for i in -7_000_000..7_000_000_i32 {
            if i % 97 != 0 {
                continue;
            }
            let x = f64::from(i) * 1e-4 + 1e-7;
            worst = worst.max(ulps(exp::<false>(x), x.exp()));
            worst = worst.max(ulps(exp2::<false>(x), x.exp2()));
        }
        assert!(worst <= 2.0, "{worst} ulp");
    }

    #[test]
    fn logarithms_are_within_two_ulp_of_the_library() {
        let mut worst: f64 = 0.0;
        for i in 1..200_000_i32 {
            let x = f64::from(i) * 7.3e-6;
            for x in [x, x * 1e9, x * 1e-300, x * 1e300] {
                worst = worst.max(ulps(ln::<false>(x), x.ln()));
            }
            // log2 near 1 is ln times a constant: relative to 1, not to the result.
            assert!((log2::<false>(x) - x.log2()).abs() <= 4e-16 * x.log2().abs().max(0.5));
        }
        assert!(worst <= 2.0, "{worst} ulp");
    }

    #[test]
    fn edges_are_those_of_the_library() {
        for x in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 0.0, -1.0, 1.0, 800.0, 1100.0] {
            assert!(ulps(exp::<false>(x), x.exp()) <= 1.0, "exp({x})");
            assert!(ulps(ln::<false>(x), x.ln()) <= 1.0, "ln({x}) = {}", ln::<false>(x));
        }
        assert_eq!(exp::<false>(-800.0), 0.0);
        assert_eq!(exp2::<false>(-1e300), 0.0);
        assert_eq!(exp2::<false>(1e300), f64::INFINITY);
        assert_eq!(exp2::<false>(1023.0), 1023.0_f64.exp2());
        assert!(exp2::<false>(f64::NAN).is_nan());
        assert!(log2::<false>(-3.0).is_nan());
        assert_eq!(ln::<false>(5e-324), 5e-324_f64.ln());
    }
}
