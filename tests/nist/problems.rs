//! The 27 models of NIST StRD, typed as formulas from the `Model:` part of each file.

/// A problem: the name of its file, NIST's level of difficulty, and its model.
pub(crate) struct Problem {
    pub(crate) name: &'static str,
    pub(crate) level: &'static str,
    pub(crate) formula: &'static str,
    /// Whether the model is for the logarithm of the response.
    pub(crate) log_response: bool,
    /// Parameters that can be exchanged, all pairs at once, without changing the model.
    pub(crate) swap: &'static [(&'static str, &'static str)],
}

const fn problem(name: &'static str, level: &'static str, formula: &'static str) -> Problem {
    Problem { name, level, formula, log_response: false, swap: &[] }
}

const CHWIRUT: &str = "exp(-b1*x) / (b2 + b3*x)";
const GAUSS: &str = "b1*exp(-b2*x) + b3*exp(-(x - b4)^2 / b5^2) + b6*exp(-(x - b7)^2 / b8^2)";
const LANCZOS: &str = "b1*exp(-b2*x) + b3*exp(-b4*x) + b5*exp(-b6*x)";
const CUBICS: &str = "(b1 + b2*x + b3*x^2 + b4*x^3) / (1 + b5*x + b6*x^2 + b7*x^3)";
const ENSO: &str = "b1 + b2*cos(2*pi*x/12) + b3*sin(2*pi*x/12) \
    + b5*cos(2*pi*x/b4) + b6*sin(2*pi*x/b4) + b8*cos(2*pi*x/b7) + b9*sin(2*pi*x/b7)";

/// All problems, in the order of NIST's own list.
pub(crate) const PROBLEMS: [Problem; 27] = [
    problem("Misra1a", "lower", "b1*(1 - exp(-b2*x))"),
    problem("Chwirut2", "lower", CHWIRUT),
    problem("Chwirut1", "lower", CHWIRUT),
    problem("Lanczos3", "lower", LANCZOS),
    problem("Gauss1", "lower", GAUSS),
    problem("Gauss2", "lower", GAUSS),
    problem("DanWood", "lower", "b1 * x^b2"),
    problem("Misra1b", "lower", "b1 * (1 - (1 + b2*x/2)^-2)"),
    problem("Kirby2", "average", "(b1 + b2*x + b3*x^2) / (1 + b4*x + b5*x^2)"),
    problem("Hahn1", "average", CUBICS),
    Problem { log_response: true, ..problem("Nelson", "average", "b1 - b2*x1*exp(-b3*x2)") },
    // Two terms of the same form: a multi-start may find them in either order.
    Problem {
        swap: &[("b2", "b3"), ("b4", "b5")],
        ..problem("MGH17", "average", "b1 + b2*exp(-x*b4) + b3*exp(-x*b5)")
    },
    problem("Lanczos1", "average", LANCZOS),
    problem("Lanczos2", "average", LANCZOS),
    problem("Gauss3", "average", GAUSS),
    problem("Misra1c", "average", "b1 * (1 - (1 + 2*b2*x)^-0.5)"),
    problem("Misra1d", "average", "b1*b2*x / (1 + b2*x)"),
    problem("Roszman1", "average", "b1 - b2*x - atan(b3/(x - b4))/pi"),
    problem("ENSO", "average", ENSO),
    problem("MGH09", "higher", "b1*(x^2 + x*b2) / (x^2 + x*b3 + b4)"),
    problem("Thurber", "higher", CUBICS),
    problem("BoxBOD", "higher", "b1*(1 - exp(-b2*x))"),
    problem("Rat42", "higher", "b1 / (1 + exp(b2 - b3*x))"),
    problem("MGH10", "higher", "b1 * exp(b2/(x + b3))"),
    problem("Eckerle4", "higher", "(b1/b2) * exp(-0.5*((x - b3)/b2)^2)"),
    problem("Rat43", "higher", "b1 / (1 + exp(b2 - b3*x))^(1/b4)"),
    problem("Bennett5", "higher", "b1 * (b2 + x)^(-1/b3)"),
];
