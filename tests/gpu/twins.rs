//! Kernels against their twins: the same numbers, within what rounding allows.

use mixlaw::engine::cpu::Cpu;
use mixlaw::engine::gpu::{Kernel, Layer, Layout, Shape, measure};
use mixlaw::engine::twin::{Look, descend, surface_at};
use mixlaw::engine::{Engine, Stop};
use mixlaw::law::Model;
use mixlaw::law::bind::Symbol;
use mixlaw::law::graph::{Graph, Id, Node};
use mixlaw::plan::{Plan, draw};
use mixlaw::problem::{Loss, Objective, Problem, Residual, Surface};

use crate::answers::engine;
use crate::planted::{laws, model, problem};
use crate::support::{Random, huber, law};
use crate::{adapter, open};

const DELTA: f64 = 0.02;

/// Points where a problem is looked at: starts, as f32.
fn points(problem: &Problem, count: usize) -> Vec<Vec<f32>> {
    (0..count)
        .map(|start| problem.space.q(&draw(&problem.space, 5, start)))
        .map(|q| q.into_iter().map(|x| x as f32).collect())
        .collect()
}

/// The largest share of the allowed difference that was used, and how many numbers were compared.
fn compare(
    layer: &mut dyn Layer,
    problem: &Problem,
    (layout, uniform): (Layout, bool),
    what: &str,
) -> (f64, usize) {
    let shape = Shape { weighted: problem.weights.is_some(), uniform };
    let kernel =
        Kernel::with_layout(&problem.forms, shape, layout).unwrap_or_else(|why| panic!("{why}"));
    let tile = match layout {
        Layout::Lane => 1,
        Layout::Group { tile } => tile,
    };
    let look = Look::new(problem, tile);
    let delta = match problem.forms.objective.loss {
        Loss::Squared => 1e37,
        Loss::Huber { delta } => delta as f32,
    };
    let points = points(problem, 4);
    let seen = measure(layer, &kernel, problem, &points, delta)
        .unwrap_or_else(|fault| panic!("{what}: {fault}"));
    let (mut worst, mut compared) = (0.0_f64, 0);
    for (q, seen) in points.iter().zip(&seen) {
        let twin = look.at(q, delta, false);
        if !twin.is_finite() {
            let also = seen.iter().any(|x| !x.is_finite());
            assert!(also, "{what}: finite on the device alone");
            continue;
        }
        for (place, (twin, seen)) in twin.numbers.iter().zip(seen).enumerate() {
            // Where the bound is infinite a jump of the law is too near to say anything.
            if !twin.error.is_finite() {
                continue;
            }
            let off = f64::from((twin.value - seen).abs());
            let allowed = 2.0 * f64::from(twin.error);
            let value = twin.value;
            assert!(off <= allowed, "{what}: {place}: {seen} is not {value} within {allowed:e}");
            worst = worst.max(off / allowed);
            compared += 1;
        }
    }
    (worst, compared)
}

#[test]
fn every_law_gives_its_twins_numbers() {
    let Some(adapter) = adapter() else { return };
    let mut layer = open(&adapter);
    let mut random = Random(7);
    let (mut compared, mut worst) = (0, 0.0_f64);
    for law in laws() {
        let model = model(&law, 3);
        for residual in [Residual::Raw, Residual::Log, Residual::Relative] {
            for loss in [Loss::Squared, Loss::Huber { delta: DELTA }] {
                let objective = Objective { residual, loss };
                let weighted = loss == Loss::Squared;
                let problem = problem(&model, objective, 37, weighted, &mut random);
                for kind in [(Layout::Lane, weighted), (Layout::Group { tile: 16 }, !weighted)] {
                    let what = format!("{} {objective:?} {kind:?}", law.name);
                    let (share, count) = compare(&mut *layer, &problem, kind, &what);
                    worst = worst.max(share);
                    compared += count;
                }
            }
        }
    }
    eprintln!("{compared} numbers, at most {worst:.3} of what rounding allows");
    assert!(compared > 20_000, "{compared}");
}

/// Laws with tens of parameters, in the layout and tile that the engine itself chooses.
#[test]
fn large_laws_give_their_twins_numbers() {
    let Some(adapter) = adapter() else { return };
    let mut layer = open(&adapter);
    let mut random = Random(77);
    for (name, domains, parameters) in [("mixing-exp", 65, 66), ("joint", 16, 35)] {
        let model = model(&law(name), domains);
        assert!(model.parameters.len() >= parameters, "{name}: {}", model.parameters.len());
        let problem = problem(&model, Objective::default(), 150, true, &mut random);
        let shape = Shape { weighted: true, uniform: false };
        let memory = layer.limits().workgroup;
        let kernel = Kernel::fit(&problem.forms, shape, memory);
        let layout = kernel.unwrap_or_else(|why| panic!("{name}: {why}")).layout;
        let (_, compared) = compare(&mut *layer, &problem, (layout, false), name);
        assert!(compared >= parameters * parameters, "{name}: {compared}");
    }
}

/// Whole descents part by rounding, but all but a few end in the same basin, and as many in the best.
#[test]
fn descents_end_where_their_twins_end() {
    let Some(gpu) = engine(true) else { return };
    let mut random = Random(23);
    let objectives = [Objective::default(), huber(Residual::Log, 5e-3)];
    for (name, domains) in [("bimix", 3), ("chinchilla", 0), ("mixing-exp", 3), ("mixing-exp", 9)] {
        for objective in objectives {
            let model = model(&law(name), domains);
            let problem = problem(&model, objective, 80, false, &mut random);
            let plan = Plan::exhaustive(3, 24);
            // What the device itself ends at; the engine polishes the best few further.
            let ends = gpu.fit(std::slice::from_ref(&problem), &plan);
            let ends = ends.unwrap_or_else(|error| panic!("{error}")).remove(0);
            let tile = if model.parameters.len() <= 8 { 1 } else { 32 };
            let look = Look::new(&problem, tile);
            let twin = |start| descend(&problem, &look, (3, start), 200, (1e-6, 1e-7));
            let twins: Vec<f64> = (0..24).map(|start| f64::from(twin(start).cost)).collect();
            let what = format!("{name} {domains} {objective:?}");
            let mut alike = 0;
            for end in &ends {
                let twin = twins[end.start];
                assert_eq!(twin.is_nan(), end.stop == Stop::NotFinite, "{what}: {}", end.start);
                alike += usize::from(twin.is_nan() || (end.cost - twin).abs() <= 0.1 * twin);
            }
            // A start on the rim between two basins may go either way.
            assert!(alike >= 22, "{what}: {alike} of 24 ends alike");
            let best = ends.iter().map(|end| end.cost).fold(f64::INFINITY, f64::min);
            let near = |costs: Vec<f64>| costs.iter().filter(|c| **c <= 1.001 * best).count();
            let (ours, theirs) = (near(ends.iter().map(|e| e.cost).collect()), near(twins));
            assert!(ours.abs_diff(theirs) <= 2, "{what}: {ours} and {theirs} in the best basin");
        }
    }
}

#[test]
fn surfaces_are_their_twins() {
    let Some(gpu) = engine(true) else { return };
    let mut random = Random(31);
    let mut compared = 0;
    for law in laws() {
        let model = model(&law, 5);
        if model.law.name == "cmr-critical" {
            continue;
        }
        let surface = Surface::new(&model, Some(0)).unwrap_or_else(|error| panic!("{error}"));
        let problem = problem(&model, Objective::default(), 24, false, &mut random);
        let theta = |start| draw(&problem.space, 1, start);
        let sets: Vec<f64> = (0..3).flat_map(theta).map(|x| f64::from(x as f32)).collect();
        let points = points_of(&model, &surface, &problem, &mut random);
        let seen = gpu.evaluate(&surface, &sets, &points).unwrap_or_else(|e| panic!("{e}"));
        let single = |list: &[f64]| list.iter().map(|x| *x as f32).collect::<Vec<_>>();
        let mut seen = seen.chunks_exact(surface.outputs());
        for set in sets.chunks_exact(surface.parameters) {
            for point in points.chunks_exact(surface.inputs.len()) {
                let twin = surface_at(&surface, &single(set), &single(point));
                for (twin, seen) in twin.iter().zip(seen.next().unwrap_or_default()) {
                    if !twin.error.is_finite() || !twin.value.is_finite() {
                        continue;
                    }
                    let off = (f64::from(twin.value) - seen).abs();
                    let allowed = 2.0 * f64::from(twin.error);
                    assert!(off <= allowed, "{}: {seen} is not {twin:?}", law.name);
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 5000, "{compared}");
}

/// Fitted laws as functions of the mixture alone: f32 on the device, f64 on the CPU.
#[test]
fn surfaces_of_shares_are_the_same_on_both_engines() {
    let Some(gpu) = engine(true) else { return };
    let mut random = Random(37);
    for (name, domains) in [("mixing-exp", 17), ("autoscale", 5), ("mixing-m2", 5)] {
        let model = model(&law(name), domains);
        let problem = problem(&model, Objective::default(), 24, false, &mut random);
        let theta = draw(&problem.space, 1, 3);
        let (graph, root) = of_shares(&model, &theta);
        let surface = Surface::of_shares(&graph, root, domains);
        let single = |x: f64| f64::from(x as f32);
        let points: Vec<f64> =
            (0..1000).flat_map(|_| random.mixture(domains)).map(single).collect();
        let [ours, theirs] = [&gpu as &dyn Engine, &Cpu::default()]
            .map(|engine| engine.evaluate(&surface, &[0.0], &points).expect("a surface"));
        assert_eq!(ours.len(), 1000 * surface.outputs());
        let largest = theirs.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        for (a, b) in ours.iter().zip(&theirs) {
            assert!((a - b).abs() <= 2e-5 * largest, "{name}: {a} is not {b}");
        }
    }
}

/// A law with its parameters known and the shares in their place; other inputs are 1.
fn of_shares(model: &Model, theta: &[f64]) -> (Graph, Id) {
    let mut graph = Graph::default();
    let root = graph.import(&model.graph, model.root, &mut |graph, node| match node {
        Node::Param(k) => Some(graph.number(theta[k as usize])),
        Node::Column(k) => Some(match model.symbols[k as usize] {
            Symbol::Share(domain) => graph.param(domain as u32),
            _ => graph.number(1.0),
        }),
        _ => None,
    });
    (graph, root)
}

/// The rows of a problem as points of a surface.
fn points_of(model: &Model, surface: &Surface, problem: &Problem, random: &mut Random) -> Vec<f64> {
    let symbols = &model.symbols;
    let mut points = Vec::new();
    for row in problem.rows.clone() {
        let shares = random.mixture(model.domains.len());
        points.extend(shares.iter().map(|x| f64::from(*x as f32)));
        for input in &surface.inputs[shares.len()..] {
            let place = symbols.iter().position(|symbol| symbol == input).unwrap_or(0);
            points.push(f64::from(problem.sample.columns[place][row] as f32));
        }
    }
    points
}
