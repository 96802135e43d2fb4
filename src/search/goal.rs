//! What is minimised: targets brought together in one number.
//!
//! In: a predictor, and what the user wants of its targets. Out: an [`Objective`]: one node of the
//! predictor's graph, whose parameters are the shares and the values of what is no formula, and limits on
//! single targets.

use crate::error::{Error, Result};
use crate::law::graph::{Dyadic, Graph, Id, Unary};
use crate::predictor::{Opaque, Predicted, Predictor};

/// A limit that is missed by no more than this is met: rounding of a percentage of a loss.
pub(super) const MISSED: f64 = 1e-8;

/// How targets are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// Their weighted mean; weights are divided by their sum.
    Mean,
    /// The weighted mean times their number.
    Sum,
    /// The largest of them; weights are divided by their mean.
    Worst,
}

/// What the user wants.
#[derive(Debug, Clone)]
pub struct Goal {
    /// How targets are brought together.
    pub together: Together,
    /// Weights by target; 1 for others.
    pub weights: Vec<(String, f64)>,
    /// Targets that play no part.
    pub drop: Vec<String>,
    /// Targets that are better the larger they are, such as accuracies.
    pub maximise: Vec<String>,
    /// A mixture whose prediction is subtracted from each target.
    pub regret: Option<Vec<f64>>,
    /// A pull towards a mixture.
    pub pull: Option<Pull>,
    /// No target may be worse than at a mixture by more than a fraction.
    pub limits: Vec<Limit>,
}

/// `strength * unit * KL(mixture || towards)`.
#[derive(Debug, Clone)]
pub struct Pull {
    /// In units of the objective's spread over the mixtures that are allowed, for each nat.
    pub strength: f64,
    /// The prior mixture; every share must be positive.
    pub towards: Vec<f64>,
}

/// A target that may not be worse than at a mixture.
#[derive(Debug, Clone)]
pub struct Limit {
    /// The target; all of them where it is empty.
    pub target: String,
    /// Its value there, times 1 plus this fraction of its size, is the most it may be.
    pub slack: f64,
    /// The mixture.
    pub reference: Vec<f64>,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Objective {
    /// Shares are its parameters, and after them the values of `opaque`.
    pub graph: Graph,
    /// Functions without a formula.
    pub opaque: Opaque,
    /// For each of these, how far the objective moves at most when its value moves by 1.
    pub sway: Vec<f64>,
    /// What is minimised.
    pub root: Id,
    /// Where the largest counts: the targets of which it is the largest.
    pub rivals: Vec<Id>,
    /// The pull, which is part of `root`.
    pub pulled: Option<Id>,
    /// Nodes that may not be above zero, each with the words for it.
    pub limits: Vec<(Id, String)>,
    /// The goal in words.
    pub words: String,
}

impl Objective {
    /// Brings the targets of a predictor together.
    ///
    /// # Errors
    /// [`Error::Usage`] for names that are no target, weights that are no weights, no target left,
    /// and targets that are not finite at a mixture that they are compared with.
    pub fn new(predictor: &Predictor, goal: &Goal) -> Result<Objective> {
        goal.check(predictor)?;
        let goal = &goal.at_points(&predictor.opaque);
        let kept: Vec<&Predicted> =
            predictor.targets.iter().filter(|target| !goal.drop.contains(&target.name)).collect();
        goal.check_references(&predictor.graph, &kept)?;
        let weights = goal.normalised(&kept)?;
        let mut graph = predictor.graph.clone();
        let mut parts = Vec::new();
        let mut sway = vec![0.0; predictor.opaque.functions().len()];
        for (target, weight) in kept.iter().zip(&weights).filter(|(_, weight)| **weight > 0.0) {
            let loss = goal.loss(&mut graph, target);
            if let Some(function) = predictor.function_of(target) {
                sway[function] += weight;
            }
            let weight = graph.number(*weight);
            parts.push(graph.mul(weight, loss));
        }
        let worst = goal.together == Together::Worst;
        let join = if worst { Dyadic::Max } else { Dyadic::Add };
        let root = parts.iter().copied().reduce(|sum, part| graph.dyadic(join, sum, part));
        let mut objective = Objective {
            graph,
            opaque: predictor.opaque.clone(),
            sway,
            root: root.ok_or_else(no_target)?,
            rivals: if worst { parts } else { Vec::new() },
            pulled: None,
            limits: Vec::new(),
            words: goal.words(&kept),
        };
        for limit in &goal.limits {
            objective.limit(&kept, goal, limit);
        }
        Ok(objective)
    }

    /// Whether it is one smooth function with no limits.
    pub fn is_plain(&self) -> bool {
        self.rivals.len() < 2 && self.limits.is_empty()
    }

    /// A formula of the shares, to be made as small as it can be.
    pub fn of(graph: Graph, root: Id) -> Objective {
        let (opaque, sway, words) = (Opaque::default(), Vec::new(), String::new());
        let (rivals, limits) = (Vec::new(), Vec::new());
        Objective { graph, opaque, sway, root, rivals, pulled: None, limits, words }
    }

    /// Its value at a mixture.
    pub fn at(&self, mixture: &[f64]) -> f64 {
        self.graph.value(self.root, &self.opaque.point(mixture))
    }

    /// Whether a mixture meets the limits, up to rounding.
    pub fn is_within_limits(&self, mixture: &[f64]) -> bool {
        let point = self.opaque.point(mixture);
        self.limits.iter().all(|(limit, _)| self.graph.value(*limit, &point) <= MISSED)
    }

    /// Whether all of it is a formula of the shares.
    pub fn is_formula(&self) -> bool {
        self.opaque.functions().is_empty()
    }

    /// Adds a pull whose unit is `unit`.
    pub fn pull(&mut self, pull: &Pull, unit: f64) {
        let mut divergence = self.graph.number(0.0);
        for (k, prior) in (0..).zip(&pull.towards) {
            let share = self.graph.param(k);
            let log = self.graph.unary(Unary::LnOrZero, share);
            let entropy = self.graph.mul(share, log);
            let cost = self.graph.number(prior.ln());
            let cost = self.graph.mul(cost, share);
            let term = self.graph.sub(entropy, cost);
            divergence = self.graph.add(divergence, term);
        }
        let strength = self.graph.number(pull.strength * unit);
        let term = self.graph.mul(strength, divergence);
        self.root = self.graph.add(self.root, term);
        self.pulled = Some(term);
        self.words += &format!(", plus {} x {unit:.3e} a nat of KL to the prior", pull.strength);
    }

    fn limit(&mut self, kept: &[&Predicted], goal: &Goal, limit: &Limit) {
        for target in kept.iter().filter(|t| limit.target.is_empty() || t.name == limit.target) {
            let loss = goal.signed(&mut self.graph, target);
            let there = self.graph.value(loss, &limit.reference);
            let most = self.graph.number(there + limit.slack * there.abs());
            let excess = self.graph.sub(loss, most);
            let percent = 100.0 * limit.slack;
            let words = format!("{} at most {percent} % worse than the reference", target.name);
            self.limits.push((excess, words));
        }
    }
}

fn no_target() -> Error {
    Error::usage("no target is left to minimise", "drop fewer, or give one a positive --weight")
}

impl Goal {
    /// The same with all parameters of the graph in the place of each mixture.
    fn at_points(&self, opaque: &Opaque) -> Goal {
        let mut goal = self.clone();
        let limits = goal.limits.iter_mut().map(|limit| &mut limit.reference);
        for mixture in goal.regret.iter_mut().chain(limits) {
            *mixture = opaque.point(mixture).into_owned();
        }
        goal
    }

    fn check(&self, predictor: &Predictor) -> Result<()> {
        let limits = self.limits.iter().map(|limit| &limit.target).filter(|name| !name.is_empty());
        let weighted = self.weights.iter().map(|(name, _)| name);
        for name in weighted.chain(&self.drop).chain(&self.maximise).chain(limits) {
            if predictor.target(name).is_none() {
                let known: Vec<&str> =
                    predictor.targets.iter().take(20).map(|t| t.name.as_str()).collect();
                return Err(Error::usage(
                    format!("the fit has no target `{name}`"),
                    format!("its targets are {}", known.join(", ")),
                ));
            }
        }
        Ok(())
    }

    /// Nothing can be compared with a value that is not finite.
    fn check_references(&self, graph: &Graph, kept: &[&Predicted]) -> Result<()> {
        let regret = self.regret.iter().map(|reference| ("", reference));
        let limits = self.limits.iter().map(|limit| (limit.target.as_str(), &limit.reference));
        for (name, reference) in regret.chain(limits) {
            let meant = kept.iter().filter(|target| name.is_empty() || target.name == name);
            for target in meant {
                if !graph.value(target.root, reference).is_finite() {
                    return Err(Error::usage(
                        format!("`{}` has no finite value at the reference", target.name),
                        "give a --reference where no share is zero, or --drop the target",
                    ));
                }
            }
        }
        Ok(())
    }

    /// Weights with a mean of 1, or a sum of 1 for the mean.
    fn normalised(&self, kept: &[&Predicted]) -> Result<Vec<f64>> {
        let given = |name: &str| self.weights.iter().rev().find(|(known, _)| known == name);
        let weights: Vec<f64> =
            kept.iter().map(|target| given(&target.name).map_or(1.0, |(_, w)| *w)).collect();
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(no_target());
        }
        #[allow(clippy::cast_precision_loss, reason = "a table has few targets")]
        let scale = if self.together == Together::Mean { 1.0 } else { kept.len() as f64 } / sum;
        Ok(weights.into_iter().map(|weight| weight * scale).collect())
    }

    /// A target such that less is better.
    fn signed(&self, graph: &mut Graph, target: &Predicted) -> Id {
        if self.maximise.contains(&target.name) { graph.neg(target.root) } else { target.root }
    }

    fn loss(&self, graph: &mut Graph, target: &Predicted) -> Id {
        let loss = self.signed(graph, target);
        match &self.regret {
            None => loss,
            Some(reference) => {
                let there = graph.value(loss, reference);
                let there = graph.number(there);
                graph.sub(loss, there)
            }
        }
    }

    fn words(&self, kept: &[&Predicted]) -> String {
        let together = match self.together {
            Together::Mean => "mean",
            Together::Sum => "sum",
            Together::Worst => "largest",
        };
        let weighted = if self.weights.is_empty() { "" } else { "weighted " };
        let regret =
            if self.regret.is_some() { ", each less its value at the reference" } else { "" };
        format!("{weighted}{together} of {} targets{regret}", kept.len())
    }
}
