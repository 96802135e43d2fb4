//! Lattices on a device: the very answer that the CPU gives, whatever the law, the bounds and the
//! state of the device.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mixlaw::engine::gpu::{Gpu, LatticeKernel};
use mixlaw::engine::twin::lattice;
use mixlaw::engine::{Auto, Engine, Watch};
use mixlaw::error::{Error, Result};
use mixlaw::law::graph::{Dyadic, Graph, Id, Unary};
use mixlaw::search::lattice::lay_out;
use mixlaw::search::{
    Answer, Demand, Group, Means, Method, Objective, Options, Pull, Region, Usage, search,
};

use crate::adapter;
use crate::faults::{Script, scripted, told};
use crate::shaders::validate;
use crate::support::{Random, file};

fn gpu() -> Option<Gpu> {
    let adapter = adapter()?;
    let gpu = Gpu::on(&[adapter], None, true, Arc::new(Watch::new()));
    Some(gpu.unwrap_or_else(|error| panic!("{error}")))
}

fn objective(graph: Graph, targets: &[Id], worst: bool) -> Objective {
    let mut graph = graph;
    let join = if worst { Dyadic::Max } else { Dyadic::Add };
    let root = targets.iter().copied().reduce(|sum, part| graph.dyadic(join, sum, part));
    let rivals = if worst { targets.to_vec() } else { Vec::new() };
    let root = root.expect("a target");
    Objective { rivals, ..Objective::of(graph, root) }
}

/// `c + exp(sum(j, t[j] w[j]))` for each target.
fn exponentials(seed: u64, domains: u32, targets: usize, worst: bool) -> Objective {
    let (mut random, mut graph) = (Random(seed), Graph::default());
    let targets: Vec<Id> = (0..targets)
        .map(|_| {
            let mut sum = graph.number(0.0);
            for k in 0..domains {
                let (t, share) = (graph.number(random.between(-3.0, 2.0)), graph.param(k));
                let term = graph.mul(t, share);
                sum = graph.add(sum, term);
            }
            let (c, power) = (graph.number(random.between(1.0, 3.0)), graph.unary(Unary::Exp, sum));
            graph.add(c, power)
        })
        .collect();
    objective(graph, &targets, worst)
}

fn names(domains: usize) -> Vec<String> {
    (0..domains).map(|k| format!("d{k}")).collect()
}

fn free(domains: usize) -> Region {
    Region::new(&names(domains), &[], &[]).expect("a region")
}

fn scan(
    objective: &Objective,
    region: &Region,
    steps: usize,
    top: usize,
    engine: Option<&dyn Engine>,
) -> Result<Answer> {
    let options = Options { method: Method::Lattice, steps, top, ..Options::default() };
    let watch = Watch::new();
    search(objective, region, options, Means { engine, ..Means::from(&watch) })
}

/// Both engines give the same points with the same values in the same order; gives how many points.
#[track_caller]
fn same(objective: &Objective, region: &Region, steps: usize, gpu: &Gpu) -> u64 {
    let ours = scan(objective, region, steps, 100, Some(gpu)).unwrap_or_else(|e| panic!("{e}"));
    let theirs = scan(objective, region, steps, 100, None).unwrap_or_else(|e| panic!("{e}"));
    assert!(ours.method.contains("on the GPU"), "{}", ours.method);
    assert_eq!(ours.found, theirs.found);
    assert_eq!(ours.evaluated, theirs.evaluated);
    assert_eq!(gpu.notes(), Vec::<String>::new());
    ours.evaluated
}

#[test]
fn both_engines_find_the_same_hundred() {
    let Some(gpu) = gpu() else { return };
    for (domains, steps, count) in [(5, 100, 4_598_126), (7, 40, 9_366_819)] {
        for worst in [false, true] {
            let objective = exponentials(51, domains as u32, 4, worst);
            assert_eq!(same(&objective, &free(domains), steps, &gpu), count);
        }
    }
}

#[test]
fn bounds_groups_and_the_number_of_domains_are_kept() {
    let Some(gpu) = gpu() else { return };
    let objective = exponentials(52, 5, 3, false);
    let demand = |domain, low, high| Demand { domain, ends: [low, high], words: String::new() };
    let group =
        |domains: &[usize], ends| Group { domains: domains.to_vec(), ends, words: String::new() };
    let bounds =
        [demand(0, Some(0.1), Some(0.55)), demand(3, None, Some(0.3)), demand(4, Some(0.05), None)];
    let groups = [
        vec![],
        vec![group(&[0, 1], [None, Some(0.4)])],
        vec![group(&[3, 4], [Some(0.25), Some(0.6)]), group(&[1, 3], [Some(0.1), Some(0.2)])],
        vec![group(&[0, 2, 4], [Some(0.5), None]), group(&[2, 4], [Some(0.35), Some(0.35)])],
    ];
    let least = |domain, least| demand(domain, Some(least), None);
    let mut checked = 0;
    for groups in groups {
        let region = Region::new(&names(5), &bounds, &groups).expect("a region");
        assert!(same(&objective, &region, 40, &gpu) > 100);
        for most in [2, 3, 5] {
            let usage = Usage {
                least: vec![least(1, 0.2), least(2, 0.35), least(3, 0.25)],
                most: Some((most, String::new())),
            };
            let region = Region::new(&names(5), &[], &groups).and_then(|r| r.using(usage));
            let region = region.expect("a region");
            if scan(&objective, &region, 40, 1, None).is_ok() {
                assert!(same(&objective, &region, 40, &gpu) > 0);
                checked += 1;
            }
        }
    }
    assert!(checked > 7, "{checked}");
}

/// Objectives that are hard on f32 or on tables, each with the shares of four domains.
fn odd(graph: &mut Graph, which: usize) -> Vec<Id> {
    let w: Vec<Id> = (0..4).map(|k| graph.param(k)).collect();
    let n = |graph: &mut Graph, x: f64| graph.number(x);
    let [half, third, one, minus] = [0.5, 0.3, 1.0, -1.0].map(|x| n(graph, x));
    match which {
        // Infinite where a share is zero, in the head, along the line and at its other end.
        0 => {
            let p = n(graph, -0.4);
            let powers: Vec<Id> = w.iter().map(|x| graph.pow(*x, p)).collect();
            let product = graph.mul(powers[0], powers[3]);
            let sum = graph.add(powers[2], powers[1]);
            vec![graph.add(product, sum)]
        }
        // Terms of both signs that nearly cancel, one of them infinite below.
        1 => {
            let big = n(graph, 1000.0);
            let powers = [(w[0], half), (w[3], third)].map(|(x, p)| graph.pow(x, p));
            let product = graph.mul(powers[0], powers[1]);
            let log = graph.unary(Unary::Ln, w[2]);
            let all = graph.mul(log, minus);
            let sum = graph.sub(big, product);
            let less = graph.sub(sum, big);
            let scaled = graph.mul(less, w[1]);
            let sum = graph.add(scaled, all);
            vec![sum, product]
        }
        // No sum of products: a power mean, an absolute value, a choice.
        2 => {
            let powers: Vec<Id> = w.iter().map(|x| graph.pow(*x, third)).collect();
            let sum = powers.into_iter().reduce(|a, b| graph.add(a, b)).expect("four");
            let mean = graph.div(one, sum);
            let off = graph.sub(w[1], third);
            let size = graph.unary(Unary::Abs, off);
            let holds = graph.dyadic(Dyadic::Less, w[0], half);
            let chosen = graph.select(holds, size, mean);
            let root = graph.unary(Unary::Sqrt, mean);
            let sum = graph.add(chosen, root);
            vec![graph.add(sum, mean)]
        }
        // Logarithms, whole powers, exponentials of what is no sum of single shares.
        _ => {
            let pair = graph.add(w[0], w[3]);
            let shifted = graph.add(pair, half);
            let log = graph.unary(Unary::Ln, shifted);
            let cube = graph.powi(shifted, -3);
            let power = graph.mul(pair, w[2]);
            let exponential = graph.unary(Unary::Exp, power);
            let sum = graph.add(log, cube);
            let bend = graph.unary(Unary::Tanh, sum);
            let product = graph.mul(exponential, sum);
            vec![graph.sub(product, bend)]
        }
    }
}

#[test]
fn laws_that_are_hard_on_f32_have_the_same_answer() {
    let Some(gpu) = gpu() else { return };
    for which in 0..4 {
        for worst in [false, true] {
            let mut graph = Graph::default();
            let targets = odd(&mut graph, which);
            let objective = objective(graph, &targets, worst);
            let tables = lay_out(&objective, &free(4), 40).expect("a lattice").tables;
            assert_eq!(tables.is_some(), which < 2, "{which}");
            same(&objective, &free(4), 40, &gpu);
        }
    }
}

#[test]
fn a_pull_is_added_to_the_worst_case() {
    let Some(gpu) = gpu() else { return };
    for worst in [false, true] {
        let mut objective = exponentials(53, 4, 3, worst);
        objective.pull(&Pull { strength: 0.5, towards: vec![0.4, 0.3, 0.2, 0.1] }, 0.4);
        same(&objective, &free(4), 60, &gpu);
    }
}

/// Software Vulkan ends all loops of a thread after 65,535 trips; these lines have up to 5,001.
#[test]
fn long_lines_are_seen_to_their_end() {
    let Some(gpu) = gpu() else { return };
    let count = same(&exponentials(54, 3, 2, false), &free(3), 5000, &gpu);
    assert_eq!(count, 5001 * 5002 / 2);
}

/// No bound is above what it bounds, and none is further below than rounding may bring it.
#[test]
fn bounds_of_blocks_are_within_those_of_the_twin() {
    let Some(gpu) = gpu() else { return };
    let mut cases = vec![exponentials(55, 4, 3, false), exponentials(56, 4, 3, true)];
    for which in 0..4 {
        let mut graph = Graph::default();
        let targets = odd(&mut graph, which);
        cases.push(objective(graph, &targets, false));
    }
    for (case, objective) in cases.iter().enumerate() {
        let scan = lay_out(objective, &free(4), 30).expect("a lattice");
        let mut sweep = gpu.sweep(&scan, &|| 0.0).expect("a device").expect("a walk");
        let (mut next, mut seen) = (0, 0);
        while next < scan.prefixes.count() {
            for block in sweep.next(next).expect("an answer").expect("blocks") {
                assert_eq!(block.ranks.start, next);
                next = block.ranks.end;
                seen += block.points;
                // The true least, whatever the rounding; the self-test has looked at the other end.
                let [_, high] = lattice(&scan, block.ranks.clone(), None).bound;
                assert!(block.least <= high, "{case}: {} is above {high}", block.least);
                if case < 2 {
                    assert!(block.least >= high - 1e-4 * high, "{case}: {} {high}", block.least);
                }
            }
        }
        assert_eq!(seen, 5456, "{case}");
    }
}

/// The answer of a scripted device is the CPU's; gives its notes and how often it was opened.
fn undisturbed(script: Script) -> Option<(Vec<String>, usize)> {
    let (gpu, counts) = scripted(script, false)?;
    let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
    let objective = exponentials(57, 5, 3, false);
    let ours = scan(&objective, &free(5), 60, 100, Some(&gpu)).unwrap_or_else(|e| panic!("{e}"));
    let theirs = scan(&objective, &free(5), 60, 100, None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((ours.found, ours.evaluated), (theirs.found, theirs.evaluated), "{script:?}");
    Some((gpu.notes(), counts.opened.load(Ordering::Relaxed)))
}

#[test]
fn a_device_without_memory_leaves_the_work_to_the_cpu() {
    for from in 0..3 {
        let Some((notes, _)) = undisturbed(Script::OutOfMemory(from, 0)) else { return };
        told(&notes, "smaller parts");
        told(&notes, "the CPU engine did");
    }
    let Some((notes, _)) = undisturbed(Script::OutOfMemory(0, 50_000)) else { return };
    assert_eq!(notes, Vec::<String>::new(), "small buffers find memory");
}

#[test]
fn a_lost_device_is_opened_again() {
    // Lost in the self-test, and after it.
    for at in [0, 3, 4, 5] {
        for script in [Script::LostAt(at), Script::Destroyed(at)] {
            let Some((notes, opened)) = undisturbed(script) else { return };
            told(&notes, "a new device was opened");
            assert_eq!(opened, 2);
        }
    }
    let Some((notes, opened)) = undisturbed(Script::LostFrom(5)) else { return };
    told(&notes, "the CPU engine did");
    assert_eq!(opened, 2);
}

#[test]
fn nonsense_is_found_out() {
    for at in 0..6 {
        let Some((notes, _)) = undisturbed(Script::Garbage(at)) else { return };
        told(&notes, "was not written");
    }
}

/// A kernel that computes something else, skips lines, or stops short.
#[test]
fn a_device_that_lies_is_refused() {
    let lies = [
        ("let estimate = s;", "let estimate = 1.001 * s;", "self-test: the bound"),
        ("points += end - start_at + 1u;", "points += end - start_at;", "self-test: "),
        ("while n <= end {", "while n <= end && n < 7u {", "lines were seen to their end"),
        // Right at the first lines of each walk, which the self-test sees, and wrong later.
        ("let estimate = s;", "let estimate = s + select(0.0, 0.01, task.each > 1u);", "is worth"),
        (
            "points += end",
            "points += select(0u, 1u, task.each > 1u) + end",
            "points where there are",
        ),
    ];
    for (old, new, said) in lies {
        let Some((notes, _)) = undisturbed(Script::Rewritten(old, new)) else { return };
        told(&notes, said);
        told(&notes, "the CPU engine did");
    }
}

#[test]
fn where_only_the_gpu_may_work_a_fault_is_an_error() {
    for script in [Script::LostFrom(0), Script::NoPipeline, Script::LostFrom(6)] {
        let Some((gpu, _)) = scripted(script, true) else { return };
        let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
        let objective = exponentials(58, 5, 2, false);
        let error = scan(&objective, &free(5), 80, 10, Some(&gpu)).expect_err("a fault");
        assert!(matches!(error, Error::Device { .. }), "{error}");
        assert!(error.to_string().contains("--engine cpu"), "{error}");
    }
}

#[test]
fn a_walk_stops_when_it_is_told_to_and_goes_on_elsewhere() {
    let Some(gpu) = gpu() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scan.json");
    let (objective, region) = (exponentials(59, 6, 3, false), free(6));
    let options = Options { method: Method::Lattice, steps: 40, top: 30, ..Options::default() };
    let part = |engine| {
        let watch = Watch::new();
        watch.stop();
        search(
            &objective,
            &region,
            options,
            Means { engine, checkpoint: Some(&path), ..Means::from(&watch) },
        )
    };
    assert!(matches!(part(Some(&gpu as &dyn Engine)), Err(Error::Paused { .. })));
    assert!(matches!(part(None), Err(Error::Paused { .. })));
    let watch = Watch::new();
    let means = Means { engine: Some(&gpu), checkpoint: Some(&path), ..Means::from(&watch) };
    let answer = search(&objective, &region, options, means).unwrap_or_else(|e| panic!("{e}"));
    let whole = scan(&objective, &region, 40, 30, None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((answer.found, answer.evaluated), (whole.found, whole.evaluated));
}

fn kernel(objective: &Objective, region: &Region, steps: usize) -> String {
    let scan = lay_out(objective, region, steps).expect("a lattice");
    LatticeKernel::new(&scan).unwrap_or_else(|why| panic!("{why}")).source
}

#[test]
fn kernels_of_lattices_validate() {
    for domains in [3, 8, 20] {
        for worst in [false, true] {
            let mut objective = exponentials(60, domains as u32, 5, worst);
            validate(&kernel(&objective, &free(domains), 10), "exponentials");
            let towards = vec![1.0 / domains as f64; domains];
            objective.pull(&Pull { strength: 1.0, towards }, 1.0);
            validate(&kernel(&objective, &free(domains), 10), "with a pull");
        }
    }
    for which in 0..4 {
        let mut graph = Graph::default();
        let targets = odd(&mut graph, which);
        validate(&kernel(&objective(graph, &targets, true), &free(4), 20), "odd");
    }
}

/// Text that no change may alter unseen. MIXLAW_BLESS=1 writes it anew.
#[test]
fn the_kernel_of_a_lattice_is_as_it_was() {
    let group = Group { domains: vec![0, 2], ends: [Some(0.1), Some(0.7)], words: String::new() };
    let region = Region::new(&names(4), &[], &[group]).expect("a region");
    let source = kernel(&exponentials(61, 4, 2, true), &region, 10);
    let path = file("tests/gpu/snapshots/lattice.wgsl");
    if std::env::var_os("MIXLAW_BLESS").is_some() {
        std::fs::write(&path, &source).unwrap_or_else(|error| panic!("{error}"));
    }
    let known = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
    assert!(source == known, "run with MIXLAW_BLESS=1 and look at the change");
}

/// Little work stays on the CPU without a look at any driver; much goes to the device.
#[test]
fn auto_takes_a_device_for_a_large_lattice_alone() {
    let Some(adapter) = adapter() else { return };
    let watch = Arc::new(Watch::new());
    let own = Arc::clone(&watch);
    let start = move || Gpu::on(std::slice::from_ref(&adapter), None, false, Arc::clone(&own)).ok();
    let auto = Auto::with(Box::new(start), watch);
    let scan = lay_out(&exponentials(62, 4, 2, false), &free(4), 20).expect("a lattice");
    assert!(auto.sweep(&scan, &|| 0.1).expect("no fault").is_none());
    assert_eq!(auto.name(), "cpu");
    assert!(auto.describe().contains("too little work"), "{}", auto.describe());
    let mut sweep = auto.sweep(&scan, &|| 1e6).expect("no fault").expect("a walk");
    assert!(sweep.next(0).expect("no fault").is_some_and(|blocks| !blocks.is_empty()));
    assert_eq!(auto.name(), "gpu");
}
