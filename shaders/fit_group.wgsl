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
    {{scalars}}
    for (var top = 0u; top < count_; top += TILE) {
        if local < TILE {
            let row = top + local;
            var w = Weighed();
            if row < count_ {
                let base = (problem.first + row) * STRIDE;
#for i in 0..STRIDE
                let row{i} = rows[base + {i}u];
#end
                {{row}}
                w = weigh({{value}}, {{observed}}, weight_of(problem, row), delta, linear);
#for i in 0..P
                tile[local * P + {i}u] = {{slope i}};
#end
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
#for k in 0..8
                    sum += tile_loss[r + {k}u];
#end
                }
            } else if e < TRIANGLE {
                for (var r = 0u; r < TILE; r += 8u) {
                    let from_ = r * P + e - 1u;
#for k in 0..8
                    sum = fma(tile[from_ + {k}u * P], tile_slope[r + {k}u], sum);
#end
                }
            } else {
                let at = corner(e - TRIANGLE);
                for (var r = 0u; r < TILE; r += 8u) {
                    let left = r * P + at.x;
                    let right = r * P + at.y;
#for k in 0..8
                    sum = fma(tile[left + {k}u * P] * tile_bend[r + {k}u], tile[right + {k}u * P], sum);
#end
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
