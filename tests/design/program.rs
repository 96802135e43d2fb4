//! The command: its table read back, its files, its document, and what its choices are worth.

use serde_json::Value;

use crate::support::Random;
use crate::support::program::Folder;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Shares of every run of a document.
pub(crate) fn shares(document: &Value) -> Vec<Vec<f64>> {
    let runs = document["runs"].as_array().expect("runs");
    let numbers = |run: &Value| -> Vec<f64> {
        let all = run["shares"].as_array().expect("shares");
        all.iter().map(|x| x.as_f64().expect("a share")).collect()
    };
    runs.iter().map(numbers).collect()
}

/// Decimals of a table's cells, in units of 10^-12.
fn units(cell: &str) -> u64 {
    let (whole, part) = cell.split_once('.').expect("a decimal");
    assert!(part.len() <= 12 && !cell.contains('e'), "{cell}");
    whole.parse::<u64>().expect("a number") * 1_000_000_000_000
        + format!("{part:0<12}").parse::<u64>().expect("a number")
}

#[test]
fn tables_sum_to_exactly_one_and_are_read_back() {
    let folder = Folder::new();
    folder.file("prior.json", r#"{"web/a": 6e12, "web/b": 1e11, "code/x": 3e11, "code/y": 1e12}"#);
    for method in ["spread", "regmix", "two-level"] {
        let prior = if method == "spread" { "--supply" } else { "--prior" };
        let design = ["design", prior, "prior.json", "--method", method, "--runs", "40"];
        let written = [&design[..], &["--prefix", "w_", "--out", "swarm.csv"]].concat();
        let ran = folder.run(&written);
        assert!(ran.ended(0).stdout.contains("40 runs; "), "{}", ran.stdout);
        let text = std::fs::read_to_string(folder.path().join("swarm.csv")).expect("a table");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("run,w_web/a,w_web/b,w_code/x,w_code/y"));
        let mut losses = "run,loss\n".to_string();
        for (number, line) in (1..).zip(lines) {
            let cells: Vec<&str> = line.split(',').collect();
            assert_eq!(cells[0], format!("{number}"));
            assert_eq!(cells[1..].iter().map(|cell| units(cell)).sum::<u64>(), 1_000_000_000_000);
            losses += &format!("{number},{}\n", 3.0 + cells[1].parse::<f64>().expect("a share"));
        }
        folder.file("losses.csv", losses);
        let roles = ["--mixture", "w_*", "--target", "loss"];
        for command in [&["check"][..], &["fit", "--law", "mixing-exp", "--starts", "2"]] {
            let tables = ["swarm.csv", "losses.csv"];
            let ran = folder.run(&[&command[..1], &tables, &roles, &command[1..]].concat());
            assert!(ran.code == Some(0) || command[0] == "fit" && ran.code == Some(1));
            let all = ran.stdout + &ran.stderr;
            assert!(all.contains("40") && !all.contains("renormalised 40"), "{all}");
            assert!(!all.contains("40 renormalised"), "{all}");
        }
        let plain = folder.run(&design);
        assert_eq!(plain.ended(0).stdout, text.replace("w_", ""), "the same seed, the same swarm");
    }
}

#[test]
fn threads_do_not_change_a_swarm() {
    let folder = Folder::new();
    for method in [&["spread"][..], &["regmix"], &["d-optimal", "--model", "quadratic"]] {
        let flags = [&["design", "--domains", "a,b,c,d", "--runs", "30", "--method"], method];
        let one = folder.run(&[&flags.concat()[..], &["--threads", "1"]].concat());
        let two = folder.run(&[&flags.concat()[..], &["--threads", "2"]].concat());
        assert_eq!(one.ended(0).stdout, two.ended(0).stdout);
        let other = folder.run(&[&flags.concat()[..], &["--seed", "1"]].concat());
        let moves = method[0] != "d-optimal";
        assert!(!moves || other.ended(0).stdout != one.stdout);
    }
}

#[test]
fn constraints_hold_for_every_method() {
    let folder = Folder::new();
    folder.file("tokens.json", r#"{"s/a": 1e9, "s/b": 4e9, "t/c": 9e9, "t/d": 9e9, "e": 9e9}"#);
    let flags = [
        "--supply",
        "tokens.json",
        "--budget",
        "2e10",
        "--repeat",
        "2",
        "--max",
        "e=0.4",
        "--fix",
        "t/d=0.2",
        "--group",
        "t/c+e<=0.7",
        "--least",
        "0.02",
        "--at-most",
        "4",
        "--json",
        "-",
    ];
    for method in [
        &["spread"][..],
        &["regmix"],
        &["two-level"],
        &["d-optimal", "--model", "linear", "--candidates", "200"],
    ] {
        let runs = if method.len() > 1 { "6" } else { "25" };
        let design = [&["design", "--runs", runs, "--method"], method, &flags[..]].concat();
        let document = json(&folder.run(&design).ended(0).stdout);
        assert_eq!(document["schema"], "mixlaw.design/1");
        for row in shares(&document) {
            assert_eq!(row.len(), 5);
            assert!(
                row[0] <= 0.1 + 1e-9 && row[1] <= 0.4 + 1e-9 && row[4] <= 0.4 + 1e-9,
                "{row:?}"
            );
            assert!((row[3] - 0.2).abs() < 1e-9 && row[2] + row[4] <= 0.7 + 1e-9, "{row:?}");
            assert!(row.iter().all(|x| *x == 0.0 || *x >= 0.02 - 1e-9), "{row:?}");
            assert!(row.iter().filter(|x| **x > 0.0).count() <= 4);
        }
    }
}

#[test]
fn frozen_domains_keep_their_proportions() {
    let folder = Folder::new();
    folder.file("old.json", r#"{"c": 3, "d": 1}"#);
    for freeze in ["c=0.6,d=0.2", "old.json"] {
        for method in [&["regmix"][..], &["spread"], &["i-optimal", "--model", "linear"]] {
            let flags = ["--domains", "a,b,c,d", "--runs", "3", "--max", "c=0.3", "--json", "-"];
            let design = [&["design", "--freeze", freeze, "--method"], method, &flags].concat();
            let document = json(&folder.run(&design).ended(0).stdout);
            assert_eq!(document["frozen"]["frozen"][0][0], "c");
            for row in shares(&document) {
                assert!((row[2] - 3.0 * row[3]).abs() < 4e-6 && row[2] <= 0.3 + 1e-9, "{row:?}");
            }
        }
    }
}

#[test]
fn a_file_a_run_for_a_trainer() {
    let folder = Folder::new();
    let design = ["design", "--domains", "web,code", "--runs", "3"];
    for (format, end) in [("regmix", "yaml"), ("megatron", "txt"), ("json", "json")] {
        let ran = folder.run(&[&design[..], &["--to", format, "--out", format]].concat());
        ran.ended(0);
        let names: Vec<String> = (1..4).map(|k| format!("{format}/run-00{k}.{end}")).collect();
        assert!(
            names.iter().all(|name| folder.path().join(name).is_file()),
            "{:?}",
            folder.names()
        );
    }
    let text = std::fs::read_to_string(folder.path().join("regmix/run-002.yaml")).expect("a file");
    assert!(text.contains("run 2 of 3") && text.contains("train_web"), "{text}");
    let table = folder.run(&design).ended(0).stdout.clone();
    let second: Vec<String> =
        table.lines().nth(2).expect("a row").split(',').map(String::from).collect();
    let json = std::fs::read_to_string(folder.path().join("json/run-002.json")).expect("a file");
    assert!(json.contains(&second[1]) && json.contains(&second[2]), "{json} {second:?}");
}

/// Two targets of `c + exp(t w)` that want different domains, measured with noise.
fn losses(mixture: &[f64]) -> [f64; 2] {
    let along = |t: [f64; 3]| mixture.iter().zip(t).map(|(w, t)| w * t).sum::<f64>().exp();
    [1.5 + along([-2.0, 0.5, -0.5]), 1.0 + along([0.8, -1.5, -0.4])]
}

fn objective(mixture: &[f64]) -> f64 {
    losses(mixture).iter().sum::<f64>() / 2.0
}

/// A random mixture, uniform.
fn uniform(random: &mut Random) -> Vec<f64> {
    let raw: Vec<f64> = (0..3).map(|_| -(random.unit() + 1e-12).ln()).collect();
    let sum: f64 = raw.iter().sum();
    raw.iter().map(|x| x / sum).collect()
}

struct Lab {
    folder: Folder,
    random: Random,
    runs: Vec<Vec<f64>>,
    table: String,
}

impl Lab {
    /// Six random runs.
    fn new(seed: u64) -> Lab {
        let table = "run,w_a,w_b,w_c,x_loss,y_loss\n".to_string();
        let mut lab = Lab { folder: Folder::new(), random: Random(seed), runs: Vec::new(), table };
        for _ in 0..6 {
            let mixture = uniform(&mut lab.random);
            lab.train(mixture);
        }
        lab
    }

    fn train(&mut self, mixture: Vec<f64>) {
        let noisy = losses(&mixture).map(|loss| loss + 0.02 * self.random.normal());
        let cells: Vec<String> = mixture.iter().chain(&noisy).map(ToString::to_string).collect();
        self.table += &format!("{},{}\n", self.runs.len() + 1, cells.join(","));
        self.runs.push(mixture);
    }

    fn fit(&self) {
        self.folder.file("runs.csv", &self.table);
        let fit = "fit runs.csv --mixture w_* --target *_loss --law mixing-exp --starts 16";
        let fit: Vec<&str> = fit.split(' ').chain(["--json", "fit.json"]).collect();
        let ran = self.folder.run(&fit);
        assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.stderr);
    }

    fn design(&self) -> Value {
        let design = "design fit.json --method i-optimal --runs 3 --candidates 300 --json -";
        json(&self.folder.run(&design.split(' ').collect::<Vec<_>>()).ended(0).stdout)
    }

    /// How much worse than the least is the mixture that the fit calls best.
    fn regret(&self) -> f64 {
        self.fit();
        let ran = self.folder.run(&["search", "fit.json", "--tolerance", "0", "--json", "-"]);
        let best = json(&ran.ended(0).stdout);
        let found = ["a", "b", "c"].map(|name| best["mixture"][name].as_f64().expect("a share"));
        let lattice = (0..=200).flat_map(|i| (0..=200 - i).map(move |j| [i, j]));
        let mixture = |[i, j]: [i32; 2]| [f64::from(i), f64::from(j), f64::from(200 - i - j)];
        let values = lattice.map(|cell| objective(&mixture(cell).map(|x| x / 200.0)));
        objective(&found) - values.fold(f64::INFINITY, f64::min)
    }
}

/// Two rounds of three runs each, chosen for the law as it is fitted so far, or at random.
#[test]
fn chosen_runs_find_the_planted_optimum_sooner() {
    let seeds = 0..10;
    let count = seeds.clone().count() as f64;
    let (mut chosen, mut random) = (0.0, 0.0);
    for seed in seeds {
        let mut lab = Lab::new(seed);
        for _ in 0..2 {
            lab.fit();
            shares(&lab.design()).into_iter().for_each(|mixture| lab.train(mixture));
        }
        chosen += lab.regret() / count;
        let mut lab = Lab::new(seed);
        for _ in 0..6 {
            let mixture = uniform(&mut lab.random);
            lab.train(mixture);
        }
        random += lab.regret() / count;
    }
    eprintln!("regret: chosen {chosen:.5}, random {random:.5}");
    assert!(chosen < 0.7 * random, "chosen {chosen}, random {random}");
}

/// The standard error that a design promises is about the one that the fit to all runs then has: the
/// variance of the residuals and the parameters have moved, so within a factor of two.
#[test]
fn the_expected_error_is_the_one_that_comes() {
    let mut lab = Lab::new(5);
    (0..6).for_each(|_| {
        let mixture = uniform(&mut lab.random);
        lab.train(mixture);
    });
    lab.fit();
    let document = lab.design();
    let gain = &document["gain"];
    let [before, after] = ["before", "after"].map(|when| gain["optimum"][when].as_f64());
    let (before, after) = (before.expect("an error"), after.expect("an error"));
    assert!(after < before && after > 0.0, "{gain}");
    assert_eq!(gain["ridge"], Value::Null);
    assert_eq!(gain["in_units"], true);
    assert!(gain["efficiency"].as_f64().expect("a bound") > 0.3, "{gain}");
    // With 0.02 of noise on 12 runs of two targets of 4 parameters each.
    assert!((0.002..0.05).contains(&before), "{before}");
    shares(&document).into_iter().for_each(|mixture| lab.train(mixture));
    lab.fit();
    let came = lab.design()["gain"]["optimum"]["before"].as_f64().expect("an error");
    eprintln!("error: {before:.5} before, {after:.5} promised, {came:.5} came");
    assert!((0.5..2.0).contains(&(came / after)), "promised {after}, came {came}");
}

#[test]
fn scales_and_costs_stand_in_the_table() {
    let folder = Folder::new();
    let mut table = "run,w_a,w_b,N,loss\n".to_string();
    let mut random = Random(3);
    for run in 1..=20 {
        let (a, n) = (random.unit(), random.log_between(1e6, 1e8));
        let loss = 1.0 + (0.5 * a).exp() + 3.0 * n.powf(-0.2) + 0.001 * random.normal();
        table += &format!("{run},{a},{},{n},{loss}\n", 1.0 - a);
    }
    folder.file("runs.csv", table);
    let law = "E + exp(t*w[a]) + B*N^-beta";
    let fit = ["fit", "runs.csv", "--mixture", "w_*", "--target", "loss", "--law", law];
    folder.run(&[&fit[..], &["--json", "fit.json"]].concat()).ended(0);
    let design = "design fit.json --method i-optimal --at N=1e9 --existing runs.csv --scale N=1e6 \
                  --scale N=1e8 --cost N/1e6 --spend 215 --prefix w_ --out next.csv --json next.json";
    folder.run(&design.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>()).ended(0);
    let text = std::fs::read_to_string(folder.path().join("next.json")).expect("a document");
    let document = json(&text);
    let cost = document["cost"].as_f64().expect("a cost");
    assert!((200.0..=215.0 + 1e-9).contains(&cost), "{cost}");
    let table = std::fs::read_to_string(folder.path().join("next.csv")).expect("a table");
    assert!(table.starts_with("run,N,w_a,w_b\n"), "{table}");
    assert!(table.contains(",100000000,") && table.contains(",1000000,"), "{table}");
    assert_eq!(document["existing"], 20);
}
