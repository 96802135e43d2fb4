//! Regressors by name.
//!
//! In: a name, such as `ridge`. Out: the regressor with its usual settings.

use super::trees::Trees;
use super::{Gaussian, Linear, LogLinear, Lookup, Regressor};
use crate::error::{Error, Result};

/// A named regressor.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// Its name, which is what [`Regressor::name`] gives.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Whether it is too slow to be tried unasked.
    pub costly: bool,
    /// Whether it claims to predict mixtures that were not observed.
    pub predicts: bool,
    make: fn() -> Box<dyn Regressor>,
}

/// All of them.
pub const RECIPES: &[Recipe] = &[
    Recipe {
        name: "ols",
        about: "least squares in the shares",
        costly: false,
        predicts: true,
        make: || Box::new(Linear::ols()),
    },
    Recipe {
        name: "ridge",
        about: "the same with coefficients pulled to zero, as far as left-out runs want",
        costly: false,
        predicts: true,
        make: || Box::new(Linear::ridge()),
    },
    Recipe {
        name: "quadratic",
        about: "ridge in the shares and the products of every two",
        costly: false,
        predicts: true,
        make: || Box::new(Linear::quadratic()),
    },
    Recipe {
        name: "log-linear",
        about: "the law c + exp(sum(j, t[j] * w[j]))",
        costly: false,
        predicts: true,
        make: || Box::new(LogLinear::default()),
    },
    Recipe {
        name: "gp",
        about: "a Gaussian process with one length for all domains",
        costly: false,
        predicts: true,
        make: || Box::new(Gaussian::isotropic()),
    },
    Recipe {
        name: "gp-lengths",
        about: "a Gaussian process with a length a domain",
        costly: true,
        predicts: true,
        make: || Box::new(Gaussian::with_lengths()),
    },
    Recipe {
        name: "trees",
        about: "boosted trees by RegMix's recipe, stopped on mixtures kept back",
        costly: false,
        predicts: true,
        make: || Box::new(Trees::regmix()),
    },
    Recipe {
        name: "lookup",
        about: "the nearest of the observed mixtures",
        costly: false,
        predicts: false,
        make: || Box::new(Lookup),
    },
];

/// The regressor of a name.
///
/// # Errors
/// [`Error::Usage`] that lists the names there are.
pub fn regressor(name: &str) -> Result<Box<dyn Regressor>> {
    match RECIPES.iter().find(|recipe| recipe.name == name) {
        Some(recipe) => Ok((recipe.make)()),
        None => {
            let names: Vec<&str> = RECIPES.iter().map(|recipe| recipe.name).collect();
            let cause = format!("there is no regressor called `{name}`");
            Err(Error::usage(cause, format!("the regressors are {}", names.join(", "))))
        }
    }
}
