const P = 4u;
const STRIDE = 1u;
const WEIGHTED = false;
const HUBER = false;
const NORMAL = 15u;
const TILE = 0u;
const TILE_SIZE = 0u;
const RAW = 0u;
const LOG = 1u;
const RELATIVE = 2u;
const RESIDUAL = RAW;
const SEPARABLE = true;
const PROJECTS = true;
// A row is STRIDE vectors: its features, and then the observation.
@group(0) @binding(0) var<storage, read> rows: array<vec4<f32>>;
// What the host hands to the fitting kernels, and what it gets back.
//
// A fit is one start of one problem; its number is problem * task.starts + start. Its record in
// `state` stands at its place in the queue.

struct Problem {
    first: u32,   // its first row in `rows`
    rows: u32,    // how many
    weights: u32, // where its row weights begin, where WEIGHTED
    axes: u32,    // where its axes begin
    floor: f32,   // the objective below which there is only rounding
}

struct Axis {
    low: f32,       // the search stays between low and high
    high: f32,
    start_low: f32, // starts are drawn between these
    start_high: f32,
    longest: f32,   // no step is longer than max(longest, stretch * |q|)
    stretch: f32,
    unit: u32,      // which coordinate of the unit cube draws it, or MIDDLE
    flags: u32,     // LOG_OF_DRAW, PROJECTED, LOGARITHMIC
}

struct Task {
    nan: f32,
    delta: f32,      // of the Huber loss
    tolerance: f32,  // settled when a step promises less than this share of the objective
    damping: f32,    // the least damping
    queue: u32,      // how many fits wait in the queue
    passes: u32,     // passes over the rows that this dispatch may make
    starts: u32,     // starts a problem
    until: u32,      // iterations that a fit may take in all, this rung included
    lanes: u32,      // how many fits run side by side
    units: u32,      // coordinates of the unit cube
    first: u32,      // number of the first fit of this batch
    spare: u32,
}

const MIDDLE = 0xffffffffu;
const LOG_OF_DRAW = 1u;
const PROJECTED = 2u;
const LOGARITHMIC = 4u;

// States of a fit. A record that was never written is all zeros, which is FRESH.
const FRESH = 0u;
const RUNNING = 1u;
const SETTLED = 2u;
const EXHAUSTED = 3u;
const NOT_FINITE = 4u;
const STAGED = 5u; // under way like RUNNING, but with no step begun

// What the pass in hand is for.
const PROJECT = 0u; // solve for the linear parameters of a start
const BEGIN = 1u;   // objective and slopes where the fit stands
const TRIAL = 2u;   // judge a step
const FINAL = 3u;   // the wanted loss, for a fit that ran out of iterations at a blunter one

const FIRST_DAMPING = 1e-3;
const MOST_DAMPING = 1e10;
const STAGE_TOLERANCE = 1e-3;
// A squared loss is a Huber loss that never turns linear.
const SQUARED = 1e37;
// Steps and pivots below this share are rounding.
const CLIPPED = 1e-6;
const UNDAMPED = 1e-6;

// `rows` is declared in front of this: in a storage buffer, or in a uniform one where all fits read
// the same few rows.
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> problems: array<Problem>;
@group(0) @binding(3) var<storage, read> axes: array<Axis>;
@group(0) @binding(4) var<storage, read> units: array<f32>;
@group(0) @binding(5) var<storage, read_write> state: array<f32>;
// [0] next place in the queue, [1] finished fits, then the place of each lane's fit plus 1, then the queue:
// one buffer, because a device need not offer more than eight.
@group(0) @binding(6) var<storage, read_write> lanes: array<atomic<u32>>;
@group(0) @binding(7) var<uniform> task: Task;
// Cost, gradient and lower triangle: of each fit that is measured, or as room of a workgroup.
@group(0) @binding(8) var<storage, read_write> normals: array<f32>;

// A fit's record: q, scale, and then these.
const DAMPING = 2u * P;
const GROWTH = 2u * P + 1u;
const DELTA = 2u * P + 2u;
const COST = 2u * P + 3u;
const ITERATIONS = 2u * P + 4u;
const STATUS = 2u * P + 5u;
const RECORD = 2u * P + 6u;

fn weight_of(problem: Problem, row: u32) -> f32 {
    if WEIGHTED {
        return weights[problem.weights + row];
    }
    return 1.0;
}

fn draw(axis: Axis, start: u32) -> f32 {
    var share = 0.5;
    if axis.unit != MIDDLE {
        share = units[(start - task.first) * task.units + axis.unit];
    }
    let drawn = axis.start_low + share * (axis.start_high - axis.start_low);
    let q = select(drawn, log(max(drawn, 1e-37)), (axis.flags & LOG_OF_DRAW) != 0u);
    return clamp(q, axis.low, axis.high);
}

// Where a step from q ends.
fn moved(axis: Axis, q: f32, step: f32, undamped: bool) -> f32 {
    let longest = max(axis.longest, axis.stretch * abs(q));
    let held = select(clamp(step, -longest, longest), step, undamped);
    return clamp(q + held, axis.low, axis.high);
}

fn is_undamped(axis: Axis) -> bool {
    return SEPARABLE && (axis.flags & PROJECTED) != 0u;
}

// Whether q is pressed against a limit by the slope g.
fn pressed(axis: Axis, q: f32, g: f32) -> bool {
    return (q <= axis.low && g > 0.0) || (q >= axis.high && g < 0.0);
}

// A curvature as a unit of length; 1 where there is none.
fn unit_of(curvature: f32) -> f32 {
    return select(1.0, sqrt(curvature), curvature > 0.0);
}

// The damping after a step that gained `ratio` of what it promised (Nielsen 1999).
fn eased(damping: f32, ratio: f32) -> f32 {
    let lean = 2.0 * ratio - 1.0;
    return max(damping * clamp(1.0 - lean * lean * lean, 1.0 / 3.0, 2.0), task.damping);
}

// The next stage on the way from the squared to the Huber loss.
fn sharper(delta: f32, cost: f32, count: u32) -> f32 {
    let now = select(delta, sqrt(2.0 * cost / f32(count)), delta == SQUARED);
    return max(0.25 * now, task.delta);
}

fn queued(place: u32) -> u32 {
    return atomicLoad(&lanes[2u + task.lanes + place]);
}

// The next place in the queue plus 1, or 0 when it is empty.
fn next_place() -> u32 {
    let place = atomicAdd(&lanes[0], 1u);
    return select(0u, place + 1u, place < task.queue);
}
// Functions that laws use. Where a logarithm has no value the answer is a NaN that the host hands
// in: WGSL lets a device answer anything there, and a made-up number would look like a fit.

fn ln(x: f32) -> f32 {
    return select(log(x), task.nan, x < 0.0);
}

fn lb(x: f32) -> f32 {
    return select(log2(x), task.nan, x < 0.0);
}

// ln x, and 0 at 0.
fn ln_or_zero(x: f32) -> f32 {
    return select(ln(x), 0.0, x == 0.0);
}

// log2 x, and a huge negative number at 0, so that exp2(p * lb_or_huge(0)) is never NaN.
fn lb_or_huge(x: f32) -> f32 {
    return select(lb(x), -1e30, x == 0.0);
}

fn power(x: f32, y: f32) -> f32 {
    return exp2(y * lb_or_huge(x));
}

// Beyond 15 tanh is 1 in f32, and some drivers overflow on the way there.
fn tanh_of(x: f32) -> f32 {
    return tanh(clamp(x, -15.0, 15.0));
}

fn sigmoid(x: f32) -> f32 {
    return 1.0 / (1.0 + exp(-x));
}

// By the bits: a compiler may assume that no number is infinite or NaN.
fn finite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}
// A prediction held against an observation: its loss, and what multiplies its slopes.

struct Weighed {
    cost: f32,
    slope: f32, // gradient += slope * d
    bend: f32,  // curvature += bend * d * d
}

// `observed` is y for raw residuals and 1/y for others. `linear` asks for the squared relative
// residual in place of the logarithmic one: linear parameters can be solved for in it.
fn weigh(f: f32, observed: f32, weight: f32, delta: f32, linear: bool) -> Weighed {
    var residual = f - observed;
    var scale = 1.0;
    if RESIDUAL == RELATIVE || (RESIDUAL == LOG && linear) {
        residual = f * observed - 1.0;
        scale = observed;
    } else if RESIDUAL == LOG {
        residual = ln(f * observed);
        scale = 1.0 / f;
    }
    if !HUBER {
        let slope = weight * residual;
        return Weighed(0.5 * slope * residual, slope * scale, weight * scale * scale);
    }
    let size = abs(residual);
    let bounded = min(size, delta);
    let bend = select(0.0, weight, size <= delta);
    return Weighed(
        weight * bounded * (size - 0.5 * bounded),
        weight * sign(residual) * bounded * scale,
        bend * scale * scale,
    );
}
// Levenberg-Marquardt for small laws: one lane a fit, the normal matrix in registers.
//
// Each pass over the rows gives the objective and its slopes at a trial point, so that an accepted
// step costs one pass. A lane whose fit is done takes the next from the queue; what is unfinished
// when the passes of the dispatch are spent goes on in the next one, from the same numbers.
// The CPU twin is `engine/twin`.

struct Point {
    p0: f32,
    p1: f32,
    p2: f32,
    p3: f32,
}

struct Normal {
    cost: f32,
    g0: f32,
    h0_0: f32,
    g1: f32,
    h1_0: f32,
    h1_1: f32,
    g2: f32,
    h2_0: f32,
    h2_1: f32,
    h2_2: f32,
    g3: f32,
    h3_0: f32,
    h3_1: f32,
    h3_2: f32,
    h3_3: f32,
}

fn look(problem: Problem, at: Point, delta: f32, linear: bool) -> Normal {
    let s2 = -(at.p0);
    let s9 = exp(at.p2);
    let s10 = -(s9);
    let s21 = -(at.p1);
    let s22 = s9 * s21;
    let s23 = 0.6931472 * s22;
    var n = Normal();
    for (var row = 0u; row < problem.rows; row++) {
        let base = (problem.first + row) * STRIDE;
        let row0 = rows[base + 0u];
        let v0 = s2 * row0.x;
        let v1 = exp2(v0);
        let v2 = s10 * row0.y;
        let v3 = exp2(v2);
        let v4 = fma(at.p1, v3, at.p3);
        let v5 = v1 * v4;
        let v6 = row0.x * v5;
        let v7 = v6 * (-0.6931472);
        let v8 = v1 * v3;
        let v9 = row0.y * v8;
        let v10 = v9 * s23;
        let w = weigh(v5, row0.z, weight_of(problem, row), delta, linear);
        n.cost += w.cost;
        let d0 = v7;
        let e0 = d0 * w.bend;
        n.g0 = fma(d0, w.slope, n.g0);
        n.h0_0 = fma(e0, d0, n.h0_0);
        let d1 = v8;
        let e1 = d1 * w.bend;
        n.g1 = fma(d1, w.slope, n.g1);
        n.h1_0 = fma(e1, d0, n.h1_0);
        n.h1_1 = fma(e1, d1, n.h1_1);
        let d2 = v10;
        let e2 = d2 * w.bend;
        n.g2 = fma(d2, w.slope, n.g2);
        n.h2_0 = fma(e2, d0, n.h2_0);
        n.h2_1 = fma(e2, d1, n.h2_1);
        n.h2_2 = fma(e2, d2, n.h2_2);
        let d3 = v1;
        let e3 = d3 * w.bend;
        n.g3 = fma(d3, w.slope, n.g3);
        n.h3_0 = fma(e3, d0, n.h3_0);
        n.h3_1 = fma(e3, d1, n.h3_1);
        n.h3_2 = fma(e3, d2, n.h3_2);
        n.h3_3 = fma(e3, d3, n.h3_3);
    }
    return n;
}

fn is_finite(n: Normal) -> bool {
    var sound = finite(n.cost);
    sound = sound && finite(n.g0);
    sound = sound && finite(n.h0_0);
    sound = sound && finite(n.g1);
    sound = sound && finite(n.h1_0);
    sound = sound && finite(n.h1_1);
    sound = sound && finite(n.g2);
    sound = sound && finite(n.h2_0);
    sound = sound && finite(n.h2_1);
    sound = sound && finite(n.h2_2);
    sound = sound && finite(n.g3);
    sound = sound && finite(n.h3_0);
    sound = sound && finite(n.h3_1);
    sound = sound && finite(n.h3_2);
    sound = sound && finite(n.h3_3);
    return sound;
}

// Coordinates that take part in a solution.
struct Among {
    a0: bool,
    a1: bool,
    a2: bool,
    a3: bool,
}

struct Solution {
    x: Point,
    sound: bool,
}

// Solves (D H D + damping) y = -D g over the among coordinates, D = 1/unit, and gives D y.
fn solve(n: Normal, among: Among, unit: Point, damping: Point) -> Solution {
    var sound = true;
    var l0_0 = select(1.0, n.h0_0 / (unit.p0 * unit.p0) + damping.p0, among.a0);
    var y0 = select(0.0, -n.g0 / unit.p0, among.a0);
    var l1_0 = select(0.0, n.h1_0 / (unit.p1 * unit.p0), among.a1 && among.a0);
    var l1_1 = select(1.0, n.h1_1 / (unit.p1 * unit.p1) + damping.p1, among.a1);
    var y1 = select(0.0, -n.g1 / unit.p1, among.a1);
    var l2_0 = select(0.0, n.h2_0 / (unit.p2 * unit.p0), among.a2 && among.a0);
    var l2_1 = select(0.0, n.h2_1 / (unit.p2 * unit.p1), among.a2 && among.a1);
    var l2_2 = select(1.0, n.h2_2 / (unit.p2 * unit.p2) + damping.p2, among.a2);
    var y2 = select(0.0, -n.g2 / unit.p2, among.a2);
    var l3_0 = select(0.0, n.h3_0 / (unit.p3 * unit.p0), among.a3 && among.a0);
    var l3_1 = select(0.0, n.h3_1 / (unit.p3 * unit.p1), among.a3 && among.a1);
    var l3_2 = select(0.0, n.h3_2 / (unit.p3 * unit.p2), among.a3 && among.a2);
    var l3_3 = select(1.0, n.h3_3 / (unit.p3 * unit.p3) + damping.p3, among.a3);
    var y3 = select(0.0, -n.g3 / unit.p3, among.a3);
    sound = sound && l0_0 > 0.0;
    l0_0 = sqrt(max(l0_0, 1e-30));
    y0 = y0 / l0_0;
    l1_0 = l1_0 / l0_0;
    l1_1 = fma(-l1_0, l1_0, l1_1);
    y1 = fma(-l1_0, y0, y1);
    sound = sound && l1_1 > 0.0;
    l1_1 = sqrt(max(l1_1, 1e-30));
    y1 = y1 / l1_1;
    l2_0 = l2_0 / l0_0;
    l2_2 = fma(-l2_0, l2_0, l2_2);
    y2 = fma(-l2_0, y0, y2);
    l2_1 = fma(-l2_0, l1_0, l2_1);
    l2_1 = l2_1 / l1_1;
    l2_2 = fma(-l2_1, l2_1, l2_2);
    y2 = fma(-l2_1, y1, y2);
    sound = sound && l2_2 > 0.0;
    l2_2 = sqrt(max(l2_2, 1e-30));
    y2 = y2 / l2_2;
    l3_0 = l3_0 / l0_0;
    l3_3 = fma(-l3_0, l3_0, l3_3);
    y3 = fma(-l3_0, y0, y3);
    l3_1 = fma(-l3_0, l1_0, l3_1);
    l3_1 = l3_1 / l1_1;
    l3_3 = fma(-l3_1, l3_1, l3_3);
    y3 = fma(-l3_1, y1, y3);
    l3_2 = fma(-l3_0, l2_0, l3_2);
    l3_2 = fma(-l3_1, l2_1, l3_2);
    l3_2 = l3_2 / l2_2;
    l3_3 = fma(-l3_2, l3_2, l3_3);
    y3 = fma(-l3_2, y2, y3);
    sound = sound && l3_3 > 0.0;
    l3_3 = sqrt(max(l3_3, 1e-30));
    y3 = y3 / l3_3;
    y3 = y3 / l3_3;
    y2 = fma(-l3_2, y3, y2);
    y2 = y2 / l2_2;
    y1 = fma(-l2_1, y2, y1);
    y1 = fma(-l3_1, y3, y1);
    y1 = y1 / l1_1;
    y0 = fma(-l1_0, y1, y0);
    y0 = fma(-l2_0, y2, y0);
    y0 = fma(-l3_0, y3, y0);
    y0 = y0 / l0_0;
    var x = Point();
    x.p0 = y0 / unit.p0;
    sound = sound && finite(x.p0);
    x.p1 = y1 / unit.p1;
    sound = sound && finite(x.p1);
    x.p2 = y2 / unit.p2;
    sound = sound && finite(x.p2);
    x.p3 = y3 / unit.p3;
    sound = sound && finite(x.p3);
    return Solution(x, sound);
}

// The decrease that the quadratic model promises for the move d.
fn promised(n: Normal, d: Point) -> f32 {
    var sum = 0.0;
    var row0 = n.g0 + 0.5 * n.h0_0 * d.p0;
    sum = fma(row0, d.p0, sum);
    var row1 = n.g1 + 0.5 * n.h1_1 * d.p1;
    row1 = fma(n.h1_0, d.p0, row1);
    sum = fma(row1, d.p1, sum);
    var row2 = n.g2 + 0.5 * n.h2_2 * d.p2;
    row2 = fma(n.h2_0, d.p0, row2);
    row2 = fma(n.h2_1, d.p1, row2);
    sum = fma(row2, d.p2, sum);
    var row3 = n.g3 + 0.5 * n.h3_3 * d.p3;
    row3 = fma(n.h3_0, d.p0, row3);
    row3 = fma(n.h3_1, d.p1, row3);
    row3 = fma(n.h3_2, d.p2, row3);
    sum = fma(row3, d.p3, sum);
    return -sum;
}

fn units_of(n: Normal) -> Point {
    var unit = Point();
    unit.p0 = unit_of(n.h0_0);
    unit.p1 = unit_of(n.h1_1);
    unit.p2 = unit_of(n.h2_2);
    unit.p3 = unit_of(n.h3_3);
    return unit;
}

// The start with its linear parameters solved for. What would leave its limits is held at the low
// end of its range of starts, and the others are solved for again.
fn project(given: Normal, at: Point, problem: Problem) -> Point {
    var n = given;
    var to = at;
    var among = Among();
    let unit = units_of(n);
    var damping = Point();
    let axis0 = axes[problem.axes + 0u];
    let logarithmic0 = (axis0.flags & LOGARITHMIC) != 0u;
    among.a0 = (axis0.flags & PROJECTED) != 0u;
    damping.p0 = UNDAMPED;
    let axis1 = axes[problem.axes + 1u];
    let logarithmic1 = (axis1.flags & LOGARITHMIC) != 0u;
    among.a1 = (axis1.flags & PROJECTED) != 0u;
    damping.p1 = UNDAMPED;
    let axis2 = axes[problem.axes + 2u];
    let logarithmic2 = (axis2.flags & LOGARITHMIC) != 0u;
    among.a2 = (axis2.flags & PROJECTED) != 0u;
    damping.p2 = UNDAMPED;
    let axis3 = axes[problem.axes + 3u];
    let logarithmic3 = (axis3.flags & LOGARITHMIC) != 0u;
    among.a3 = (axis3.flags & PROJECTED) != 0u;
    damping.p3 = UNDAMPED;
    for (var round = 0u; round < P; round++) {
        let step = solve(n, among, unit, damping);
        if !step.sound {
            return to;
        }
        var out = false;
        var held = Point();
        let share0 = 1.0 + step.x.p0;
        let linear0 = at.p0 + step.x.p0;
        let solved0 = select(linear0, at.p0 + log(max(share0, 1e-37)), logarithmic0);
        let outside0 = among.a0 && (solved0 < axis0.low || solved0 > axis0.high
            || (logarithmic0 && share0 <= 0.0));
        out = out || outside0;
        to.p0 = select(to.p0, solved0, among.a0 && !outside0);
        if outside0 {
            let start = select(axis0.start_low, log(max(axis0.start_low, 1e-37)),
                (axis0.flags & LOG_OF_DRAW) != 0u);
            to.p0 = clamp(start, axis0.low, axis0.high);
            held.p0 = select(to.p0 - at.p0, exp(to.p0 - at.p0) - 1.0, logarithmic0);
            among.a0 = false;
        }
        let share1 = 1.0 + step.x.p1;
        let linear1 = at.p1 + step.x.p1;
        let solved1 = select(linear1, at.p1 + log(max(share1, 1e-37)), logarithmic1);
        let outside1 = among.a1 && (solved1 < axis1.low || solved1 > axis1.high
            || (logarithmic1 && share1 <= 0.0));
        out = out || outside1;
        to.p1 = select(to.p1, solved1, among.a1 && !outside1);
        if outside1 {
            let start = select(axis1.start_low, log(max(axis1.start_low, 1e-37)),
                (axis1.flags & LOG_OF_DRAW) != 0u);
            to.p1 = clamp(start, axis1.low, axis1.high);
            held.p1 = select(to.p1 - at.p1, exp(to.p1 - at.p1) - 1.0, logarithmic1);
            among.a1 = false;
        }
        let share2 = 1.0 + step.x.p2;
        let linear2 = at.p2 + step.x.p2;
        let solved2 = select(linear2, at.p2 + log(max(share2, 1e-37)), logarithmic2);
        let outside2 = among.a2 && (solved2 < axis2.low || solved2 > axis2.high
            || (logarithmic2 && share2 <= 0.0));
        out = out || outside2;
        to.p2 = select(to.p2, solved2, among.a2 && !outside2);
        if outside2 {
            let start = select(axis2.start_low, log(max(axis2.start_low, 1e-37)),
                (axis2.flags & LOG_OF_DRAW) != 0u);
            to.p2 = clamp(start, axis2.low, axis2.high);
            held.p2 = select(to.p2 - at.p2, exp(to.p2 - at.p2) - 1.0, logarithmic2);
            among.a2 = false;
        }
        let share3 = 1.0 + step.x.p3;
        let linear3 = at.p3 + step.x.p3;
        let solved3 = select(linear3, at.p3 + log(max(share3, 1e-37)), logarithmic3);
        let outside3 = among.a3 && (solved3 < axis3.low || solved3 > axis3.high
            || (logarithmic3 && share3 <= 0.0));
        out = out || outside3;
        to.p3 = select(to.p3, solved3, among.a3 && !outside3);
        if outside3 {
            let start = select(axis3.start_low, log(max(axis3.start_low, 1e-37)),
                (axis3.flags & LOG_OF_DRAW) != 0u);
            to.p3 = clamp(start, axis3.low, axis3.high);
            held.p3 = select(to.p3 - at.p3, exp(to.p3 - at.p3) - 1.0, logarithmic3);
            among.a3 = false;
        }
        if !out {
            return to;
        }
        // The residual is linear in what is held: its curvature stays, the gradient moves along.
        n.g1 = fma(n.h1_0, held.p0, n.g1);
        n.g0 = fma(n.h1_0, held.p1, n.g0);
        n.g2 = fma(n.h2_0, held.p0, n.g2);
        n.g0 = fma(n.h2_0, held.p2, n.g0);
        n.g2 = fma(n.h2_1, held.p1, n.g2);
        n.g1 = fma(n.h2_1, held.p2, n.g1);
        n.g3 = fma(n.h3_0, held.p0, n.g3);
        n.g0 = fma(n.h3_0, held.p3, n.g0);
        n.g3 = fma(n.h3_1, held.p1, n.g3);
        n.g1 = fma(n.h3_1, held.p3, n.g1);
        n.g3 = fma(n.h3_2, held.p2, n.g3);
        n.g2 = fma(n.h3_2, held.p3, n.g2);
    }
    return to;
}

// The best linear parameters at a trial point (variable projection), where they promise a sizeable
// share of what the step itself promised.
fn resolve(n: Normal, at: Point, problem: Problem, predicted: f32) -> Solution {
    var among = Among();
    var damping = Point();
    let axis0 = axes[problem.axes + 0u];
    among.a0 = is_undamped(axis0);
    damping.p0 = UNDAMPED;
    let axis1 = axes[problem.axes + 1u];
    among.a1 = is_undamped(axis1);
    damping.p1 = UNDAMPED;
    let axis2 = axes[problem.axes + 2u];
    among.a2 = is_undamped(axis2);
    damping.p2 = UNDAMPED;
    let axis3 = axes[problem.axes + 3u];
    among.a3 = is_undamped(axis3);
    damping.p3 = UNDAMPED;
    let step = solve(n, among, units_of(n), damping);
    var to = at;
    var move_ = Point();
    if among.a0 {
        to.p0 = clamp(at.p0 + step.x.p0, axis0.low, axis0.high);
        move_.p0 = to.p0 - at.p0;
    }
    if among.a1 {
        to.p1 = clamp(at.p1 + step.x.p1, axis1.low, axis1.high);
        move_.p1 = to.p1 - at.p1;
    }
    if among.a2 {
        to.p2 = clamp(at.p2 + step.x.p2, axis2.low, axis2.high);
        move_.p2 = to.p2 - at.p2;
    }
    if among.a3 {
        to.p3 = clamp(at.p3 + step.x.p3, axis3.low, axis3.high);
        move_.p3 = to.p3 - at.p3;
    }
    return Solution(to, step.sound && promised(n, move_) >= 0.1 * predicted);
}

@compute @workgroup_size(64)
fn fit(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
       @builtin(local_invocation_index) local: u32) {
    let lane = (group.y * groups.x + group.x) * 64u + local;
    if lane >= task.lanes {
        return;
    }
    var place = atomicLoad(&lanes[2u + lane]);
    var waiting = true;
    var record = 0u;
    var problem = Problem();
    var q = Point();
    var t = Point();
    var scale = Point();
    var n = Normal();
    var damping = 0.0;
    var growth = 0.0;
    var delta = 0.0;
    var predicted = 0.0;
    var iterations = 0u;
    var phase = BEGIN;
    var resumed = false;
    var resolved = false;
    var void_step = false;
    for (var pass_ = 0u; pass_ < task.passes; pass_++) {
        if waiting {
            if place == 0u {
                place = next_place();
            }
            if place == 0u {
                break;
            }
            let number = queued(place - 1u);
            waiting = false;
            resolved = false;
            record = (place - 1u) * RECORD;
            problem = problems[number / task.starts];
            let status = bitcast<u32>(state[record + STATUS]);
            if status == FRESH {
                resumed = false;
                q.p0 = draw(axes[problem.axes + 0u], number % task.starts);
                scale.p0 = 0.0;
                q.p1 = draw(axes[problem.axes + 1u], number % task.starts);
                scale.p1 = 0.0;
                q.p2 = draw(axes[problem.axes + 2u], number % task.starts);
                scale.p2 = 0.0;
                q.p3 = draw(axes[problem.axes + 3u], number % task.starts);
                scale.p3 = 0.0;
                damping = FIRST_DAMPING;
                growth = 2.0;
                delta = SQUARED;
                iterations = 0u;
                phase = select(BEGIN, PROJECT, PROJECTS);
            } else {
                resumed = status == RUNNING;
                q.p0 = state[record + 0u];
                scale.p0 = state[record + P + 0u];
                q.p1 = state[record + 1u];
                scale.p1 = state[record + P + 1u];
                q.p2 = state[record + 2u];
                scale.p2 = state[record + P + 2u];
                q.p3 = state[record + 3u];
                scale.p3 = state[record + P + 3u];
                damping = state[record + DAMPING];
                growth = state[record + GROWTH];
                delta = state[record + DELTA];
                iterations = bitcast<u32>(state[record + ITERATIONS]);
                phase = BEGIN;
            }
            t = q;
        }
        let loss = select(delta, task.delta, phase == FINAL);
        let seen = look(problem, t, select(loss, SQUARED, phase == PROJECT), phase == PROJECT);
        let sound = is_finite(seen);
        var finished = RUNNING;
        if phase == PROJECT {
            if sound {
                q = project(seen, q, problem);
            }
            t = q;
            phase = BEGIN;
            continue;
        }
        if phase == FINAL {
            n.cost = select(task.nan, seen.cost, sound);
            finished = EXHAUSTED;
        } else if phase == BEGIN {
            n = seen;
            if !sound {
                finished = NOT_FINITE;
            }
        } else {
            if SEPARABLE && sound && !resolved && !void_step {
                let better = resolve(seen, t, problem, predicted);
                if better.sound {
                    t = better.x;
                    resolved = true;
                    continue;
                }
            }
            resolved = false;
            let ratio = select(-1.0, (n.cost - seen.cost) / predicted, sound && !void_step);
            if ratio > 1e-4 {
                q = t;
                n = seen;
                damping = eased(damping, ratio);
                growth = 2.0;
            } else if void_step {
                damping *= 8.0;
            } else {
                damping *= growth;
                growth *= 2.0;
            }
        }
        if finished == RUNNING && iterations >= task.until && !resumed {
            if delta == task.delta {
                finished = EXHAUSTED;
            } else {
                t = q;
                phase = FINAL;
                continue;
            }
        }
        if finished == RUNNING {
            // The next step.
            if !resumed {
                iterations += 1u;
            }
            var unit = Point();
            var among = Among();
            var damp = Point();
            let axis0 = axes[problem.axes + 0u];
            scale.p0 = select(max(0.5 * scale.p0, n.h0_0), scale.p0, resumed);
            unit.p0 = unit_of(scale.p0);
            among.a0 = !pressed(axis0, q.p0, n.g0);
            damp.p0 = select(damping, UNDAMPED, is_undamped(axis0));
            let axis1 = axes[problem.axes + 1u];
            scale.p1 = select(max(0.5 * scale.p1, n.h1_1), scale.p1, resumed);
            unit.p1 = unit_of(scale.p1);
            among.a1 = !pressed(axis1, q.p1, n.g1);
            damp.p1 = select(damping, UNDAMPED, is_undamped(axis1));
            let axis2 = axes[problem.axes + 2u];
            scale.p2 = select(max(0.5 * scale.p2, n.h2_2), scale.p2, resumed);
            unit.p2 = unit_of(scale.p2);
            among.a2 = !pressed(axis2, q.p2, n.g2);
            damp.p2 = select(damping, UNDAMPED, is_undamped(axis2));
            let axis3 = axes[problem.axes + 3u];
            scale.p3 = select(max(0.5 * scale.p3, n.h3_3), scale.p3, resumed);
            unit.p3 = unit_of(scale.p3);
            among.a3 = !pressed(axis3, q.p3, n.g3);
            damp.p3 = select(damping, UNDAMPED, is_undamped(axis3));
            resumed = false;
            let step = solve(n, among, unit, damp);
            var clipped = false;
            var d = Point();
            t.p0 = q.p0;
            if among.a0 {
                let wanted = q.p0 + step.x.p0;
                t.p0 = moved(axis0, q.p0, step.x.p0, is_undamped(axis0));
                clipped = clipped || abs(t.p0 - wanted) > CLIPPED * abs(wanted);
            }
            d.p0 = t.p0 - q.p0;
            t.p1 = q.p1;
            if among.a1 {
                let wanted = q.p1 + step.x.p1;
                t.p1 = moved(axis1, q.p1, step.x.p1, is_undamped(axis1));
                clipped = clipped || abs(t.p1 - wanted) > CLIPPED * abs(wanted);
            }
            d.p1 = t.p1 - q.p1;
            t.p2 = q.p2;
            if among.a2 {
                let wanted = q.p2 + step.x.p2;
                t.p2 = moved(axis2, q.p2, step.x.p2, is_undamped(axis2));
                clipped = clipped || abs(t.p2 - wanted) > CLIPPED * abs(wanted);
            }
            d.p2 = t.p2 - q.p2;
            t.p3 = q.p3;
            if among.a3 {
                let wanted = q.p3 + step.x.p3;
                t.p3 = moved(axis3, q.p3, step.x.p3, is_undamped(axis3));
                clipped = clipped || abs(t.p3 - wanted) > CLIPPED * abs(wanted);
            }
            d.p3 = t.p3 - q.p3;
            predicted = promised(n, d);
            phase = TRIAL;
            let bar = select(STAGE_TOLERANCE, task.tolerance, delta == task.delta);
            let little = !(predicted > bar * n.cost + problem.floor);
            void_step = !step.sound || (little && clipped);
            if (little && !void_step) || damping > MOST_DAMPING {
                if delta == task.delta {
                    finished = SETTLED;
                } else {
                    delta = sharper(delta, n.cost, problem.rows);
                    damping = FIRST_DAMPING;
                    growth = 2.0;
                    scale.p0 = 0.0;
                    scale.p1 = 0.0;
                    scale.p2 = 0.0;
                    scale.p3 = 0.0;
                    t = q;
                    phase = BEGIN;
                }
            } else if void_step {
                t = q;
            }
        }
        if finished != RUNNING {
            state[record + 0u] = q.p0;
            state[record + P + 0u] = scale.p0;
            state[record + 1u] = q.p1;
            state[record + P + 1u] = scale.p1;
            state[record + 2u] = q.p2;
            state[record + P + 2u] = scale.p2;
            state[record + 3u] = q.p3;
            state[record + P + 3u] = scale.p3;
            state[record + DAMPING] = damping;
            state[record + GROWTH] = growth;
            state[record + DELTA] = delta;
            state[record + COST] = n.cost;
            state[record + ITERATIONS] = bitcast<f32>(iterations);
            state[record + STATUS] = bitcast<f32>(finished);
            atomicAdd(&lanes[1], 1u);
            waiting = true;
            place = 0u;
        }
    }
    // A fit that is under way stands at q; its step is worked out again from there.
    if !waiting && phase != PROJECT && !(phase == BEGIN && iterations == 0u) {
        let pending = select(STAGED, RUNNING, phase == TRIAL);
        state[record + 0u] = q.p0;
        state[record + P + 0u] = scale.p0;
        state[record + 1u] = q.p1;
        state[record + P + 1u] = scale.p1;
        state[record + 2u] = q.p2;
        state[record + P + 2u] = scale.p2;
        state[record + 3u] = q.p3;
        state[record + P + 3u] = scale.p3;
        state[record + DAMPING] = damping;
        state[record + GROWTH] = growth;
        state[record + DELTA] = delta;
        state[record + ITERATIONS] = bitcast<f32>(iterations);
        state[record + STATUS] = bitcast<f32>(pending);
    }
    atomicStore(&lanes[2u + lane], select(place, 0u, waiting));
}

// One look at each fit of the queue, where its record says that it stands, with the loss of its
// record: for tests and for the self-test.
@compute @workgroup_size(64)
fn measure(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
           @builtin(local_invocation_index) local: u32) {
    let place = (group.y * groups.x + group.x) * 64u + local;
    if place >= task.queue {
        return;
    }
    let number = queued(place);
    let record = place * RECORD;
    var at = Point();
    at.p0 = state[record + 0u];
    at.p1 = state[record + 1u];
    at.p2 = state[record + 2u];
    at.p3 = state[record + 3u];
    let n = look(problems[number / task.starts], at, state[record + DELTA], false);
    let base = place * NORMAL;
    normals[base] = n.cost;
    normals[base + 1u + 0u] = n.g0;
    normals[base + 1u + P + 0u * (0u + 1u) / 2u + 0u] = n.h0_0;
    normals[base + 1u + 1u] = n.g1;
    normals[base + 1u + P + 1u * (1u + 1u) / 2u + 0u] = n.h1_0;
    normals[base + 1u + P + 1u * (1u + 1u) / 2u + 1u] = n.h1_1;
    normals[base + 1u + 2u] = n.g2;
    normals[base + 1u + P + 2u * (2u + 1u) / 2u + 0u] = n.h2_0;
    normals[base + 1u + P + 2u * (2u + 1u) / 2u + 1u] = n.h2_1;
    normals[base + 1u + P + 2u * (2u + 1u) / 2u + 2u] = n.h2_2;
    normals[base + 1u + 3u] = n.g3;
    normals[base + 1u + P + 3u * (3u + 1u) / 2u + 0u] = n.h3_0;
    normals[base + 1u + P + 3u * (3u + 1u) / 2u + 1u] = n.h3_1;
    normals[base + 1u + P + 3u * (3u + 1u) / 2u + 2u] = n.h3_2;
    normals[base + 1u + P + 3u * (3u + 1u) / 2u + 3u] = n.h3_3;
}
