//! A law held against observations: the residual and its slopes as programs.
//!
//! In: a [`Model`] and an [`Objective`]. Out: [`Forms`], shared by all targets and groups that are
//! fitted with the same law: the own share and the target are columns, not part of the program.

use std::sync::{Arc, OnceLock};

use super::objective::{Loss, Objective, Residual};
use crate::law::bind::Symbol;
use crate::law::derivative::{gradient, hessian};
use crate::law::graph::{Dyadic, Graph, Id, Node, Unary};
use crate::law::model::Model;
use crate::law::products::ordered;
use crate::law::program::{Program, as_exponentials};

/// The programs of one law under one objective. Outputs are the residual and then one slope a
/// parameter, in the law's own units.
#[derive(Debug)]
pub struct Forms {
    /// The law.
    pub model: Arc<Model>,
    /// What is minimised.
    pub objective: Objective,
    /// The columns that the programs read: those of the model, and the target last.
    pub symbols: Vec<Symbol>,
    /// The residual alone.
    pub value: Program,
    /// Residual and slopes.
    pub normal: Program,
    /// The residual in which linear parameters can be solved for, where that is not `normal`.
    pub projector: Option<Program>,
    newton: OnceLock<Program>,
    surface: OnceLock<Program>,
}

impl Forms {
    /// Derives the programs.
    pub fn new(model: Arc<Model>, objective: Objective) -> Forms {
        let mut symbols = model.symbols.clone();
        symbols.push(Symbol::Target);
        let [value, normal] =
            [Slopes::None, Slopes::First].map(|slopes| compile(&model, objective.residual, slopes));
        // ln(f/y) is (f - y)/y to first order, and that is linear wherever f is.
        let separate = objective.residual == Residual::Log && !model.linear.is_empty();
        let projector = separate.then(|| compile(&model, Residual::Relative, Slopes::First));
        Forms {
            model,
            objective,
            symbols,
            value,
            normal,
            projector,
            newton: OnceLock::new(),
            surface: OnceLock::new(),
        }
    }

    /// The same residual under another loss: the residual's programs do not know the loss.
    #[must_use]
    pub fn with_loss(&self, loss: Loss) -> Forms {
        Forms {
            model: Arc::clone(&self.model),
            objective: Objective { loss, ..self.objective },
            symbols: self.symbols.clone(),
            value: self.value.clone(),
            normal: self.normal.clone(),
            projector: self.projector.clone(),
            newton: self.newton.clone(),
            // Which parameters are searched by their logarithm hangs on the loss.
            surface: OnceLock::new(),
        }
    }

    /// The prediction and its slopes in search coordinates: what f32 engines run. The residual is
    /// left to them: its slopes are those of the prediction times a number a row.
    pub fn surface(&self) -> &Program {
        self.surface.get_or_init(|| {
            let mut graph = Graph::default();
            let log = |number: u32| self.by_logarithm(number as usize);
            let root = graph.import(&self.model.graph, self.model.root, &mut |graph, node| {
                let Node::Param(number) = node else { return None };
                let q = graph.param(number);
                Some(if log(number) { graph.unary(Unary::Exp, q) } else { q })
            });
            let (mut graph, roots) = as_exponentials(&graph, &[root]);
            let slopes = gradient(&mut graph, roots[0], self.model.parameters.len());
            let outputs: Vec<Id> = roots.into_iter().chain(slopes).collect();
            let (graph, outputs) = ordered(&graph, &outputs);
            Program::compile(&graph, &outputs, &[])
        })
    }

    /// Whether a parameter is searched by its logarithm: positive ones are, unless they are solved
    /// for at every step.
    pub fn by_logarithm(&self, parameter: usize) -> bool {
        let solved = self.separable() && self.model.linear.contains(&parameter);
        self.model.parameters[parameter].positive && !solved
    }

    /// Residual, slopes, and the second slopes as reductions.
    pub fn newton(&self) -> &Program {
        self.newton.get_or_init(|| compile(&self.model, self.objective.residual, Slopes::Second))
    }

    /// Whether linear parameters can be projected out at every step (variable projection), not
    /// only at the start: the residual is linear in them and the loss is quadratic.
    pub fn separable(&self) -> bool {
        self.objective.residual != Residual::Log
            && self.objective.loss == Loss::Squared
            && !self.model.linear.is_empty()
    }
}

/// Which slopes of the residual a program has.
#[derive(Clone, Copy, PartialEq)]
enum Slopes {
    None,
    First,
    Second,
}

fn compile(model: &Model, residual: Residual, wanted: Slopes) -> Program {
    let mut graph = model.graph.clone();
    #[allow(clippy::cast_possible_truncation, reason = "a law reads few columns")]
    let target = graph.column(model.symbols.len() as u32);
    let root = difference(&mut graph, residual, model.root, target);
    let slopes = match wanted {
        Slopes::None => Vec::new(),
        _ => gradient(&mut graph, root, model.parameters.len()),
    };
    let bends = match wanted {
        Slopes::Second => hessian(&mut graph, &slopes),
        _ => Vec::new(),
    };
    let outputs: Vec<Id> = std::iter::once(root).chain(slopes).collect();
    Program::compile(&graph, &outputs, &bends)
}

fn difference(graph: &mut Graph, residual: Residual, prediction: Id, target: Id) -> Id {
    match residual {
        Residual::Raw => graph.sub(prediction, target),
        Residual::Log => {
            let log = graph.unary(Unary::Ln, prediction);
            let observed = graph.unary(Unary::Ln, target);
            graph.sub(log, observed)
        }
        Residual::Relative => {
            let inverse = graph.powi(target, -1);
            let ratio = graph.dyadic(Dyadic::Mul, prediction, inverse);
            let one = graph.number(1.0);
            graph.sub(ratio, one)
        }
    }
}
