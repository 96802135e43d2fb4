//! The profiles of all parameters of a fit, side by side.
//!
//! In: a fit. Out: for every free parameter its label and its [`Profile`], or why it has none.

use rayon::prelude::*;

use super::case::Case;
use crate::engine::Watch;
use crate::engine::cpu::pass::Scratch;
use crate::error::{Error, Result};
use crate::fit::{Profile, ProfileOptions, profile};

type Labelled = (String, std::result::Result<Profile, String>);

/// Profiles every free parameter.
pub(super) fn profiles(
    case: &Case,
    options: &ProfileOptions,
    watch: &Watch,
) -> Result<Vec<Labelled>> {
    let each = (0..case.fit.theta.len()).into_par_iter();
    let each = each.map_init(Scratch::default, |scratch, parameter| {
        if watch.stopped() {
            return Err(Error::Interrupted);
        }
        let found = profile(case.problem, case.fit, parameter, options, scratch);
        Ok((case.label(parameter), found))
    });
    each.collect()
}
