//! The loss surface of a fitted law: its value and slopes along the mixture, at given points.
//!
//! In: a [`Model`], and the domain whose share `r` stands for; or a function of the mixture alone.
//! Out: programs that engines run for many parameter sets and points. A point is a list of numbers:
//! the share of each domain, and then the law's other inputs, in the order of [`Surface::inputs`].

use crate::error::{Error, Result};
use crate::law::bind::Symbol;
use crate::law::derivative::gradient;
use crate::law::graph::{Graph, Id, Node};
use crate::law::model::Model;
use crate::law::program::Program;

/// See the module.
#[derive(Debug)]
pub struct Surface {
    /// Parameters of the law. Where there are none, a set is one number that nothing reads.
    pub parameters: usize,
    /// Domains, and so slopes.
    pub domains: usize,
    /// What the numbers of a point are: every domain's share, then other inputs.
    pub inputs: Vec<Symbol>,
    /// Points are rows, parameter sets are scalars. Outputs: the value, then a slope a domain.
    pub rows: Program,
    /// The same with the numbers of a point as further parameters, after those of the law.
    pub point: Program,
}

impl Surface {
    /// Derives the programs.
    ///
    /// # Errors
    /// [`Error::Usage`] when the law reads the own share and `own` names no domain.
    pub fn new(model: &Model, own: Option<usize>) -> Result<Surface> {
        let domains = model.domains.len();
        let mut inputs: Vec<Symbol> = (0..domains).map(Symbol::Share).collect();
        let mut places = Vec::new();
        for symbol in &model.symbols {
            places.push(match symbol {
                Symbol::Share(domain) => *domain,
                Symbol::OwnShare => own.ok_or_else(|| {
                    Error::usage(
                        format!(
                            "law {} reads `r`, and the target has no own domain",
                            model.law.name
                        ),
                        "name it: --own TARGET=DOMAIN",
                    )
                })?,
                Symbol::Input(_) | Symbol::Target => {
                    inputs.push(symbol.clone());
                    inputs.len() - 1
                }
            });
        }
        let (graph, outputs) = open(model, &places, domains);
        let parameters = model.parameters.len();
        let point = Program::compile(&graph, &outputs, &[]);
        let (graph, outputs) = as_columns(&graph, &outputs, parameters);
        let rows = Program::compile(&graph, &outputs, &[]);
        Ok(Surface { parameters, domains, inputs, rows, point })
    }

    /// The surface of a node whose graph has the shares as its parameters, and nothing else.
    pub fn of_shares(from: &Graph, root: Id, domains: usize) -> Surface {
        let mut graph = Graph::default();
        let root = graph.import(from, root, &mut |_, _| None);
        let slopes = gradient(&mut graph, root, domains);
        let outputs: Vec<Id> = std::iter::once(root).chain(slopes).collect();
        let point = Program::compile(&graph, &outputs, &[]);
        let (graph, outputs) = as_columns(&graph, &outputs, 0);
        let rows = Program::stream(&graph, &outputs);
        let inputs = (0..domains).map(Symbol::Share).collect();
        Surface { parameters: 0, domains, inputs, rows, point }
    }

    /// Numbers that come out of a point: the value and a slope a domain.
    pub fn outputs(&self) -> usize {
        1 + self.domains
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a law has far fewer than 2^32 inputs")]
fn number(place: usize) -> u32 {
    place as u32
}

/// The law with the numbers of a point as parameters after its own, and its slopes along the shares.
fn open(model: &Model, places: &[usize], domains: usize) -> (Graph, Vec<Id>) {
    let parameters = model.parameters.len();
    let mut graph = Graph::default();
    let root = graph.import(&model.graph, model.root, &mut |graph, node| match node {
        Node::Column(column) => Some(graph.param(number(parameters + places[column as usize]))),
        _ => None,
    });
    let slopes = gradient(&mut graph, root, parameters + domains).split_off(parameters);
    (graph, std::iter::once(root).chain(slopes).collect())
}

/// The same nodes with the numbers of a point as columns.
pub(crate) fn as_columns(open: &Graph, outputs: &[Id], parameters: usize) -> (Graph, Vec<Id>) {
    let mut graph = Graph::default();
    let mut column = |graph: &mut Graph, node: Node| match node {
        Node::Param(place) if place as usize >= parameters => {
            Some(graph.column(place - number(parameters)))
        }
        _ => None,
    };
    let outputs = outputs.iter().map(|id| graph.import(open, *id, &mut column)).collect();
    (graph, outputs)
}
