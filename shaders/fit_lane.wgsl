// Levenberg-Marquardt for small laws: one lane a fit, the normal matrix in registers.
//
// Each pass over the rows gives the objective and its slopes at a trial point, so that an accepted
// step costs one pass. A lane whose fit is done takes the next from the queue; what is unfinished
// when the passes of the dispatch are spent goes on in the next one, from the same numbers.
// The CPU twin is `engine/twin`.

struct Point {
#for i in 0..P
    p{i}: f32,
#end
}

struct Normal {
    cost: f32,
#for i in 0..P
    g{i}: f32,
#for j in 0..i+1
    h{i}_{j}: f32,
#end
#end
}

fn look(problem: Problem, at: Point, delta: f32, linear: bool) -> Normal {
    {{scalars}}
    var n = Normal();
    for (var row = 0u; row < problem.rows; row++) {
        let base = (problem.first + row) * STRIDE;
#for i in 0..STRIDE
        let row{i} = rows[base + {i}u];
#end
        {{row}}
        let w = weigh({{value}}, {{observed}}, weight_of(problem, row), delta, linear);
        n.cost += w.cost;
#for i in 0..P
        let d{i} = {{slope i}};
        let e{i} = d{i} * w.bend;
        n.g{i} = fma(d{i}, w.slope, n.g{i});
#for j in 0..i+1
        n.h{i}_{j} = fma(e{i}, d{j}, n.h{i}_{j});
#end
#end
    }
    return n;
}

fn is_finite(n: Normal) -> bool {
    var sound = finite(n.cost);
#for i in 0..P
    sound = sound && finite(n.g{i});
#for j in 0..i+1
    sound = sound && finite(n.h{i}_{j});
#end
#end
    return sound;
}

// Coordinates that take part in a solution.
struct Among {
#for i in 0..P
    a{i}: bool,
#end
}

struct Solution {
    x: Point,
    sound: bool,
}

// Solves (D H D + damping) y = -D g over the among coordinates, D = 1/unit, and gives D y.
fn solve(n: Normal, among: Among, unit: Point, damping: Point) -> Solution {
    var sound = true;
#for i in 0..P
#for j in 0..i
    var l{i}_{j} = select(0.0, n.h{i}_{j} / (unit.p{i} * unit.p{j}), among.a{i} && among.a{j});
#end
    var l{i}_{i} = select(1.0, n.h{i}_{i} / (unit.p{i} * unit.p{i}) + damping.p{i}, among.a{i});
    var y{i} = select(0.0, -n.g{i} / unit.p{i}, among.a{i});
#end
#for i in 0..P
#for j in 0..i
#for k in 0..j
    l{i}_{j} = fma(-l{i}_{k}, l{j}_{k}, l{i}_{j});
#end
    l{i}_{j} = l{i}_{j} / l{j}_{j};
    l{i}_{i} = fma(-l{i}_{j}, l{i}_{j}, l{i}_{i});
    y{i} = fma(-l{i}_{j}, y{j}, y{i});
#end
    sound = sound && l{i}_{i} > 0.0;
    l{i}_{i} = sqrt(max(l{i}_{i}, 1e-30));
    y{i} = y{i} / l{i}_{i};
#end
#rev i in 0..P
#for j in i+1..P
    y{i} = fma(-l{j}_{i}, y{j}, y{i});
#end
    y{i} = y{i} / l{i}_{i};
#end
    var x = Point();
#for i in 0..P
    x.p{i} = y{i} / unit.p{i};
    sound = sound && finite(x.p{i});
#end
    return Solution(x, sound);
}

// The decrease that the quadratic model promises for the move d.
fn promised(n: Normal, d: Point) -> f32 {
    var sum = 0.0;
#for i in 0..P
    var row{i} = n.g{i} + 0.5 * n.h{i}_{i} * d.p{i};
#for j in 0..i
    row{i} = fma(n.h{i}_{j}, d.p{j}, row{i});
#end
    sum = fma(row{i}, d.p{i}, sum);
#end
    return -sum;
}

fn units_of(n: Normal) -> Point {
    var unit = Point();
#for i in 0..P
    unit.p{i} = unit_of(n.h{i}_{i});
#end
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
#for i in 0..P
    let axis{i} = axes[problem.axes + {i}u];
    let logarithmic{i} = (axis{i}.flags & LOGARITHMIC) != 0u;
    among.a{i} = (axis{i}.flags & PROJECTED) != 0u;
    damping.p{i} = UNDAMPED;
#end
    for (var round = 0u; round < P; round++) {
        let step = solve(n, among, unit, damping);
        if !step.sound {
            return to;
        }
        var out = false;
        var held = Point();
#for i in 0..P
        let share{i} = 1.0 + step.x.p{i};
        let linear{i} = at.p{i} + step.x.p{i};
        let solved{i} = select(linear{i}, at.p{i} + log(max(share{i}, 1e-37)), logarithmic{i});
        let outside{i} = among.a{i} && (solved{i} < axis{i}.low || solved{i} > axis{i}.high
            || (logarithmic{i} && share{i} <= 0.0));
        out = out || outside{i};
        to.p{i} = select(to.p{i}, solved{i}, among.a{i} && !outside{i});
        if outside{i} {
            let start = select(axis{i}.start_low, log(max(axis{i}.start_low, 1e-37)),
                (axis{i}.flags & LOG_OF_DRAW) != 0u);
            to.p{i} = clamp(start, axis{i}.low, axis{i}.high);
            held.p{i} = select(to.p{i} - at.p{i}, exp(to.p{i} - at.p{i}) - 1.0, logarithmic{i});
            among.a{i} = false;
        }
#end
        if !out {
            return to;
        }
        // The residual is linear in what is held: its curvature stays, the gradient moves along.
#for i in 0..P
#for j in 0..i
        n.g{i} = fma(n.h{i}_{j}, held.p{j}, n.g{i});
        n.g{j} = fma(n.h{i}_{j}, held.p{i}, n.g{j});
#end
#end
    }
    return to;
}

// The best linear parameters at a trial point (variable projection), where they promise a sizeable
// share of what the step itself promised.
fn resolve(n: Normal, at: Point, problem: Problem, predicted: f32) -> Solution {
    var among = Among();
    var damping = Point();
#for i in 0..P
    let axis{i} = axes[problem.axes + {i}u];
    among.a{i} = is_undamped(axis{i});
    damping.p{i} = UNDAMPED;
#end
    let step = solve(n, among, units_of(n), damping);
    var to = at;
    var move_ = Point();
#for i in 0..P
    if among.a{i} {
        to.p{i} = clamp(at.p{i} + step.x.p{i}, axis{i}.low, axis{i}.high);
        move_.p{i} = to.p{i} - at.p{i};
    }
#end
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
#for i in 0..P
                q.p{i} = draw(axes[problem.axes + {i}u], number % task.starts);
                scale.p{i} = 0.0;
#end
                damping = FIRST_DAMPING;
                growth = 2.0;
                delta = SQUARED;
                iterations = 0u;
                phase = select(BEGIN, PROJECT, PROJECTS);
            } else {
                resumed = status == RUNNING;
#for i in 0..P
                q.p{i} = state[record + {i}u];
                scale.p{i} = state[record + P + {i}u];
#end
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
#for i in 0..P
            let axis{i} = axes[problem.axes + {i}u];
            scale.p{i} = select(max(0.5 * scale.p{i}, n.h{i}_{i}), scale.p{i}, resumed);
            unit.p{i} = unit_of(scale.p{i});
            among.a{i} = !pressed(axis{i}, q.p{i}, n.g{i});
            damp.p{i} = select(damping, UNDAMPED, is_undamped(axis{i}));
#end
            resumed = false;
            let step = solve(n, among, unit, damp);
            var clipped = false;
            var d = Point();
#for i in 0..P
            t.p{i} = q.p{i};
            if among.a{i} {
                let wanted = q.p{i} + step.x.p{i};
                t.p{i} = moved(axis{i}, q.p{i}, step.x.p{i}, is_undamped(axis{i}));
                clipped = clipped || abs(t.p{i} - wanted) > CLIPPED * abs(wanted);
            }
            d.p{i} = t.p{i} - q.p{i};
#end
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
#for i in 0..P
                    scale.p{i} = 0.0;
#end
                    t = q;
                    phase = BEGIN;
                }
            } else if void_step {
                t = q;
            }
        }
        if finished != RUNNING {
#for i in 0..P
            state[record + {i}u] = q.p{i};
            state[record + P + {i}u] = scale.p{i};
#end
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
#for i in 0..P
        state[record + {i}u] = q.p{i};
        state[record + P + {i}u] = scale.p{i};
#end
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
#for i in 0..P
    at.p{i} = state[record + {i}u];
#end
    let n = look(problems[number / task.starts], at, state[record + DELTA], false);
    let base = place * NORMAL;
    normals[base] = n.cost;
#for i in 0..P
    normals[base + 1u + {i}u] = n.g{i};
#for j in 0..i+1
    normals[base + 1u + P + {i}u * ({i}u + 1u) / 2u + {j}u] = n.h{i}_{j};
#end
#end
}
