//! Linear and quadratic functions of the mixture, by least squares or by ridge.
//!
//! In: samples, which products of shares to take, how strong the pull to zero is. Out: a constant
//! and a coefficient a term. Shares sum to 1, so a constant and a coefficient a share are one number
//! too many: the table is centred, and of the functions that fit equally well the one with the
//! smallest coefficients is taken, whether shares sum to 1 or runs are fewer than domains. A pull is
//! on coefficients in units of shares as they are: scaling each term by its spread first ranks
//! held-out runs of the public tables worse.

use super::squares::Squares;
use super::terms::{Products, Term};
use super::{Fitted, Regressor, Samples};
use crate::error::{Error, Result};
use crate::law::graph::{Graph, Id};

/// How strongly coefficients are pulled to zero: what the sum of their squares is multiplied by
/// before it is added to the sum of squared residuals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Strength {
    /// Chosen by leaving the samples out one at a time.
    Chosen,
    /// This number, in squared units of a share; 0 is least squares.
    Given(f64),
}

/// A regressor: a linear function of shares and products of shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Which products stand beside the shares.
    pub products: Products,
    /// How strongly coefficients are pulled to zero.
    pub strength: Strength,
}

impl Linear {
    /// Ordinary least squares in the shares.
    pub fn ols() -> Linear {
        Linear { products: Products::None, strength: Strength::Given(0.0) }
    }

    /// Ridge regression in the shares (Hoerl and Kennard 1970).
    pub fn ridge() -> Linear {
        Linear { products: Products::None, strength: Strength::Chosen }
    }

    /// Ridge regression in the shares and the products of every two.
    pub fn quadratic() -> Linear {
        Linear { products: Products::All, strength: Strength::Chosen }
    }
}

impl Regressor for Linear {
    fn name(&self) -> String {
        let name = match (&self.products, self.strength) {
            (Products::None, Strength::Given(0.0)) => "ols",
            (Products::None, _) => "ridge",
            _ => "quadratic",
        };
        name.into()
    }

    fn fit(&self, samples: &Samples, _seed: u64) -> Result<Box<dyn Fitted>> {
        samples.check()?;
        if let Strength::Given(strength) = self.strength
            && !(strength >= 0.0 && strength.is_finite())
        {
            let cause = format!("{strength} is not a strength of a ridge");
            return Err(Error::usage(cause, "give a number from 0 upwards"));
        }
        let terms = self.products.terms(samples.domains)?;
        let values = |row| terms.iter().map(move |term: &Term| term.at(row));
        let table: Vec<f64> = samples.rows().flat_map(values).collect();
        Ok(Box::new(self.solve(samples, &Squares::new(&table, terms.len()), terms)))
    }
}

impl Linear {
    fn solve(&self, samples: &Samples, squares: &Squares, terms: Vec<Term>) -> LinearFit {
        let strength = match self.strength {
            Strength::Chosen => squares.best_strength(&samples.target),
            Strength::Given(strength) => strength,
        };
        let coefficients = squares.solve(&samples.target, strength);
        let mean = samples.target.iter().sum::<f64>() / samples.len() as f64;
        let offset: f64 = coefficients.iter().zip(&squares.means).map(|(c, m)| c * m).sum();
        // Products are functions of the shares, but directions of their own.
        let wanted = terms.len() - 1;
        let loose = (strength == 0.0 && squares.rank() < wanted).then(|| {
            format!(
                "the {} runs vary {} of {wanted} directions: of the functions that fit them \
                 equally well, this one has the smallest coefficients",
                samples.len(),
                squares.rank()
            )
        });
        LinearFit { terms, constant: mean - offset, coefficients, loose }
    }
}

/// A constant, and a coefficient a term.
#[derive(Debug)]
struct LinearFit {
    terms: Vec<Term>,
    constant: f64,
    coefficients: Vec<f64>,
    loose: Option<String>,
}

impl Fitted for LinearFit {
    fn predict(&self, mixtures: &[f64], into: &mut [f64]) {
        let domains = mixtures.len() / into.len().max(1);
        for (mixture, value) in mixtures.chunks_exact(domains.max(1)).zip(into) {
            let parts = self.terms.iter().zip(&self.coefficients);
            *value = parts.fold(self.constant, |sum, (term, c)| sum + c * term.at(mixture));
        }
    }

    fn formula(&self, graph: &mut Graph) -> Option<Id> {
        let mut sum = graph.number(self.constant);
        for (term, coefficient) in self.terms.iter().zip(&self.coefficients) {
            let (factor, term) = (graph.number(*coefficient), term.node(graph));
            let product = graph.mul(factor, term);
            sum = graph.add(sum, product);
        }
        Some(sum)
    }

    fn notes(&self) -> Vec<String> {
        self.loose.iter().cloned().collect()
    }
}
