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
