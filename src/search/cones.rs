//! A conic program, put together row by row and handed to Clarabel (Goulart and Chen 2024).
//!
//! In: variables, a linear objective, rows of affine expressions that must lie in cones. Out: the
//! values of the variables, and a multiplier a row.

use std::collections::BTreeMap;
use std::ops::Range;

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
};

/// An affine expression: variables with factors, and a constant.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Affine {
    pub(super) terms: BTreeMap<usize, f64>,
    pub(super) constant: f64,
}

impl Affine {
    pub(super) fn constant(constant: f64) -> Affine {
        Affine { terms: BTreeMap::new(), constant }
    }

    pub(super) fn variable(number: usize) -> Affine {
        Affine { terms: [(number, 1.0)].into(), constant: 0.0 }
    }

    /// This plus `factor` times another.
    pub(super) fn plus(mut self, factor: f64, other: &Affine) -> Affine {
        self.constant += factor * other.constant;
        for (variable, x) in &other.terms {
            *self.terms.entry(*variable).or_insert(0.0) += factor * x;
        }
        self
    }

    pub(super) fn times(&self, factor: f64) -> Affine {
        Affine::default().plus(factor, self)
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Program {
    variables: usize,
    rows: Vec<Affine>,
    cones: Vec<SupportedConeT<f64>>,
}

/// What the solver came to.
#[derive(Debug)]
pub(super) struct Solved {
    pub(super) variables: Vec<f64>,
    pub(super) multipliers: Vec<f64>,
    pub(super) iterations: u32,
}

impl Program {
    pub(super) fn variable(&mut self) -> usize {
        self.variables += 1;
        self.variables - 1
    }

    /// Demands that the expressions lie in a cone; gives their rows.
    fn cone(&mut self, rows: Vec<Affine>, cone: SupportedConeT<f64>) -> Range<usize> {
        let first = self.rows.len();
        self.rows.extend(rows);
        self.cones.push(cone);
        first..self.rows.len()
    }

    /// `expression = 0`
    pub(super) fn zero(&mut self, expression: Affine) {
        self.cone(vec![expression], SupportedConeT::ZeroConeT(1));
    }

    /// `expression >= 0`; gives its row.
    pub(super) fn positive(&mut self, expression: Affine) -> usize {
        self.cone(vec![expression], SupportedConeT::NonnegativeConeT(1)).start
    }

    /// `y exp(x / y) <= z`
    pub(super) fn exponential(&mut self, [x, y, z]: [Affine; 3]) {
        self.cone(vec![x, y, z], SupportedConeT::ExponentialConeT());
    }

    /// `x^alpha y^(1 - alpha) >= |z|`
    pub(super) fn power(&mut self, alpha: f64, [x, y, z]: [Affine; 3]) {
        self.cone(vec![x, y, z], SupportedConeT::PowerConeT(alpha));
    }

    /// Minimises an expression; `None` where the solver comes to nothing.
    pub(super) fn minimise(&self, objective: &Affine) -> Option<Solved> {
        let mut cost = vec![0.0; self.variables];
        objective.terms.iter().for_each(|(variable, factor)| cost[*variable] = *factor);
        let bounds: Vec<f64> = self.rows.iter().map(|row| row.constant).collect();
        let none = CscMatrix::zeros((self.variables, self.variables));
        let settings = DefaultSettingsBuilder::default()
            .verbose(false)
            .max_iter(500)
            .tol_gap_abs(1e-11)
            .tol_gap_rel(1e-11)
            .tol_feas(1e-11)
            .build()
            .ok()?;
        let mut solver =
            DefaultSolver::new(&none, &cost, &self.matrix(), &bounds, &self.cones, settings)
                .ok()?;
        solver.solve();
        let solution = &solver.solution;
        // What the solver is nearly sure of is checked by ourselves.
        let useful = !matches!(
            solution.status,
            SolverStatus::PrimalInfeasible
                | SolverStatus::DualInfeasible
                | SolverStatus::AlmostPrimalInfeasible
                | SolverStatus::AlmostDualInfeasible
        );
        let finite = solution.x.iter().chain(&solution.z).all(|x| x.is_finite());
        (useful && finite).then(|| Solved {
            variables: solution.x.clone(),
            multipliers: solution.z.clone(),
            iterations: solution.iterations,
        })
    }

    /// Rows are `constant - A x` in the solver's form.
    fn matrix(&self) -> CscMatrix<f64> {
        let mut columns: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.variables];
        for (number, row) in self.rows.iter().enumerate() {
            for (variable, factor) in &row.terms {
                columns[*variable].push((number, -factor));
            }
        }
        let mut starts = vec![0];
        starts.extend(columns.iter().scan(0, |sum, column| {
            *sum += column.len();
            Some(*sum)
        }));
        let (places, values) = columns.into_iter().flatten().unzip();
        CscMatrix::new(self.rows.len(), self.variables, starts, places, values)
    }
}
