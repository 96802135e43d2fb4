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
