// Loss surface: the value of a law and its slopes along the mixture, for many pairs of a parameter
// set and a point. One thread a pair; pair = set * task.points + point.
// The CPU twin is `engine/twin/surface.rs`.

struct Task {
    nan: f32,
    sets: u32,
    points: u32,
    spare: u32,
}

@group(0) @binding(0) var<storage, read> sets: array<f32>;
@group(0) @binding(1) var<storage, read> points: array<f32>;
// The value and then the slopes of each pair.
@group(0) @binding(2) var<storage, read_write> surface: array<f32>;
@group(0) @binding(3) var<uniform> task: Task;

@compute @workgroup_size(64)
fn evaluate(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
            @builtin(local_invocation_index) local: u32) {
    let pair = (group.y * groups.x + group.x) * 64u + local;
    if pair >= task.sets * task.points {
        return;
    }
    let theta = (pair / task.points) * PARAMETERS;
    let point = (pair % task.points) * INPUTS;
    {{scalars}}
    let base = pair * P;
#for i in 0..P
    surface[base + {i}u] = {{output i}};
#end
}
