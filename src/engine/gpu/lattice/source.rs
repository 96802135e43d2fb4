//! The kernel of a lattice and the numbers that it reads.
//!
//! In: a [`Scan`]. Out: WGSL with the lattice's bounds as constants and its worth written out, by
//! tables where f32 can hold them and else by the formula with a running bound on its error; and the
//! words of its two tables.

use super::bound::{Bound, fitted};
use crate::engine::gpu::batch::single;
use crate::engine::gpu::template::Holes;
use crate::lattice::{Prefixes, Scan, Sums, Tables};
use crate::law::program::Program;
use crate::law::wgsl::Names;

const FUNCTIONS: &str = include_str!("../../../../shaders/shared/functions.wgsl");
const BOUNDED: &str = include_str!("../../../../shaders/shared/bounded.wgsl");
const LATTICE: &str = include_str!("../../../../shaders/lattice.wgsl");

/// A kernel; see the module.
#[derive(Debug, Clone)]
pub struct LatticeKernel {
    /// The WGSL.
    pub source: String,
    /// Ways to go on and lines, as the kernel reads them.
    pub(super) plan: Vec<u32>,
    /// Tables in f32.
    pub(super) numbers: Vec<u32>,
    /// What rounding may do to sums of tables; `None` for a formula.
    pub(super) bound: Option<Bound>,
}

/// Statements that say what a point is worth.
#[derive(Debug, Default)]
struct Worth {
    /// Before the first prefix.
    stems: String,
    /// At each prefix.
    climb: String,
    /// At the beginning of a line.
    seeds: String,
    /// At each point: defines `estimate`.
    worth: String,
    /// From point to point.
    step: String,
    /// At the end of a line.
    close: String,
}

impl LatticeKernel {
    /// The kernel of a lattice of at least three domains.
    ///
    /// # Errors
    /// A sentence on why there is none.
    pub fn new(scan: &Scan) -> Result<LatticeKernel, String> {
        let mut numbers = Vec::new();
        let (worth, bound) = match scan.tables.as_ref().and_then(fitted) {
            Some((tables, bound)) => (by_tables(&tables, &bound, &mut numbers), Some(bound)),
            None => (by_formula(scan, &mut numbers)?, None),
        };
        let (plan, levels) = plan(&scan.prefixes);
        let source = write(&scan.prefixes, &levels, worth, bound.as_ref());
        let numbers = numbers.into_iter().map(|x| single(x).to_bits()).collect();
        Ok(LatticeKernel { source, plan, numbers, bound })
    }
}

/// The ways after each head and the lines of the tails, and where each of these begins.
fn plan(prefixes: &Prefixes) -> (Vec<u32>, Vec<usize>) {
    let (mut words, mut starts) = (Vec::new(), Vec::new());
    let states = |k: usize| {
        let [fewest, most] = prefixes.spares(k);
        (fewest..=most).flat_map(|spare| (0..=prefixes.steps).map(move |left| (spare, left)))
    };
    for k in 1..=prefixes.heads() {
        starts.push(words.len());
        for (spare, left) in states(k) {
            let ways = prefixes.ways(k, spare, left);
            #[allow(clippy::cast_possible_truncation, reason = "two halves")]
            words.extend([ways as u32, (ways >> 32) as u32, prefixes.floor(k, spare, left)]);
        }
    }
    starts.push(words.len());
    for (spare, left) in states(prefixes.heads()) {
        let lines = prefixes.whole_lines(spare, left);
        for line in &lines[..pieces(prefixes)] {
            let ends = line.map_or([1, 0], |line| [line.from, line.to]);
            words.extend(ends.map(|end| u32::try_from(end).unwrap_or(0)));
        }
    }
    (words, starts)
}

/// Lines that a prefix has at most.
pub(super) fn pieces(prefixes: &Prefixes) -> usize {
    let [fewest, most] = prefixes.spares(prefixes.heads());
    let states = (fewest..=most).flat_map(|s| (0..=prefixes.steps).map(move |left| (s, left)));
    let lines =
        states.map(|(spare, left)| prefixes.whole_lines(spare, left).iter().flatten().count());
    lines.max().unwrap_or(0).max(1)
}

fn write(prefixes: &Prefixes, levels: &[usize], worth: Worth, bound: Option<&Bound>) -> String {
    let heads = prefixes.heads();
    let each = |text: &dyn Fn(usize) -> String| (0..heads).map(text).collect::<Vec<String>>();
    let share = |k: usize| prefixes.shares[k];
    let holes = Holes {
        bounds: [("HEADS", heads)].into(),
        text: [
            ("left", format!("left{heads}")),
            ("spare", format!("spare{heads}")),
            ("fewest", format!("{}u", prefixes.spares(heads)[0])),
            ("tails", format!("{}u", levels[heads])),
            ("groups", prefixes.groups.iter().map(|group| cut(group, heads)).collect()),
            ("stems", worth.stems),
            ("climb", worth.climb),
            ("seeds", worth.seeds),
            ("worth", worth.worth),
            ("move", worth.step),
            ("close", worth.close),
        ]
        .into(),
        list: [
            ("up", each(&|k| (k + 1).to_string())),
            ("rest", each(&|k| format!("{}u", prefixes.shares.len() - k - 1))),
            ("fewest", each(&|k| format!("{}u", prefixes.spares(k + 1)[0]))),
            ("level", each(&|k| format!("{}u", levels[k]))),
            ("low", each(&|k| format!("{}u", share(k).low))),
            ("high", each(&|k| format!("{}u", share(k).high))),
            ("zero", each(&|k| share(k).zero.to_string())),
        ]
        .into(),
    };
    let (fixed, drift) = bound.map_or((0.0, 0.0), |bound| (bound.fixed, bound.drift));
    let head = format!(
        "const STEPS = {}u;\nconst SPARE = {}u;\nconst PIECES = {}u;\nconst ROUNDING = {};\nconst \
         DRIFT = {};\n",
        prefixes.steps,
        prefixes.spares(0)[1],
        pieces(prefixes),
        above(fixed),
        above(drift)
    );
    let bounded = if bound.is_some() { "" } else { BOUNDED };
    [&head, &holes.fill(LATTICE), bounded, FUNCTIONS].concat()
}

/// What a group leaves of a line.
fn cut(group: &Sums, heads: usize) -> String {
    let members = (0..heads).filter(|&k| group.domains[k]).map(|k| format!(" - i32(n{k})"));
    let members: String = members.collect();
    let (low, high) = (format!("({}{members})", group.low), format!("({}{members})", group.high));
    let left = "i32(left)";
    let gone = |when: &str| format!("highest = select(highest, -1, {when});\n");
    match (group.domains[heads], group.domains[heads + 1]) {
        (true, true) => gone(&format!("{left} < {low} || {left} > {high}")),
        (false, false) => gone(&format!("0 < {low} || 0 > {high}")),
        (true, false) => {
            format!("lowest = max(lowest, {low});\nhighest = min(highest, {high});\n")
        }
        (false, true) => {
            format!(
                "lowest = max(lowest, {left} - {high});\nhighest = min(highest, {left} - {low});\n"
            )
        }
    }
}

/// A number that is not negative as a literal that is not below it.
fn above(x: f64) -> String {
    let near = single(x);
    format!("{:?}", if f64::from(near) < x { near.next_up() } else { near })
}

/// Where a table begins in the numbers.
fn keep(numbers: &mut Vec<f64>, table: &[f64]) -> usize {
    numbers.extend_from_slice(table);
    numbers.len() - table.len()
}

fn by_tables(tables: &Tables, bound: &Bound, numbers: &mut Vec<f64>) -> Worth {
    let mut worth = Worth::default();
    climb(tables, numbers, &mut worth);
    for (row, number) in tables.rows.iter().zip(0..) {
        let mut read = |table: &Option<Vec<f64>>, at: &str| match table {
            Some(table) => format!(" * numbers[{}u + {at}]", keep(numbers, table)),
            None => String::new(),
        };
        let scale = read(&row.scale, "left");
        if let Some(ratio) = row.ratio {
            let first = read(&row.along, "start_at");
            worth.seeds += &format!("var v{number} = h{number}{scale}{first};\n");
            worth.step += &format!("v{number} *= {:?};\n", single(ratio));
        } else {
            let (along, against) = (read(&row.along, "n"), read(&row.against, "left - n"));
            worth.seeds += &format!("let g{number} = h{number}{scale};\n");
            worth.worth += &format!("let v{number} = g{number}{along}{against};\n");
        }
    }
    worth.worth += &joined(tables, "s", &|sum| format!("b{sum}"), &|row| format!("v{row}"));
    worth.worth += &match bound.lift {
        Some(_) => "let estimate = s;\n".to_string(),
        None => {
            let floor = |sum: usize| above(bound.floors[sum]);
            let sizes = joined(tables, "a", &floor, &|row| format!("abs(v{row})"));
            format!("{sizes}let estimate = s - rounding * a;\n")
        }
    };
    let lift =
        bound.lift.map_or(String::new(), |lift| format!(" - rounding * (least + {})", above(lift)));
    worth.close = format!("bound = min(bound, least{lift} - {});", above(bound.slack));
    worth
}

/// What the heads contribute: all but the last when one of them changes, the last at each prefix.
fn climb(tables: &Tables, numbers: &mut Vec<f64>, worth: &mut Worth) {
    let (rows, sums, last) = (tables.rows.len(), tables.constants.len(), tables.heads - 1);
    let stems: Vec<usize> = tables.stems.iter().map(|table| keep(numbers, table)).collect();
    let flats: Vec<usize> = tables.flat.iter().map(|table| keep(numbers, table)).collect();
    let factor = |head: usize, row: usize| {
        let all_one = tables.stems[head].iter().skip(row).step_by(rows).all(|x| *x == 1.0);
        let text = format!(" * numbers[{}u + n{head} * {rows}u]", stems[head] + row);
        if all_one { String::new() } else { text }
    };
    let term = |head: usize, sum: usize| {
        let all_zero = tables.flat[head].iter().skip(sum).step_by(sums).all(|x| *x == 0.0);
        let text = format!(" + numbers[{}u + n{head} * {sums}u]", flats[head] + sum);
        if all_zero { String::new() } else { text }
    };
    worth.climb = format!("if changed < {last}u {{\n");
    let mut each = String::new();
    for row in 0..rows {
        let begun = literal(tables.factors[row]);
        worth.stems += &format!("var stem{row} = {begun};\n");
        let below: String = (0..last).map(|head| factor(head, row)).collect();
        worth.climb += &format!("    stem{row} = {begun}{below};\n");
        each += &format!("let h{row} = stem{row}{};\n", factor(last, row));
    }
    for sum in 0..sums {
        let begun = literal(tables.constants[sum]);
        worth.stems += &format!("var base{sum} = {begun};\n");
        let below: String = (0..last).map(|head| term(head, sum)).collect();
        worth.climb += &format!("    base{sum} = {begun}{below};\n");
        each += &format!("let b{sum} = base{sum}{};\n", term(last, sum));
    }
    worth.climb += &format!("}}\n{each}");
}

fn literal(x: f64) -> String {
    format!("({:?})", single(x))
}

/// The largest of the rivals' sums, and what is added to it.
fn joined(
    tables: &Tables,
    name: &str,
    base: &dyn Fn(usize) -> String,
    term: &dyn Fn(usize) -> String,
) -> String {
    let sum = |sum: usize| {
        let terms = tables.sums[sum].clone().map(|row| format!(" + {}", term(row)));
        base(sum) + &terms.collect::<String>()
    };
    let mut text = format!("var {name} = {};\n", sum(0));
    for rival in 1..tables.rivals() {
        text += &format!("{name} = max({name}, {});\n", sum(rival));
    }
    if tables.extra {
        text += &format!("{name} += {};\n", sum(tables.rivals()));
    }
    text
}

fn by_formula(scan: &Scan, numbers: &mut Vec<f64>) -> Result<Worth, String> {
    let program = Program::compile(&scan.formula.graph, &[scan.formula.root], &[]);
    let name = |number: u32| format!("x{number}");
    let names = Names { param: &name, feature: &|_| String::new() };
    let code = program.bounded_wgsl(names).ok_or("a constant of the law is not a number")?;
    let steps = scan.prefixes.steps;
    #[allow(clippy::cast_precision_loss, reason = "steps are few")]
    numbers.extend((0..=steps).map(|n| n as f64 / steps as f64));
    let heads = scan.prefixes.heads();
    let share = |k: usize, at: &str| format!("let x{k} = vec2(1.0, U) * numbers[{at}];\n");
    let climb = (0..heads).map(|k| share(k, &format!("n{k}"))).collect();
    let tail = share(heads, "n") + &share(heads + 1, "left - n");
    let estimate = "let known = finite(worth.x) && finite(worth.y);\nlet estimate = select(-HUGE, worth.x \
                    - 1.001 * worth.y - 4.0 * U * abs(worth.x), known);\n";
    let output = &code.outputs[0];
    let worth = format!("{tail}{}let worth = {output};\n{estimate}", code.scalars);
    Ok(Worth { climb, worth, close: "bound = min(bound, least);".into(), ..Worth::default() })
}
