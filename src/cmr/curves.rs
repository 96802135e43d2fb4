//! The change of both losses over the tokens of continual pre-training, at one ratio.
//!
//! In: parameters, those of the catalogue's laws or those printed in the paper. Out: values, and the
//! slopes that the turning point is about. The forms are those of `cmr-general` and `cmr-domain`, which
//! stay accurate where published coefficients nearly cancel; a test holds both to the laws.

/// Change of the general loss, `T^s (p - q (T^d - 1)/d) + beta`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct General {
    /// Amplitude at T = 1, nats.
    pub p: f64,
    /// How fast the amplitude falls with ln T at T = 1, nats.
    pub q: f64,
    /// The smaller exponent.
    pub s: f64,
    /// Difference of the exponents, above zero.
    pub d: f64,
    /// Constant part, nats.
    pub beta: f64,
}

/// Change of the domain loss, `level + slope (T^s - 1)/s`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Domain {
    /// Change at T = 1, nats.
    pub level: f64,
    /// Change with ln T at T = 1, nats.
    pub slope: f64,
    /// Exponent of the tokens.
    pub s: f64,
}

/// Both curves of one ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curves {
    /// Share of domain data.
    pub ratio: f64,
    /// The general loss.
    pub general: General,
    /// The domain loss.
    pub domain: Domain,
}

impl General {
    /// From the coefficients of Eq. 6 (22), `alpha2 T^s2 + alpha3 T^s3 + beta2`.
    pub fn published([alpha2, s2, alpha3, s3, beta]: [f64; 5]) -> General {
        let [(low, s), (high, top)] =
            if s2 <= s3 { [(alpha2, s2), (alpha3, s3)] } else { [(alpha3, s3), (alpha2, s2)] };
        // Equal exponents are one term.
        let d = if top > s { top - s } else { 1.0 };
        let q = if top > s { -high * d } else { 0.0 };
        General { p: low + high, q, s, d, beta }
    }

    /// The change after `t` units of tokens.
    pub fn at(&self, t: f64) -> f64 {
        let u = t.ln();
        (self.s * u).exp() * (self.p - self.q * self.rise(u)) + self.beta
    }

    /// The slope with u = ln T, divided by T^s.
    pub(super) fn slope(&self, u: f64) -> f64 {
        self.s * self.p - self.q - self.q * (self.s + self.d) * self.rise(u)
    }

    /// (T^d - 1)/d at u = ln T.
    pub(super) fn rise(&self, u: f64) -> f64 {
        (self.d * u).exp_m1() / self.d
    }
}

impl Domain {
    /// From the coefficients of Eq. 6 (22), `alpha1 T^s1 + beta1`.
    pub fn published([alpha1, s1, beta1]: [f64; 3]) -> Domain {
        Domain { level: alpha1 + beta1, slope: alpha1 * s1, s: s1 }
    }

    /// The change after `t` units of tokens.
    pub fn at(&self, t: f64) -> f64 {
        let u = t.ln();
        let rise = if self.s == 0.0 { u } else { (self.s * u).exp_m1() / self.s };
        self.level + self.slope * rise
    }
}
