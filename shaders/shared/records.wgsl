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
