//! What a linear function of the mixture is a sum of: shares and products of shares.
//!
//! In: the number of domains and the wanted [`Products`]. Out: [`Term`]s, as numbers and as nodes.

use crate::error::{Error, Result};
use crate::law::graph::{Graph, Id};

/// A share, or the product of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// The share of a domain.
    Share(usize),
    /// The product of the shares of two domains; of one with itself it is the square.
    Product(usize, usize),
}

/// Which products stand beside the shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Products {
    /// None: a linear function.
    None,
    /// Those of every two different domains. Squares would add nothing: where shares sum to 1,
    /// `w[i]^2` is `w[i]` less its products with the others (the canonical quadratic of Scheffé
    /// 1958).
    All,
    /// Those of these pairs of domains, by number.
    Given(Vec<[usize; 2]>),
}

impl Products {
    /// The shares of all domains, and then the products.
    ///
    /// # Errors
    /// [`Error::Usage`] for a pair that names a domain that there is not.
    pub(crate) fn terms(&self, domains: usize) -> Result<Vec<Term>> {
        let pairs: Vec<[usize; 2]> = match self {
            Products::None => Vec::new(),
            Products::All => {
                (0..domains).flat_map(|i| (i + 1..domains).map(move |j| [i, j])).collect()
            }
            Products::Given(pairs) => pairs.clone(),
        };
        if let Some([i, j]) = pairs.iter().find(|pair| pair.iter().any(|k| *k >= domains)) {
            let cause = format!("there is no pair of domains {i} and {j}");
            return Err(Error::usage(cause, format!("domains count from 0 to {}", domains - 1)));
        }
        let products = pairs.into_iter().map(|[i, j]| Term::Product(i, j));
        Ok((0..domains).map(Term::Share).chain(products).collect())
    }
}

impl Term {
    /// Its value at a mixture.
    pub(crate) fn at(self, mixture: &[f64]) -> f64 {
        match self {
            Term::Share(k) => mixture[k],
            Term::Product(i, j) => mixture[i] * mixture[j],
        }
    }

    /// It as a node.
    pub(crate) fn node(self, graph: &mut Graph) -> Id {
        match self {
            Term::Share(k) => share(graph, k),
            Term::Product(i, j) => {
                let (a, b) = (share(graph, i), share(graph, j));
                graph.mul(a, b)
            }
        }
    }
}

/// The share of a domain in a graph whose parameters are the shares.
#[allow(clippy::cast_possible_truncation, reason = "there are far fewer than 2^32 domains")]
pub(crate) fn share(graph: &mut Graph, domain: usize) -> Id {
    graph.param(domain as u32)
}
