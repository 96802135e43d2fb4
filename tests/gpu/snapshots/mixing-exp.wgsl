const P = 4u;
const STRIDE = 1u;
const WEIGHTED = false;
const HUBER = false;
const NORMAL = 15u;
const TILE = 16u;
const TILE_SIZE = 64u;
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
// Levenberg-Marquardt for larger laws: one workgroup a fit, the normal matrix in workgroup memory.
//
// The same steps as `fit_lane`, with vectors and matrices shared out over 32 threads. Everything
// that decides where control goes is the same in all threads: it comes from `workgroupUniformLoad`.
// The CPU twin is `engine/twin`.

// As many as run in step on most devices, which makes barriers cheap.
const THREADS = 32u;
// Places in a normal: cost, gradient, lower triangle by rows.
const TRIANGLE = 1u + P;

// Slopes of a tile of rows, and what multiplies them.
var<workgroup> tile: array<f32, TILE_SIZE>;
var<workgroup> tile_loss: array<f32, TILE>;
var<workgroup> tile_slope: array<f32, TILE>;
var<workgroup> tile_bend: array<f32, TILE>;
// A normal while it is summed; the damped matrix while it is solved.
var<workgroup> sums: array<f32, NORMAL>;
var<workgroup> q: array<f32, P>;
var<workgroup> t: array<f32, P>;
var<workgroup> d: array<f32, P>;
var<workgroup> scale: array<f32, P>;
var<workgroup> unit: array<f32, P>;
var<workgroup> damp: array<f32, P>;
var<workgroup> y: array<f32, P>;
var<workgroup> held: array<f32, P>;
var<workgroup> among: array<u32, P>;
var<workgroup> flag: atomic<u32>;
var<workgroup> count: u32;
var<workgroup> word: array<f32, 8>;
var<workgroup> total: f32;

fn entry(i: u32, j: u32) -> u32 {
    let low = min(i, j);
    let high = max(i, j);
    return TRIANGLE + high * (high + 1u) / 2u + low;
}

// Row and column of a place in a triangle by rows.
fn corner(place: u32) -> vec2<u32> {
    var i = u32((sqrt(8.0 * f32(place) + 1.0) - 1.0) * 0.5);
    // The root is rounded: one row too far or too few is put right.
    if i * (i + 1u) / 2u > place {
        i -= 1u;
    }
    if (i + 1u) * (i + 2u) / 2u <= place {
        i += 1u;
    }
    return vec2<u32>(i, place - i * (i + 1u) / 2u);
}

// Whether any thread raised the flag since it was last lowered.
fn raised(local: u32) -> bool {
    workgroupBarrier();
    if local == 0u {
        count = atomicExchange(&flag, 0u);
    }
    return workgroupUniformLoad(&count) != 0u;
}

// The normal at `t`, into `normals` from `slot` on; gives whether it is finite.
fn look(problem: Problem, count_: u32, delta: f32, linear: bool, slot: u32, local: u32) -> bool {
    for (var e = local; e < NORMAL; e += THREADS) {
        sums[e] = 0.0;
    }
    
    for (var top = 0u; top < count_; top += TILE) {
        if local < TILE {
            let row = top + local;
            var w = Weighed();
            if row < count_ {
                let base = (problem.first + row) * STRIDE;
                let row0 = rows[base + 0u];
                let v0 = t[1u] * row0.y;
                let v1 = fma(t[2u], row0.z, v0);
                let v2 = fma(t[3u], row0.x, v1);
                let v3 = exp(v2);
                let v4 = t[0u] + v3;
                let v5 = row0.y * v3;
                let v6 = row0.z * v3;
                let v7 = row0.x * v3;
                w = weigh(v4, row0.w, weight_of(problem, row), delta, linear);
                tile[local * P + 0u] = 1.0;
                tile[local * P + 1u] = v5;
                tile[local * P + 2u] = v6;
                tile[local * P + 3u] = v7;
            } else {
                for (var i = 0u; i < P; i++) {
                    tile[local * P + i] = 0.0;
                }
            }
            tile_loss[local] = w.cost;
            tile_slope[local] = w.slope;
            tile_bend[local] = w.bend;
        }
        workgroupBarrier();
        for (var e = local; e < NORMAL; e += THREADS) {
            var sum = 0.0;
            if e == 0u {
                for (var r = 0u; r < TILE; r += 8u) {
                    sum += tile_loss[r + 0u];
                    sum += tile_loss[r + 1u];
                    sum += tile_loss[r + 2u];
                    sum += tile_loss[r + 3u];
                    sum += tile_loss[r + 4u];
                    sum += tile_loss[r + 5u];
                    sum += tile_loss[r + 6u];
                    sum += tile_loss[r + 7u];
                }
            } else if e < TRIANGLE {
                for (var r = 0u; r < TILE; r += 8u) {
                    let from_ = r * P + e - 1u;
                    sum = fma(tile[from_ + 0u * P], tile_slope[r + 0u], sum);
                    sum = fma(tile[from_ + 1u * P], tile_slope[r + 1u], sum);
                    sum = fma(tile[from_ + 2u * P], tile_slope[r + 2u], sum);
                    sum = fma(tile[from_ + 3u * P], tile_slope[r + 3u], sum);
                    sum = fma(tile[from_ + 4u * P], tile_slope[r + 4u], sum);
                    sum = fma(tile[from_ + 5u * P], tile_slope[r + 5u], sum);
                    sum = fma(tile[from_ + 6u * P], tile_slope[r + 6u], sum);
                    sum = fma(tile[from_ + 7u * P], tile_slope[r + 7u], sum);
                }
            } else {
                let at = corner(e - TRIANGLE);
                for (var r = 0u; r < TILE; r += 8u) {
                    let left = r * P + at.x;
                    let right = r * P + at.y;
                    sum = fma(tile[left + 0u * P] * tile_bend[r + 0u], tile[right + 0u * P], sum);
                    sum = fma(tile[left + 1u * P] * tile_bend[r + 1u], tile[right + 1u * P], sum);
                    sum = fma(tile[left + 2u * P] * tile_bend[r + 2u], tile[right + 2u * P], sum);
                    sum = fma(tile[left + 3u * P] * tile_bend[r + 3u], tile[right + 3u * P], sum);
                    sum = fma(tile[left + 4u * P] * tile_bend[r + 4u], tile[right + 4u * P], sum);
                    sum = fma(tile[left + 5u * P] * tile_bend[r + 5u], tile[right + 5u * P], sum);
                    sum = fma(tile[left + 6u * P] * tile_bend[r + 6u], tile[right + 6u * P], sum);
                    sum = fma(tile[left + 7u * P] * tile_bend[r + 7u], tile[right + 7u * P], sum);
                }
            }
            sums[e] += sum;
        }
        workgroupBarrier();
    }
    for (var e = local; e < NORMAL; e += THREADS) {
        normals[slot + e] = sums[e];
        if !finite(sums[e]) {
            atomicOr(&flag, 1u);
        }
    }
    storageBarrier();
    return !raised(local);
}

// Solves (D H D + damping) x = -D g over the coordinates `among`, D = 1/unit, and leaves D x in
// `d`; gives whether that went well.
fn solve(slot: u32, local: u32) -> bool {
    for (var e = local; e < NORMAL - TRIANGLE; e += THREADS) {
        let at = corner(e);
        var value = normals[slot + TRIANGLE + e] / (unit[at.x] * unit[at.y]);
        if at.x == at.y {
            value = select(1.0, value + damp[at.x], among[at.x] != 0u);
        } else if among[at.x] == 0u || among[at.y] == 0u {
            value = 0.0;
        }
        sums[TRIANGLE + e] = value;
    }
    for (var i = local; i < P; i += THREADS) {
        y[i] = select(0.0, -normals[slot + 1u + i] / unit[i], among[i] != 0u);
    }
    workgroupBarrier();
    for (var k = 0u; k < P; k++) {
        let corner_ = entry(k, k);
        let pivot = sums[corner_];
        let root = sqrt(max(pivot, 1e-30));
        workgroupBarrier();
        for (var i = k + 1u + local; i < P; i += THREADS) {
            sums[entry(i, k)] /= root;
        }
        if local == 0u {
            sums[corner_] = root;
            y[k] /= root;
            if !(pivot > 0.0) {
                atomicOr(&flag, 1u);
            }
        }
        workgroupBarrier();
        let left = P - 1u - k;
        for (var e = local; e < left * (left + 1u) / 2u; e += THREADS) {
            let at = corner(e) + vec2<u32>(k + 1u, k + 1u);
            let place = entry(at.x, at.y);
            sums[place] = fma(-sums[entry(at.x, k)], sums[entry(at.y, k)], sums[place]);
        }
        for (var i = k + 1u + local; i < P; i += THREADS) {
            y[i] = fma(-sums[entry(i, k)], y[k], y[i]);
        }
        workgroupBarrier();
    }
    for (var back = 0u; back < P; back++) {
        let k = P - 1u - back;
        if local == 0u {
            y[k] /= sums[entry(k, k)];
        }
        workgroupBarrier();
        for (var i = local; i < k; i += THREADS) {
            y[i] = fma(-sums[entry(k, i)], y[k], y[i]);
        }
        workgroupBarrier();
    }
    for (var i = local; i < P; i += THREADS) {
        d[i] = y[i] / unit[i];
        if !finite(d[i]) {
            atomicOr(&flag, 1u);
        }
    }
    return !raised(local);
}

// The decrease that the normal in `slot` promises for the move `d`.
fn promised(slot: u32, local: u32) -> f32 {
    workgroupBarrier();
    for (var i = local; i < P; i += THREADS) {
        var row = normals[slot + 1u + i];
        for (var j = 0u; j < P; j++) {
            row = fma(0.5 * normals[slot + entry(i, j)], d[j], row);
        }
        y[i] = row * d[i];
    }
    workgroupBarrier();
    if local == 0u {
        var sum = 0.0;
        for (var i = 0u; i < P; i++) {
            sum += y[i];
        }
        total = -sum;
    }
    return workgroupUniformLoad(&total);
}

fn set_units(slot: u32, local: u32) {
    for (var i = local; i < P; i += THREADS) {
        unit[i] = unit_of(normals[slot + entry(i, i)]);
        damp[i] = UNDAMPED;
    }
}

// The start in `q` with its linear parameters solved for; see `fit_lane`.
fn project(problem: Problem, slot: u32, local: u32) {
    set_units(slot, local);
    for (var i = local; i < P; i += THREADS) {
        among[i] = axes[problem.axes + i].flags & PROJECTED;
        t[i] = q[i];
    }
    workgroupBarrier();
    for (var round = 0u; round < P; round++) {
        if !solve(slot, local) {
            break;
        }
        for (var i = local; i < P; i += THREADS) {
            held[i] = 0.0;
            if among[i] == 0u {
                continue;
            }
            let axis = axes[problem.axes + i];
            let logarithmic = (axis.flags & LOGARITHMIC) != 0u;
            let share = 1.0 + d[i];
            let solved = select(q[i] + d[i], q[i] + log(max(share, 1e-37)), logarithmic);
            if solved < axis.low || solved > axis.high || (logarithmic && share <= 0.0) {
                let start = select(axis.start_low, log(max(axis.start_low, 1e-37)),
                    (axis.flags & LOG_OF_DRAW) != 0u);
                t[i] = clamp(start, axis.low, axis.high);
                held[i] = select(t[i] - q[i], exp(t[i] - q[i]) - 1.0, logarithmic);
                among[i] = 0u;
                atomicOr(&flag, 1u);
            } else {
                t[i] = solved;
            }
        }
        if !raised(local) {
            break;
        }
        for (var i = local; i < P; i += THREADS) {
            var g = normals[slot + 1u + i];
            for (var j = 0u; j < P; j++) {
                if j != i {
                    g = fma(normals[slot + entry(i, j)], held[j], g);
                }
            }
            normals[slot + 1u + i] = g;
        }
        storageBarrier();
        workgroupBarrier();
    }
    workgroupBarrier();
    for (var i = local; i < P; i += THREADS) {
        q[i] = t[i];
    }
    workgroupBarrier();
}

// Moves `t` to the best linear parameters there, where that promises a sizeable share of what the
// step itself promised; see `fit_lane`.
fn resolve(problem: Problem, slot: u32, predicted: f32, local: u32) -> bool {
    set_units(slot, local);
    for (var i = local; i < P; i += THREADS) {
        among[i] = select(0u, 1u, is_undamped(axes[problem.axes + i]));
    }
    workgroupBarrier();
    let sound = solve(slot, local);
    for (var i = local; i < P; i += THREADS) {
        let axis = axes[problem.axes + i];
        d[i] = select(0.0, clamp(t[i] + d[i], axis.low, axis.high) - t[i], among[i] != 0u);
    }
    let better = promised(slot, local) >= 0.1 * predicted && sound;
    if better {
        for (var i = local; i < P; i += THREADS) {
            t[i] += d[i];
        }
    }
    workgroupBarrier();
    return better;
}

fn stay(local: u32) {
    for (var i = local; i < P; i += THREADS) {
        t[i] = q[i];
    }
    workgroupBarrier();
}

fn save(record: u32, local: u32, damping: f32, growth: f32, delta: f32, iterations: u32, status: u32) {
    for (var i = local; i < P; i += THREADS) {
        state[record + i] = q[i];
        state[record + P + i] = scale[i];
    }
    if local == 0u {
        state[record + DAMPING] = damping;
        state[record + GROWTH] = growth;
        state[record + DELTA] = delta;
        state[record + ITERATIONS] = bitcast<f32>(iterations);
        state[record + STATUS] = bitcast<f32>(status);
    }
}

@compute @workgroup_size(32)
fn fit(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
       @builtin(local_invocation_index) local: u32) {
    let lane = group.y * groups.x + group.x;
    if lane >= task.lanes {
        return;
    }
    // Two normals a workgroup: where the fit stands, and at the trial point.
    var stands = 2u * lane * NORMAL;
    var tries = stands + NORMAL;
    if local == 0u {
        count = atomicLoad(&lanes[2u + lane]);
    }
    var place = workgroupUniformLoad(&count);
    var waiting = true;
    var record = 0u;
    var problem = Problem();
    var cost = 0.0;
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
            if local == 0u && place == 0u {
                count = next_place();
            }
            place = workgroupUniformLoad(&count);
            if place == 0u {
                break;
            }
            let number = queued(place - 1u);
            waiting = false;
            resolved = false;
            record = (place - 1u) * RECORD;
            problem = problems[number / task.starts];
            if local < 6u {
                word[local] = state[record + DAMPING + local];
            }
            for (var i = local; i < P; i += THREADS) {
                q[i] = state[record + i];
                scale[i] = state[record + P + i];
            }
            workgroupBarrier();
            damping = workgroupUniformLoad(&word[0]);
            growth = workgroupUniformLoad(&word[1]);
            delta = workgroupUniformLoad(&word[2]);
            iterations = bitcast<u32>(workgroupUniformLoad(&word[4]));
            let status = bitcast<u32>(workgroupUniformLoad(&word[5]));
            resumed = status == RUNNING;
            phase = BEGIN;
            if status == FRESH {
                for (var i = local; i < P; i += THREADS) {
                    q[i] = draw(axes[problem.axes + i], number % task.starts);
                    scale[i] = 0.0;
                }
                damping = FIRST_DAMPING;
                growth = 2.0;
                delta = SQUARED;
                iterations = 0u;
                phase = select(BEGIN, PROJECT, PROJECTS);
            }
            workgroupBarrier();
            stay(local);
        }
        let loss = select(delta, task.delta, phase == FINAL);
        let sound = look(problem, problem.rows, select(loss, SQUARED, phase == PROJECT),
            phase == PROJECT, tries, local);
        if local == 0u {
            total = sums[0];
        }
        let seen = workgroupUniformLoad(&total);
        var finished = RUNNING;
        if phase == PROJECT {
            if sound {
                project(problem, tries, local);
            }
            stay(local);
            phase = BEGIN;
            continue;
        }
        if phase == FINAL {
            cost = select(task.nan, seen, sound);
            finished = EXHAUSTED;
        } else if phase == BEGIN {
            cost = seen;
            let swap = stands;
            stands = tries;
            tries = swap;
            if !sound {
                finished = NOT_FINITE;
            }
        } else {
            if SEPARABLE && sound && !resolved && !void_step {
                if resolve(problem, tries, predicted, local) {
                    resolved = true;
                    continue;
                }
            }
            resolved = false;
            let ratio = select(-1.0, (cost - seen) / predicted, sound && !void_step);
            if ratio > 1e-4 {
                for (var i = local; i < P; i += THREADS) {
                    q[i] = t[i];
                }
                workgroupBarrier();
                cost = seen;
                let swap = stands;
                stands = tries;
                tries = swap;
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
                stay(local);
                phase = FINAL;
                continue;
            }
        }
        if finished == RUNNING {
            // The next step.
            if !resumed {
                iterations += 1u;
            }
            for (var i = local; i < P; i += THREADS) {
                let axis = axes[problem.axes + i];
                if !resumed {
                    scale[i] = max(0.5 * scale[i], normals[stands + entry(i, i)]);
                }
                unit[i] = unit_of(scale[i]);
                among[i] = select(1u, 0u, pressed(axis, q[i], normals[stands + 1u + i]));
                damp[i] = select(damping, UNDAMPED, is_undamped(axis));
            }
            resumed = false;
            workgroupBarrier();
            let solved = solve(stands, local);
            for (var i = local; i < P; i += THREADS) {
                let axis = axes[problem.axes + i];
                t[i] = q[i];
                if among[i] != 0u {
                    let wanted = q[i] + d[i];
                    t[i] = moved(axis, q[i], d[i], is_undamped(axis));
                    if abs(t[i] - wanted) > CLIPPED * abs(wanted) {
                        atomicOr(&flag, 1u);
                    }
                }
                d[i] = t[i] - q[i];
            }
            let clipped = raised(local);
            predicted = promised(stands, local);
            phase = TRIAL;
            let bar = select(STAGE_TOLERANCE, task.tolerance, delta == task.delta);
            let little = !(predicted > bar * cost + problem.floor);
            void_step = !solved || (little && clipped);
            if (little && !void_step) || damping > MOST_DAMPING {
                if delta == task.delta {
                    finished = SETTLED;
                } else {
                    delta = sharper(delta, cost, problem.rows);
                    damping = FIRST_DAMPING;
                    growth = 2.0;
                    for (var i = local; i < P; i += THREADS) {
                        scale[i] = 0.0;
                    }
                    stay(local);
                    phase = BEGIN;
                }
            } else if void_step {
                stay(local);
            }
        }
        if finished != RUNNING {
            workgroupBarrier();
            save(record, local, damping, growth, delta, iterations, finished);
            if local == 0u {
                state[record + COST] = cost;
                atomicAdd(&lanes[1], 1u);
            }
            workgroupBarrier();
            waiting = true;
            place = 0u;
        }
    }
    // A fit that is under way stands at q; its step is worked out again from there.
    if !waiting && phase != PROJECT && !(phase == BEGIN && iterations == 0u) {
        save(record, local, damping, growth, delta, iterations,
            select(STAGED, RUNNING, phase == TRIAL));
    }
    if local == 0u {
        atomicStore(&lanes[2u + lane], select(place, 0u, waiting));
    }
}

// As in `fit_lane`, one workgroup a fit.
@compute @workgroup_size(32)
fn measure(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
           @builtin(local_invocation_index) local: u32) {
    let place = group.y * groups.x + group.x;
    if place >= task.queue {
        return;
    }
    let number = queued(place);
    let record = place * RECORD;
    for (var i = local; i < P; i += THREADS) {
        t[i] = state[record + i];
    }
    if local == 0u {
        total = state[record + DELTA];
    }
    let delta = workgroupUniformLoad(&total);
    let problem = problems[number / task.starts];
    let sound = look(problem, problem.rows, delta, false, place * NORMAL, local);
}
