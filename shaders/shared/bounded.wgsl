// Numbers that carry a bound on what rounding may have done to them: x is the value, y how far from
// the exact result it may be. The same rules as in `engine/twin/bounded.rs`, where they are proved.

// Half an ulp of 1, and what flushing to zero may lose.
const U = 5.9604645e-8;
const TINY = 1.1754944e-38;

fn bounded(value: f32, error: f32) -> vec2<f32> {
    return vec2(value, 1.001 * error + TINY);
}

fn bounded_neg(a: vec2<f32>) -> vec2<f32> {
    return vec2(-a.x, a.y);
}

fn bounded_add(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let value = a.x + b.x;
    return bounded(value, a.y + b.y + U * abs(value));
}

fn bounded_sub(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return bounded_add(a, bounded_neg(b));
}

fn bounded_mul(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let value = a.x * b.x;
    return bounded(value, abs(a.x) * b.y + abs(b.x) * a.y + a.y * b.y + U * abs(value));
}

fn bounded_div(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let value = a.x / b.x;
    let room = abs(b.x) - b.y;
    let carried = select(HUGE, (a.y + abs(value) * b.y) / room, room > 0.0);
    return bounded(value, carried + 5.0 * U * abs(value));
}

fn bounded_min(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return vec2(min(a.x, b.x), max(a.y, b.y));
}

fn bounded_max(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return vec2(max(a.x, b.x), max(a.y, b.y));
}

// exp(e) - 1 for a bound e: e (1 + e) is above it up to 1.
fn growth(error: f32) -> f32 {
    return select(exp(error), error * (1.0 + error), error < 1.0);
}

fn bounded_exp(a: vec2<f32>) -> vec2<f32> {
    let value = exp(a.x);
    return bounded(value, value * (growth(a.y) + 2.0 * (3.0 + 2.0 * abs(a.x)) * U));
}

fn bounded_exp2(a: vec2<f32>) -> vec2<f32> {
    let value = exp2(a.x);
    return bounded(value, value * (growth(0.6931472 * a.y) + 2.0 * (3.0 + 2.0 * abs(a.x)) * U));
}

fn bounded_log(a: vec2<f32>, value: f32, slope: f32) -> vec2<f32> {
    let room = a.x - a.y;
    let carried = select(HUGE, slope * a.y / room, room > 0.0);
    return bounded(value, carried + 4.8e-7 + 6.0 * U * abs(value));
}

fn bounded_ln(a: vec2<f32>) -> vec2<f32> {
    return bounded_log(a, ln(a.x), 1.0);
}

fn bounded_lb(a: vec2<f32>) -> vec2<f32> {
    return bounded_log(a, lb(a.x), 1.442695);
}

fn bounded_ln_or_zero(a: vec2<f32>) -> vec2<f32> {
    if a.x == 0.0 && a.y == 0.0 {
        return vec2(0.0);
    }
    return bounded_ln(a);
}

fn bounded_lb_or_huge(a: vec2<f32>) -> vec2<f32> {
    if a.x == 0.0 && a.y == 0.0 {
        return vec2(-1e30, 0.0);
    }
    return bounded_lb(a);
}

fn bounded_power(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    return bounded_exp2(bounded_mul(b, bounded_lb_or_huge(a)));
}

fn bounded_sqrt(a: vec2<f32>) -> vec2<f32> {
    let value = sqrt(a.x);
    let room = sqrt(max(a.x - a.y, 0.0)) + value;
    let carried = select(sqrt(a.y), a.y / room, room > 0.0);
    return bounded(value, carried + 8.0 * U * value);
}

fn bounded_abs(a: vec2<f32>) -> vec2<f32> {
    return vec2(abs(a.x), a.y);
}

fn bounded_sign(a: vec2<f32>) -> vec2<f32> {
    return vec2(sign(a.x), select(0.0, 2.0, abs(a.x) <= a.y));
}

fn bounded_tanh(a: vec2<f32>) -> vec2<f32> {
    return bounded(tanh_of(a.x), a.y + 1e-5);
}

fn bounded_sigmoid(a: vec2<f32>) -> vec2<f32> {
    let one = vec2(1.0, 0.0);
    return bounded_div(one, bounded_add(one, bounded_exp(bounded_neg(a))));
}

fn bounded_sin(a: vec2<f32>) -> vec2<f32> {
    return bounded(sin(a.x), a.y + 4.9e-4 * max(abs(a.x), 1.0));
}

fn bounded_cos(a: vec2<f32>) -> vec2<f32> {
    return bounded(cos(a.x), a.y + 4.9e-4 * max(abs(a.x), 1.0));
}

fn bounded_atan(a: vec2<f32>) -> vec2<f32> {
    let value = atan(a.x);
    return bounded(value, a.y + 8192.0 * U * abs(value));
}

// A comparison that rounding may turn is off by one.
fn bounded_flag(holds: bool, a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let room = a.y + b.y;
    return vec2(select(0.0, 1.0, holds), select(0.0, 1.0, abs(a.x - b.x) <= room && room > 0.0));
}

fn bounded_choose(c: vec2<f32>, a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
    let other = select(0.0, abs(a.x - b.x), c.y > 0.0);
    return vec2(select(a.x, b.x, c.x == 0.0), max(a.y, b.y) + other);
}

