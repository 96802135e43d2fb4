//! Gradient-boosted trees, RegMix's regressor, as LightGBM grows them.
//!
//! In: [`Samples`](super::Samples). Out: a [`Forest`], which predicts many mixtures quickly, and is
//! written and read as a text model of LightGBM. Of the same samples and parameters LightGBM makes
//! the same trees.

mod bins;
mod boost;
mod forest;
mod grow;
mod options;
mod score;
mod split;
mod text;
mod tree;

pub use forest::Forest;
pub use options::{Stop, Trees};
pub use tree::{Child, Missing, Node, Tree};
