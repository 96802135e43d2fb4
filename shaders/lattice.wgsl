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

#for k in 0..HEADS
// Where the states after head {k} has taken n steps are.
fn state{k}(spare: u32, left: u32, n: u32) -> u32 {
    let row = after(spare, n, {{rest k}}) - {{fewest k}};
    return {{level k}} + 3u * (row * (STEPS + 1u) + left - n);
}

fn ways{k}(spare: u32, left: u32, n: u32) -> vec2<u32> {
    let at = state{k}(spare, left, n);
    return vec2(plan[at], plan[at + 1u]);
}

// The least that head {k} may have, not below n, which is not zero.
fn at_least{k}(spare: u32, left: u32, n: u32) -> u32 {
    if spare == 0u || n > left {
        return NONE;
    }
    let rest = plan[state{k}(spare, left, n) + 2u];
    return select(left - rest, NONE, rest == NONE || left - rest > {{high k}});
}

fn first{k}(spare: u32, left: u32) -> u32 {
    if {{zero k}} && any(ways{k}(spare, left, 0u) != vec2(0u)) {
        return 0u;
    }
    return at_least{k}(spare, left, {{low k}});
}

fn next{k}(spare: u32, left: u32, n: u32) -> u32 {
    return at_least{k}(spare, left, max(n + 1u, {{low k}}));
}

#end
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
#for k in 0..HEADS
    var n{k} = 0u;
    var left{{up k}} = 0u;
    var spare{{up k}} = 0u;
#end
    if mine > 0u {
#for k in 0..HEADS
        n{k} = first{k}(spare{k}, left{k});
        loop {
            let ways = ways{k}(spare{k}, left{k}, n{k});
            if below(rank, ways) {
                break;
            }
            rank = minus(rank, ways);
            let later = next{k}(spare{k}, left{k}, n{k});
            if later == NONE {
                break;
            }
            n{k} = later;
        }
        left{{up k}} = left{k} - n{k};
        spare{{up k}} = after(spare{k}, n{k}, {{rest k}});
#end
    }
    var changed = 0u;
    var points = 0u;
    var seen = 0u;
    var bound = HUGE;
    {{stems}}
    for (var line = 0u; line < mine; line++) {
        let left = {{left}};
        {{climb}}
        var lowest = 0;
        var highest = i32(left);
        {{groups}}
        let tail = {{tails}} + PIECES * 2u * (({{spare}} - {{fewest}}) * (STEPS + 1u) + left);
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
            {{seeds}}
            let rounding = ROUNDING + DRIFT * f32(end - start_at);
            var least = HUGE;
            var n = start_at;
            while n <= end {
                {{worth}}
                least = min(least, estimate);
                {{move}}
                n++;
            }
            // A device that cuts loops off does not come here with all points seen.
            whole = whole && n == end + 1u;
            {{close}}
        }
        seen += select(0u, 1u, whole);
        changed = NONE;
#rev k in 0..HEADS
        if changed == NONE {
            let later = next{k}(spare{k}, left{k}, n{k});
            if later != NONE {
                changed = {k}u;
                n{k} = later;
                left{{up k}} = left{k} - n{k};
                spare{{up k}} = after(spare{k}, n{k}, {{rest k}});
            }
        }
#end
#for k in 0..HEADS
        if {k}u > changed {
            n{k} = first{k}(spare{k}, left{k});
            left{{up k}} = left{k} - n{k};
            spare{{up k}} = after(spare{k}, n{k}, {{rest k}});
        }
#end
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

