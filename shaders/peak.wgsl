// What a device can do at best: chains of fused multiply-adds that never leave registers.

@group(0) @binding(0) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn peak(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let lane = (group.y * groups.x + group.x) * 64u + local;
    let seed = f32(lane) * 1e-9;
    // Eight chains side by side hide each other's latency.
#for i in 0..8
    var x{i} = seed + 0.{i};
#end
    for (var round = 0u; round < ROUNDS; round++) {
#for k in 0..16
#for i in 0..8
        x{i} = fma(x{i}, 0.99999, seed);
#end
#end
    }
    var sum = 0.0;
#for i in 0..8
    sum += x{i};
#end
    // Stored only where it matters to nobody, so that the work cannot be left out.
    if sum == 12345.0 {
        out[0] = sum;
    }
}
