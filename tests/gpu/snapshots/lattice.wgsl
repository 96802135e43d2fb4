const STEPS = 10u;
const SPARE = 4u;
const PIECES = 1u;
const ROUNDING = 1.641512e-6;
const DRIFT = 1.2159349e-7;
// The points of a lattice: for each block of prefixes a number that no point of it is below, and
// how many points there are. A thread finds the prefix of its first rank by the numbers of ways to
// go on, then steps from prefix to prefix; along a prefix the last share but one runs over a line.
// Twin: `engine/twin/lattice.rs`.

struct Task {
    nan: f32,
    // The rank of the first prefix, in two words.
    low: u32,
    high: u32,
    // Prefixes in all, and for each thread.
    count: u32,
    each: u32,
    blocks: u32,
    // Marks what this dispatch has written.
    mark: u32,
    spare: u32,
}

@group(0) @binding(0) var<storage, read> plan: array<u32>;
@group(0) @binding(1) var<storage, read> numbers: array<f32>;
// Of each block: the mark, prefixes seen to their end, points, the bound.
@group(0) @binding(2) var<storage, read_write> blocks: array<u32>;
@group(0) @binding(3) var<uniform> task: Task;

var<workgroup> bounds: array<f32, 64>;
var<workgroup> counts: array<vec2<u32>, 64>;

const NONE = 0xffffffffu;
const HUGE = 1e37;

fn below(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.y < b.y || (a.y == b.y && a.x < b.x);
}

fn plus(a: vec2<u32>, b: u32) -> vec2<u32> {
    let low = a.x + b;
    return vec2(low, a.y + select(0u, 1u, low < b));
}

fn minus(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    return vec2(a.x - b.x, a.y - b.y - select(0u, 1u, a.x < b.x));
}

// Domains that may still be used after one has taken n steps.
fn after(spare: u32, n: u32, rest: u32) -> u32 {
    return min(spare - select(0u, 1u, n > 0u), rest);
}

// Where the states after head 0 has taken n steps are.
fn state0(spare: u32, left: u32, n: u32) -> u32 {
    let row = after(spare, n, 3u) - 3u;
    return 0u + 3u * (row * (STEPS + 1u) + left - n);
}

fn ways0(spare: u32, left: u32, n: u32) -> vec2<u32> {
    let at = state0(spare, left, n);
    return vec2(plan[at], plan[at + 1u]);
}

// The least that head 0 may have, not below n, which is not zero.
fn at_least0(spare: u32, left: u32, n: u32) -> u32 {
    if spare == 0u || n > left {
        return NONE;
    }
    let rest = plan[state0(spare, left, n) + 2u];
    return select(left - rest, NONE, rest == NONE || left - rest > 10u);
}

fn first0(spare: u32, left: u32) -> u32 {
    if true && any(ways0(spare, left, 0u) != vec2(0u)) {
        return 0u;
    }
    return at_least0(spare, left, 1u);
}

fn next0(spare: u32, left: u32, n: u32) -> u32 {
    return at_least0(spare, left, max(n + 1u, 1u));
}

// Where the states after head 1 has taken n steps are.
fn state1(spare: u32, left: u32, n: u32) -> u32 {
    let row = after(spare, n, 2u) - 2u;
    return 33u + 3u * (row * (STEPS + 1u) + left - n);
}

fn ways1(spare: u32, left: u32, n: u32) -> vec2<u32> {
    let at = state1(spare, left, n);
    return vec2(plan[at], plan[at + 1u]);
}

// The least that head 1 may have, not below n, which is not zero.
fn at_least1(spare: u32, left: u32, n: u32) -> u32 {
    if spare == 0u || n > left {
        return NONE;
    }
    let rest = plan[state1(spare, left, n) + 2u];
    return select(left - rest, NONE, rest == NONE || left - rest > 10u);
}

fn first1(spare: u32, left: u32) -> u32 {
    if true && any(ways1(spare, left, 0u) != vec2(0u)) {
        return 0u;
    }
    return at_least1(spare, left, 1u);
}

fn next1(spare: u32, left: u32, n: u32) -> u32 {
    return at_least1(spare, left, max(n + 1u, 1u));
}

@compute @workgroup_size(64)
fn sweep(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) local: u32) {
    let block = group.y * groups.x + group.x;
    let start = (block * 64u + local) * task.each;
    var mine = 0u;
    if block < task.blocks && start < task.count {
        mine = min(task.each, task.count - start);
    }
    var rank = plus(vec2(task.low, task.high), start);
    var left0 = STEPS;
    var spare0 = SPARE;
    var n0 = 0u;
    var left1 = 0u;
    var spare1 = 0u;
    var n1 = 0u;
    var left2 = 0u;
    var spare2 = 0u;
    if mine > 0u {
        n0 = first0(spare0, left0);
        loop {
            let ways = ways0(spare0, left0, n0);
            if below(rank, ways) {
                break;
            }
            rank = minus(rank, ways);
            let later = next0(spare0, left0, n0);
            if later == NONE {
                break;
            }
            n0 = later;
        }
        left1 = left0 - n0;
        spare1 = after(spare0, n0, 3u);
        n1 = first1(spare1, left1);
        loop {
            let ways = ways1(spare1, left1, n1);
            if below(rank, ways) {
                break;
            }
            rank = minus(rank, ways);
            let later = next1(spare1, left1, n1);
            if later == NONE {
                break;
            }
            n1 = later;
        }
        left2 = left1 - n1;
        spare2 = after(spare1, n1, 2u);
    }
    var changed = 0u;
    var points = 0u;
    var seen = 0u;
    var bound = HUGE;
    var stem0 = (1.0);
    var stem1 = (1.0);
    var base0 = (2.0095298);
    var base1 = (1.6203706);
    for (var line = 0u; line < mine; line++) {
        let left = left2;
        if changed < 1u {
            stem0 = (1.0) * numbers[0u + n0 * 2u];
            stem1 = (1.0) * numbers[1u + n0 * 2u];
            base0 = (2.0095298);
            base1 = (1.6203706);
        }
        let h0 = stem0 * numbers[22u + n1 * 2u];
        let h1 = stem1 * numbers[23u + n1 * 2u];
        let b0 = base0;
        let b1 = base1;
        var lowest = 0;
        var highest = i32(left);
        lowest = max(lowest, (1 - i32(n0)));
        highest = min(highest, (7 - i32(n0)));
        let tail = 66u + PIECES * 2u * ((spare2 - 2u) * (STEPS + 1u) + left);
        var whole = true;
        for (var piece = 0u; piece < PIECES; piece++) {
            let from_here = max(i32(plan[tail + 2u * piece]), lowest);
            let to_here = min(i32(plan[tail + 2u * piece + 1u]), highest);
            if from_here > to_here {
                continue;
            }
            let start_at = u32(from_here);
            let end = u32(to_here);
            points += end - start_at + 1u;
            var v0 = h0 * numbers[88u + left] * numbers[99u + start_at];
            var v1 = h1 * numbers[110u + left] * numbers[121u + start_at];
            let rounding = ROUNDING + DRIFT * f32(end - start_at);
            var least = HUGE;
            var n = start_at;
            while n <= end {
                var s = b0 + v0;
                s = max(s, b1 + v1);
                let estimate = s;
                least = min(least, estimate);
                v0 *= 0.9747391;
                v1 *= 1.2069142;
                n++;
            }
            // A device that cuts loops off does not come here with all points seen.
            whole = whole && n == end + 1u;
            bound = min(bound, least - rounding * (least + 0.0) - 2.9592917e-10);
        }
        seen += select(0u, 1u, whole);
        changed = NONE;
        if changed == NONE {
            let later = next1(spare1, left1, n1);
            if later != NONE {
                changed = 1u;
                n1 = later;
                left2 = left1 - n1;
                spare2 = after(spare1, n1, 2u);
            }
        }
        if changed == NONE {
            let later = next0(spare0, left0, n0);
            if later != NONE {
                changed = 0u;
                n0 = later;
                left1 = left0 - n0;
                spare1 = after(spare0, n0, 3u);
            }
        }
        if 0u > changed {
            n0 = first0(spare0, left0);
            left1 = left0 - n0;
            spare1 = after(spare0, n0, 3u);
        }
        if 1u > changed {
            n1 = first1(spare1, left1);
            left2 = left1 - n1;
            spare2 = after(spare1, n1, 2u);
        }
    }
    bounds[local] = bound;
    counts[local] = vec2(seen, points);
    workgroupBarrier();
    if local == 0u && block < task.blocks {
        var all = vec2(0u);
        for (var thread = 0u; thread < 64u; thread++) {
            bound = min(bound, bounds[thread]);
            all += counts[thread];
        }
        blocks[4u * block] = task.mark;
        blocks[4u * block + 1u] = all.x;
        blocks[4u * block + 2u] = all.y;
        blocks[4u * block + 3u] = bitcast<u32>(bound);
    }
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
