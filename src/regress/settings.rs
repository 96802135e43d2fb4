//! Regressors by name with settings of the user's.
//!
//! In: a name such as `ridge:0.1`, `quadratic:web*code,web*math` or `trees:num_leaves=15`, and the
//! domains. Out: the regressor.

use std::str::FromStr;

use super::trees::{Stop, Trees};
use super::{Linear, Products, Regressor, Strength, regressor};
use crate::error::{Error, Result};

/// The regressor of a name, with what follows its colon.
///
/// # Errors
/// [`Error::Usage`] that lists the names there are, or says what is wrong with a setting.
pub fn configured(name: &str, domains: &[String]) -> Result<Box<dyn Regressor>> {
    match name.split_once(':') {
        None => regressor(name),
        Some(("ridge", strength)) => ridge(strength),
        Some(("quadratic", pairs)) => quadratic(pairs, domains),
        Some(("trees", settings)) => trees(settings),
        Some((plain, _)) => {
            regressor(plain)?;
            let remedy = "ridge, quadratic and trees have: see `mixlaw compare --help`";
            Err(Error::usage(format!("{plain} has no settings"), remedy))
        }
    }
}

/// The sum of squared coefficients times this is added.
fn ridge(strength: &str) -> Result<Box<dyn Regressor>> {
    let strength = positive::<f64>("ridge", strength)?;
    if !strength.is_finite() {
        return Err(wrong("ridge", strength));
    }
    Ok(Box::new(Linear { strength: Strength::Given(strength), ..Linear::ridge() }))
}

/// Products of these domains alone.
fn quadratic(pairs: &str, domains: &[String]) -> Result<Box<dyn Regressor>> {
    let place = |name: &str| {
        domains.iter().position(|domain| domain == name.trim()).ok_or_else(|| {
            let cause = format!("quadratic: there is no domain `{}`", name.trim());
            Error::usage(cause, format!("the domains are {}", domains.join(", ")))
        })
    };
    let pair = |pair: &str| {
        let Some((a, b)) = pair.split_once('*') else {
            let cause = format!("quadratic: `{pair}` is no product of two domains");
            return Err(Error::usage(cause, "write for example quadratic:web*code,web*math"));
        };
        Ok([place(a)?, place(b)?])
    };
    let pairs = pairs.split(',').map(pair).collect::<Result<Vec<_>>>()?;
    Ok(Box::new(Linear { products: Products::Given(pairs), ..Linear::quadratic() }))
}

/// RegMix's recipe with some of LightGBM's parameters changed.
fn trees(settings: &str) -> Result<Box<dyn Regressor>> {
    let mut trees = Trees::regmix();
    for setting in settings.split(',') {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        set(&mut trees, name.trim(), value)?;
    }
    trees.check()?;
    Ok(Box::new(trees))
}

fn set(trees: &mut Trees, name: &str, value: &str) -> Result<()> {
    match name {
        "num_iterations" => trees.iterations = positive(name, value)?,
        "learning_rate" => trees.learning_rate = positive(name, value)?,
        "num_leaves" => trees.leaves = positive(name, value)?,
        "min_data_in_leaf" => trees.min_data_in_leaf = positive(name, value)?,
        "min_sum_hessian_in_leaf" => trees.min_sum_hessian = positive(name, value)?,
        "lambda_l2" => trees.lambda = positive(name, value)?,
        "max_bin" => trees.max_bin = positive(name, value)?,
        "early_stopping_round" => {
            trees.stop = match positive(name, value)? {
                0 => Stop::AtTheEnd,
                rounds => Stop::KeptBack { share: KEPT_BACK, rounds },
            }
        }
        _ => {
            let known = "num_iterations, learning_rate, num_leaves, min_data_in_leaf, \
                         min_sum_hessian_in_leaf, lambda_l2, max_bin, early_stopping_round (0: to \
                         the last tree)";
            let cause = format!("trees have no parameter `{name}`");
            return Err(Error::usage(cause, format!("those of LightGBM that can be set: {known}")));
        }
    }
    Ok(())
}

/// What share of the mixtures is kept back to stop on.
const KEPT_BACK: f64 = 0.2;

/// A number that is not negative.
fn positive<T: FromStr + PartialOrd + Default>(name: &str, value: &str) -> Result<T> {
    let parsed = value.trim().parse::<T>().ok().filter(|number| *number >= T::default());
    parsed.ok_or_else(|| wrong(name, value))
}

fn wrong(name: &str, value: impl std::fmt::Display) -> Error {
    let cause = format!("{name}: `{value}` is not a number that it can be");
    Error::usage(cause, "write for example ridge:0.1 or trees:num_leaves=15,learning_rate=0.05")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains() -> Vec<String> {
        ["web", "code", "math"].map(String::from).to_vec()
    }

    #[test]
    fn names_with_settings_make_regressors() {
        for name in ["ridge:0.1", "quadratic:web*code, web*math", "ols", "trees:num_leaves=15"] {
            let made = configured(name, &domains()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(Some(made.name().as_str()), name.split(':').next(), "{name}");
        }
    }

    #[test]
    fn parameters_of_trees_are_those_of_lightgbm() {
        let mut made = Trees::regmix();
        for (name, value) in [("num_iterations", "7"), ("max_bin", "63"), ("lambda_l2", "0.5")] {
            set(&mut made, name, value).unwrap_or_else(|error| panic!("{error}"));
        }
        set(&mut made, "early_stopping_round", "0").unwrap_or_else(|error| panic!("{error}"));
        let expected = Trees {
            iterations: 7,
            max_bin: 63,
            lambda: 0.5,
            stop: Stop::AtTheEnd,
            ..Trees::regmix()
        };
        assert_eq!(made, expected);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (name, said) in [
            ("ols:1", "ols has no settings"),
            ("oracle:1", "no regressor called `oracle`"),
            ("ridge:x", "ridge: `x`"),
            ("ridge:inf", "ridge: `inf`"),
            ("ridge:-1", "ridge: `-1`"),
            ("quadratic:web*rust", "no domain `rust`"),
            ("quadratic:web", "no product of two domains"),
            ("trees:leaves=3", "no parameter `leaves`"),
            ("trees:num_leaves=1", "num_leaves is below 2"),
            ("trees:learning_rate=nan", "learning_rate: `nan`"),
            ("trees:num_leaves", "num_leaves: ``"),
        ] {
            let Err(error) = configured(name, &domains()) else { panic!("{name} was taken") };
            assert!(error.to_string().contains(said), "{name}: {error}");
        }
    }
}
