// What the trees of forests add up to, for many mixtures: a thread walks one mixture through some
// trees of one forest. A mixture is the numbers of the bins that its shares are in, and a leaf is a
// whole number of the forest's unit, so that nothing here is ever rounded.
// Twin: `engine/twin/forest.rs`.

struct Task {
    mixtures: u32,
    // Workgroups that walk the mixtures through one part.
    tiles: u32,
    parts: u32,
    // Marks what this dispatch has written.
    mark: u32,
}

// Of each tree: its first node and its first leaf.
@group(0) @binding(0) var<storage, read> trees: array<vec2<u32>>;
// The feature and the last bin that goes left; where left and right lead.
@group(0) @binding(1) var<storage, read> nodes: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> leaves: array<u32>;
// Of each part: its first tree and the one after its last.
@group(0) @binding(3) var<storage, read> parts: array<vec2<u32>>;
// Two features a word, all mixtures of a word side by side.
@group(0) @binding(4) var<storage, read> bins: array<u32>;
// The sum of each mixture, part by part; then, of each workgroup, the mark and the walks that came to
// a leaf.
@group(0) @binding(5) var<storage, read_write> out: array<u32>;
@group(0) @binding(6) var<uniform> task: Task;

// Each thread has its own mixture here, where any feature is as near as any other.
var<workgroup> mine: array<u32, CELLS>;
var<workgroup> walks: atomic<u32>;

// A child that is a leaf.
const LEAF = 0x8000u;

@compute @workgroup_size(64)
fn score(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
         @builtin(local_invocation_index) local: u32) {
    let place = group.y * groups.x + group.x;
    let part = place / task.tiles;
    let mixture = (place % task.tiles) * 64u + local;
    if part < task.parts && mixture < task.mixtures {
        for (var word = 0u; word < WORDS; word++) {
            mine[word * 64u + local] = bins[word * task.mixtures + mixture];
        }
        var sum = 0u;
        var ended = 0u;
        let last = parts[part].y;
        for (var tree = parts[part].x; tree < last; tree++) {
            let first = trees[tree];
            var at = 0u;
            while at < LEAF {
                let node = nodes[first.x + at];
                let feature = node.x & 0xffffu;
                let bin = (mine[(feature >> 1u) * 64u + local] >> (16u * (feature & 1u))) & 0xffffu;
                at = select(node.y >> 16u, node.y & 0xffffu, bin <= node.x >> 16u);
            }
            // A device that cuts loops off does not come here with a leaf.
            ended += at / LEAF;
            sum += leaves[first.y + at % LEAF];
        }
        out[part * task.mixtures + mixture] = sum;
        atomicAdd(&walks, ended);
    }
    workgroupBarrier();
    if local == 0u && part < task.parts {
        out[task.parts * task.mixtures + place] = task.mark + atomicLoad(&walks);
    }
}
