//! Quantiles of Student's distribution.
//!
//! In: degrees of freedom. Out: half the width of a 95 % interval, in standard errors.

/// The 97.5 % point for `freedom` degrees of freedom, at least 1 (Abramowitz and Stegun 26.7.5; the first
/// few by table, where the series is poor).
pub fn student(freedom: usize) -> f64 {
    const FIRST: [f64; 6] = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469];
    if let Some(value) = FIRST.get(freedom.saturating_sub(1)) {
        return *value;
    }
    let (z, v) = (1.959_964_f64, freedom as f64);
    let g1 = (z.powi(3) + z) / 4.0;
    let g2 = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let g3 = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + g1 / v + g2 / v.powi(2) + g3 / v.powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_tables() {
        for (freedom, value) in [(1, 12.706), (5, 2.571), (9, 2.262), (19, 2.093), (1000, 1.962)] {
            assert!((student(freedom) - value).abs() < 2e-3, "{freedom}");
        }
    }
}
