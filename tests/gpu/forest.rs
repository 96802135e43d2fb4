//! Forests on a device: every mixture comes to the leaves that it comes to on the CPU, sums are near
//! what they are in f64, and neither chunks nor the state of the device change them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mixlaw::engine::gpu::{ForestKernel, Gpu};
use mixlaw::engine::{Auto, Engine, Scores, Watch};
use mixlaw::error::Error;
use mixlaw::predictor::Predictor;
use mixlaw::regress::Samples;
use mixlaw::regress::trees::{Forest, Tree, Trees};
use mixlaw::runs::{RoleSpec, read};
use mixlaw::search::{Average, Goal, Means, Method, Objective, Options, Region, Together, search};

use crate::adapter;
use crate::faults::{Script, scripted, told};
use crate::shaders::validate;
use crate::support::{Random, file, list, public};

fn gpu(memory: Option<u64>) -> Option<Gpu> {
    let adapter = adapter()?;
    let gpu = Gpu::on(&[adapter], memory, true, Arc::new(Watch::new()));
    Some(gpu.unwrap_or_else(|error| panic!("{error}")))
}

fn scores(gpu: &Gpu, forests: &[&Forest], mixtures: &[f64]) -> Scores {
    let scoring = gpu.scoring(forests, &|| 1.0).unwrap_or_else(|error| panic!("{error}"));
    let scores = scoring.expect("a device").scores(mixtures);
    scores.unwrap_or_else(|error| panic!("{error}")).expect("scores")
}

fn walked(forest: &Forest, mixtures: &[f64]) -> Vec<f64> {
    mixtures.chunks_exact(forest.names().len()).map(|row| forest.walk(row)).collect()
}

fn below(random: &mut Random, count: usize) -> usize {
    (random.unit() * count as f64) as usize
}

const ODD: [f64; 8] = [0.0, -0.0, 1e-35, -1e-35, 2e-35, -2e-35, 5e-324, 0.5];

/// A tree in LightGBM's words: random leaves are split until there are enough.
fn grown(random: &mut Random, features: usize, leaves: &[f64], missing: &[u8]) -> String {
    let mut lists = vec![Vec::<String>::new(); 3];
    let mut children: Vec<[i64; 2]> = Vec::new();
    // Of each leaf, the node and the side that it hangs on.
    let mut hangs: Vec<Option<(usize, usize)>> = vec![None];
    while hangs.len() < leaves.len() {
        let (node, leaf) = (children.len(), below(random, hangs.len()));
        if let Some((above, side)) = hangs[leaf] {
            children[above][side] = node as i64;
        }
        children.push([!(leaf as i64), !(hangs.len() as i64)]);
        hangs[leaf] = Some((node, 0));
        hangs.push(Some((node, 1)));
        let at = match below(random, 3) {
            0 => ODD[below(random, ODD.len())],
            _ => random.between(-0.2, 1.0),
        };
        let decision = missing[below(random, missing.len())];
        let words = [below(random, features).to_string(), format!("{at:?}"), decision.to_string()];
        lists.iter_mut().zip(words).for_each(|(list, word)| list.push(word));
    }
    let mut text = format!("num_leaves={}\nnum_cat=0\n", leaves.len());
    for (name, list) in ["split_feature", "threshold", "decision_type"].iter().zip(&lists) {
        text += &format!("{name}={}\n", list.join(" "));
    }
    for (side, name) in ["left_child", "right_child"].iter().enumerate() {
        let list: Vec<String> = children.iter().map(|pair| pair[side].to_string()).collect();
        text += &format!("{name}={}\n", list.join(" "));
    }
    let leaves: Vec<String> = leaves.iter().map(|leaf| format!("{leaf:?}")).collect();
    text + &format!("leaf_value={}\nis_linear=0\n\n", leaves.join(" "))
}

fn forest(features: usize, trees: &[String]) -> Forest {
    let names: Vec<String> = (0..features).map(|k| format!("d{k}")).collect();
    let mut text = format!(
        "tree\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx={}\nobjective=regression\n\
         feature_names={}\n\n",
        features - 1,
        names.join(" ")
    );
    for (number, tree) in trees.iter().enumerate() {
        text += &format!("Tree={number}\n{tree}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.txt");
    std::fs::write(&path, text + "end of trees\n").expect("written");
    Forest::read(&path).unwrap_or_else(|error| panic!("{error}"))
}

/// Trees whose sum says which leaf each of them gave: every tree has digits of its own.
fn digits(random: &mut Random, features: usize, bits: u32, missing: &[u8]) -> Forest {
    let trees: Vec<String> = (0..32 / bits)
        .map(|tree| {
            let leaves = 1 + below(random, 1 << bits);
            let place = f64::from(1_u32 << (bits * tree));
            let leaves: Vec<f64> = (0..leaves).map(|leaf| leaf as f64 * place).collect();
            grown(random, features, &leaves, missing)
        })
        .collect();
    forest(features, &trees)
}

/// Mixtures that stand on thresholds, beside them, at zero, beyond all, and nowhere.
fn hard(random: &mut Random, forest: &Forest, count: usize) -> Vec<f64> {
    let nodes: Vec<_> = forest.trees().iter().flat_map(|tree| &tree.nodes).collect();
    let mut cell = || match below(random, 12) {
        0 => ODD[below(random, ODD.len())],
        1 => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][below(random, 3)],
        2..7 if !nodes.is_empty() => {
            let at = nodes[below(random, nodes.len())].threshold;
            [at, at.next_up(), at.next_down()][below(random, 3)]
        }
        _ => random.between(-0.3, 1.1),
    };
    (0..count * forest.names().len()).map(|_| cell()).collect()
}

const EVERY_MISSING: [u8; 6] = [0, 2, 4, 6, 8, 10];

#[test]
fn every_mixture_comes_to_the_same_leaves() {
    let Some(gpu) = gpu(None) else { return };
    let mut random = Random(71);
    for missing in [&[0, 2][..], &[4, 6], &[0, 2, 4, 6], &[8, 10], &EVERY_MISSING] {
        for (features, bits) in [(1, 4), (2, 2), (5, 4), (17, 8), (3, 1), (6, 10), (4, 13)] {
            let forest = digits(&mut random, features, bits, missing);
            let mixtures = hard(&mut random, &forest, 700);
            let ours = scores(&gpu, &[&forest], &mixtures);
            assert_eq!(ours.by_forest[0], walked(&forest, &mixtures), "{missing:?} {features}");
            assert!(ours.slack[0] < 1e-3, "{}", ours.slack[0]);
        }
    }
    assert_eq!(gpu.notes(), Vec::<String>::new());
}

/// How far f32 may be off that adds the leaves one by one.
fn f32_bound(forest: &Forest) -> f64 {
    let most = |tree: &Tree| tree.leaves.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    let sizes: f64 = forest.trees().iter().map(most).sum();
    forest.trees().len() as f64 * f64::from(f32::EPSILON) / 2.0 * sizes
}

/// No score is further from the walk than it says, and all are nearer than sums in f32 need be.
fn near(ours: &Scores, forests: &[&Forest], mixtures: &[f64]) {
    for ((forest, ours), slack) in forests.iter().zip(&ours.by_forest).zip(&ours.slack) {
        let theirs = walked(forest, mixtures);
        assert_eq!(ours.len(), theirs.len());
        let off = ours.iter().zip(theirs).fold(0.0_f64, |off, (a, b)| off.max((a - b).abs()));
        assert!(off <= *slack, "{off:e} is beyond {slack:e}");
        assert!(*slack <= f32_bound(forest), "{slack:e} {:e}", f32_bound(forest));
    }
}

#[test]
fn models_of_lightgbm_score_as_on_the_cpu() {
    let Some(gpu) = gpu(None) else { return };
    let mut random = Random(72);
    for name in ["grown", "missing", "zero", "constant", "wide"] {
        let path = file(&format!("tests/regress/golden/{name}.txt"));
        let forest = Forest::read(&path).unwrap_or_else(|error| panic!("{error}"));
        let mixtures = hard(&mut random, &forest, 1500);
        near(&scores(&gpu, &[&forest], &mixtures), &[&forest], &mixtures);
    }
}

/// The forests of RegMix's targets, as the recipe grows them.
fn regmix(targets: usize) -> Option<Vec<Forest>> {
    let names = ["mixture", "pile_loss"].map(|kind| format!("regmix/train_{kind}_1m.csv"));
    let files = [public(&names[0])?, public(&names[1])?];
    let spec = RoleSpec {
        mixture: list(&["train_the_pile_*"]),
        target: list(&["metric/the_pile_*_val_loss"]),
        ..RoleSpec::default()
    };
    let runs = read(&files, None, &spec).unwrap_or_else(|error| panic!("{error}"));
    let row = |row: usize| runs.mixture.iter().map(move |shares| shares[row]);
    let mixtures: Vec<f64> = (0..runs.len()).flat_map(row).collect();
    let forest = |target: &[f64]| {
        let (mixtures, target) = (mixtures.clone(), target.to_vec());
        Trees::regmix().train(&Samples { domains: 17, mixtures, target }, 1).expect("trees")
    };
    Some(runs.targets[..targets].iter().map(|target| forest(&target.values)).collect())
}

fn mixtures(seed: u64, domains: usize, count: usize) -> Vec<f64> {
    let mut random = Random(seed);
    (0..count).flat_map(|_| random.mixture(domains)).collect()
}

#[test]
fn all_targets_of_regmix_are_scored_in_one_go() {
    let (Some(gpu), Some(forests)) = (gpu(None), regmix(13)) else { return };
    let forests: Vec<&Forest> = forests.iter().collect();
    let mixtures = mixtures(73, 17, 2000);
    let together = scores(&gpu, &forests, &mixtures);
    near(&together, &forests, &mixtures);
    for (number, forest) in forests.iter().enumerate() {
        let alone = scores(&gpu, &[forest], &mixtures);
        assert_eq!(alone.by_forest[0], together.by_forest[number]);
        assert!(alone.slack[0] < 1e-6, "{}", alone.slack[0]);
    }
}

/// Little memory, parts of the mixtures, and mixtures one by one: the same bits.
#[test]
fn chunks_change_nothing() {
    let mut random = Random(74);
    let trees: Vec<String> = (0..300)
        .map(|_| {
            let leaves: Vec<f64> = (0..31).map(|_| random.normal() * 0.01).collect();
            grown(&mut random, 7, &leaves, &[2])
        })
        .collect();
    let forest = forest(7, &trees);
    let mixtures = hard(&mut random, &forest, 20_000);
    let (Some(large), Some(small)) = (gpu(None), gpu(Some(350_000))) else { return };
    let whole = scores(&large, &[&forest], &mixtures);
    near(&whole, &[&forest], &mixtures);
    assert_eq!(scores(&small, &[&forest], &mixtures), whole);
    let forests = [&forest];
    let mut scoring = large.scoring(&forests, &|| 1.0).expect("no fault").expect("a device");
    let mut parts = Vec::new();
    let (some, rest) = mixtures.split_at(7 * 1234);
    for part in [some, &rest[..7], &rest[7..7 * 65], &[], &rest[7 * 65..]] {
        parts.extend(scoring.scores(part).expect("no fault").expect("scores").by_forest.remove(0));
    }
    assert_eq!(parts, whole.by_forest[0]);
}

#[test]
fn forests_without_a_question_are_constants() {
    let Some(gpu) = gpu(None) else { return };
    let mut random = Random(75);
    let one = |leaf: f64| format!("num_leaves=1\nnum_cat=0\nleaf_value={leaf:?}\n\n");
    let same = grown(&mut random, 3, &[0.25; 9], &EVERY_MISSING);
    let constants =
        [forest(3, &[]), forest(3, &[one(2.5), one(-0.75)]), forest(3, &[same, one(1.0)])];
    let mixed = forest(3, &[one(-4.0), grown(&mut random, 3, &[1.0, 2.0, 4.0], &EVERY_MISSING)]);
    let mixtures = hard(&mut random, &mixed, 80);
    let mut forests: Vec<&Forest> = constants.iter().collect();
    for _ in 0..2 {
        let ours = scores(&gpu, &forests, &mixtures);
        for (forest, ours) in forests.iter().zip(&ours.by_forest) {
            assert_eq!(*ours, walked(forest, &mixtures));
        }
        forests.push(&mixed);
    }
}

#[test]
fn forests_that_no_device_takes_are_left_to_the_caller() {
    let Some(adapter) = adapter() else { return };
    let mut random = Random(76);
    let tree = |random: &mut Random, features, leaves: &[f64]| {
        forest(features, &[grown(random, features, leaves, &[2])])
    };
    let (three, four) = (tree(&mut random, 3, &[0.0, 1.0]), tree(&mut random, 4, &[0.0, 1.0]));
    let many: Vec<f64> = (0..40_000).map(f64::from).collect();
    let many = tree(&mut random, 3, &many);
    let huge = tree(&mut random, 3, &[1e308, -1e308]);
    let long = tree(&mut random, 5000, &[0.0, 1.0]);
    let cases: [(&[&Forest], &str); 5] = [
        (&[&three, &four], "not the same features"),
        (&[&many], "a tree of 40000 leaves"),
        (&[&huge], "too large to add"),
        (&[&long], "mixtures of 5000 shares"),
        (&[], "not the same features"),
    ];
    for (forests, said) in cases {
        for only in [true, false] {
            let gpu = Gpu::on(std::slice::from_ref(&adapter), None, only, Arc::new(Watch::new()));
            let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
            let result = gpu.scoring(forests, &|| 1.0).and_then(|scoring| match scoring {
                Some(mut scoring) => scoring.scores(&vec![0.5; 5000]),
                None => Ok(None),
            });
            match result {
                Ok(scores) => {
                    assert!(!only && scores.is_none(), "{said}");
                    told(&gpu.notes(), said);
                }
                Err(error) => {
                    assert!(only && matches!(error, Error::Device { .. }), "{error}");
                    assert!(error.to_string().contains(said), "{error}");
                }
            }
        }
    }
}

/// What a scripted device gives is right, or it is nothing; gives its notes and how often it was
/// opened.
fn undisturbed(script: Script) -> Option<(Vec<String>, usize)> {
    let (gpu, counts) = scripted(script, false)?;
    let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
    let mut random = Random(77);
    let forest = digits(&mut random, 5, 4, &EVERY_MISSING);
    let mixtures = hard(&mut random, &forest, 5000);
    let forests = [&forest];
    let mut scoring = gpu.scoring(&forests, &|| 1.0).expect("no fault").expect("a kernel");
    match scoring.scores(&mixtures).unwrap_or_else(|error| panic!("{error}")) {
        Some(scores) => assert_eq!(scores.by_forest[0], walked(&forest, &mixtures), "{script:?}"),
        None => told(&gpu.notes(), "the CPU engine did"),
    }
    Some((gpu.notes(), counts.opened.load(Ordering::Relaxed)))
}

#[test]
fn a_device_without_memory_takes_smaller_parts() {
    for from in 0..3 {
        let Some((notes, _)) = undisturbed(Script::OutOfMemory(from, 0)) else { return };
        told(&notes, "smaller parts");
        told(&notes, "the CPU engine did");
    }
    let Some((notes, _)) = undisturbed(Script::OutOfMemory(0, 50_000)) else { return };
    assert_eq!(notes, ["the device ran out of memory: smaller parts were used"]);
}

#[test]
fn a_lost_device_is_opened_again() {
    // Lost in the self-test, and after it.
    for at in 0..4 {
        for script in [Script::LostAt(at), Script::Destroyed(at)] {
            let Some((notes, opened)) = undisturbed(script) else { return };
            told(&notes, "a new device was opened");
            assert_eq!(opened, 2);
        }
    }
    let Some((notes, opened)) = undisturbed(Script::LostFrom(2)) else { return };
    told(&notes, "the CPU engine did");
    assert_eq!(opened, 2);
}

#[test]
fn nonsense_is_found_out() {
    for at in 0..3 {
        let Some((notes, opened)) = undisturbed(Script::Garbage(at)) else { return };
        told(&notes, "walks came to a leaf");
        assert_eq!(opened, 2);
    }
}

/// A kernel that goes elsewhere, adds something else, or stops short.
#[test]
fn a_device_that_lies_is_refused() {
    let lies = [
        ("bin <= node.x >> 16u", "bin + 1u <= node.x >> 16u", "self-test: trees add up to"),
        ("sum += leaves", "sum = leaves", "self-test: trees add up to"),
        ("while at < LEAF {", "while at < LEAF && at < 2u {", "walks came to a leaf"),
        ("tree < last;", "tree + 1u < last;", "walks came to a leaf"),
        // Right in the self-test, and wrong later.
        ("sum = 0u;", "sum = select(0u, 1u, task.mixtures > 100u);", "a mixture scores"),
        ("sum = 0u;", "sum = select(0u, 0xff000000u, task.mixtures > 100u);", "leaves add up to"),
    ];
    for (old, new, said) in lies {
        let Some((notes, _)) = undisturbed(Script::Rewritten(old, new)) else { return };
        told(&notes, said);
        told(&notes, "the CPU engine did");
    }
}

#[test]
fn where_only_the_gpu_may_work_a_fault_is_an_error() {
    let mut random = Random(78);
    let forest = digits(&mut random, 4, 4, &[2]);
    for script in [Script::LostFrom(0), Script::NoPipeline, Script::LostFrom(2)] {
        let Some((gpu, _)) = scripted(script, true) else { return };
        let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
        let forests = [&forest];
        let mut scoring = gpu.scoring(&forests, &|| 1.0).expect("no fault").expect("a kernel");
        let error = scoring.scores(&mixtures(79, 4, 5000)).expect_err("a fault");
        assert!(matches!(error, Error::Device { .. }), "{error}");
        assert!(error.to_string().contains("--engine cpu"), "{error}");
    }
}

/// Scores that the caller has shown to be wrong cost the device its first chance, and then its last.
#[test]
fn a_device_that_is_distrusted_twice_is_left() {
    let Some(adapter) = adapter() else { return };
    let gpu = Gpu::on(&[adapter], None, false, Arc::new(Watch::new()));
    let gpu = gpu.unwrap_or_else(|error| panic!("{error}"));
    let mut random = Random(80);
    let forest = digits(&mut random, 3, 4, &[2]);
    let forests = [&forest];
    let mut scoring = gpu.scoring(&forests, &|| 1.0).expect("no fault").expect("a kernel");
    for chance in [true, true, false] {
        assert_eq!(scoring.scores(&mixtures(81, 3, 10)).expect("no fault").is_some(), chance);
        scoring.distrust("as scripted").expect("no fault");
    }
    told(&gpu.notes(), "a new device was opened");
    told(&gpu.notes(), "the CPU engine did");
}

#[test]
fn scoring_stops_when_it_is_told_to() {
    let Some(gpu) = gpu(None) else { return };
    let mut random = Random(82);
    let forest = digits(&mut random, 3, 4, &[2]);
    let forests = [&forest];
    let mut scoring = gpu.scoring(&forests, &|| 1.0).expect("no fault").expect("a kernel");
    gpu.watch().stop();
    let result = scoring.scores(&mixtures(83, 3, 10));
    assert!(matches!(result, Err(Error::Interrupted)), "it went on to the end");
}

/// Little work stays on the CPU without a look at any driver; much goes to the device.
#[test]
fn auto_takes_a_device_for_many_mixtures_alone() {
    let Some(adapter) = adapter() else { return };
    let watch = Arc::new(Watch::new());
    let own = Arc::clone(&watch);
    let start = move || Gpu::on(std::slice::from_ref(&adapter), None, false, Arc::clone(&own)).ok();
    let auto = Auto::with(Box::new(start), watch);
    let forest = digits(&mut Random(84), 3, 4, &[2]);
    let forests = [&forest];
    assert!(auto.scoring(&forests, &|| 0.1).expect("no fault").is_none());
    assert_eq!(auto.name(), "cpu");
    assert!(auto.scoring(&forests, &|| 1e6).expect("no fault").is_some());
    assert_eq!(auto.name(), "gpu");
}

#[test]
fn kernels_of_forests_validate() {
    for features in [1, 2, 17, 64, 200] {
        let forest = digits(&mut Random(85), features, 4, &EVERY_MISSING);
        let kernel = ForestKernel::new(&[&forest]).unwrap_or_else(|why| panic!("{why}"));
        validate(&kernel.source, &format!("{features} features"));
    }
}

/// The best of a sample, and means of good ones, are the same to the last bit.
#[test]
fn a_sample_is_the_same_on_both_engines() {
    let (Some(gpu), Some(forests)) = (gpu(None), regmix(3)) else { return };
    let domains = forests[0].names().len();
    let mut predictor = Predictor { domains: forests[0].names().to_vec(), ..Predictor::default() };
    for (number, forest) in forests.into_iter().enumerate() {
        predictor.add_function(format!("loss{number}"), "trees".into(), Box::new(forest));
    }
    let region = Region::new(&predictor.domains, &[], &[]).expect("a region");
    let prior = vec![1.0 / domains as f64; domains];
    let watch = Watch::new();
    for (together, average) in [
        (Together::Mean, None),
        (Together::Worst, Some(Average::Top(50))),
        (Together::Sum, Some(Average::Within(0.01))),
    ] {
        let goal = Goal {
            together,
            weights: vec![("loss1".into(), 3.0)],
            drop: Vec::new(),
            maximise: vec!["loss2".into()],
            regret: Some(prior.clone()),
            pull: None,
            limits: Vec::new(),
        };
        let objective = Objective::new(&predictor, &goal).expect("a goal");
        let options = Options {
            method: Method::Sample,
            samples: 30_000,
            strength: Some([0.5, 5.0]),
            average,
            ..Options::default()
        };
        let means = Means { prior: Some(("uniform", &prior)), ..Means::from(&watch) };
        let cpu = search(&objective, &region, options, means).expect("an answer");
        let means = Means { engine: Some(&gpu), ..means };
        let ours = search(&objective, &region, options, means).expect("an answer");
        assert!(ours.method.contains("trees scored by gpu"), "{}", ours.method);
        assert_eq!(ours.found, cpu.found);
        assert_eq!(ours.chosen(), cpu.chosen());
    }
}
