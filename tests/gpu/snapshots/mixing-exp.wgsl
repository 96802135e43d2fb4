fn look(problem: Problem, count_: u32, delta: f32, linear: bool, slot: u32, local: u32) -> bool {
    for (var e = local; e < NORMAL; e += THREADS) {
        sums[e] = 0.0;
    }
    
    for (var top = 0u; top < count_; top += TILE) {
        if local < TILE {
            let row = top + local;
            var w = Weighed();
            if row < count_ {
                let base = (problem.first + row) * STRIDE;
                let row0 = rows[base + 0u];
                let v0 = t[1u] * row0.y;
                let v1 = fma(t[2u], row0.z, v0);
                let v2 = fma(t[3u], row0.x, v1);
                let v3 = exp(v2);
                let v4 = t[0u] + v3;
                let v5 = row0.y * v3;
                let v6 = row0.z * v3;
                let v7 = row0.x * v3;
                w = weigh(v4, row0.w, weight_of(problem, row), delta, linear);
                tile[local * P + 0u] = 1.0;
                tile[local * P + 1u] = v5;
                tile[local * P + 2u] = v6;
                tile[local * P + 3u] = v7;
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
                    sum += tile_loss[r + 0u];
                    sum += tile_loss[r + 1u];
                    sum += tile_loss[r + 2u];
                    sum += tile_loss[r + 3u];
                    sum += tile_loss[r + 4u];
                    sum += tile_loss[r + 5u];
                    sum += tile_loss[r + 6u];
                    sum += tile_loss[r + 7u];
                }
            } else if e < TRIANGLE {
                for (var r = 0u; r < TILE; r += 8u) {
                    let from_ = r * P + e - 1u;
                    sum = fma(tile[from_ + 0u * P], tile_slope[r + 0u], sum);
                    sum = fma(tile[from_ + 1u * P], tile_slope[r + 1u], sum);
                    sum = fma(tile[from_ + 2u * P], tile_slope[r + 2u], sum);
                    sum = fma(tile[from_ + 3u * P], tile_slope[r + 3u], sum);
                    sum = fma(tile[from_ + 4u * P], tile_slope[r + 4u], sum);
                    sum = fma(tile[from_ + 5u * P], tile_slope[r + 5u], sum);
                    sum = fma(tile[from_ + 6u * P], tile_slope[r + 6u], sum);
                    sum = fma(tile[from_ + 7u * P], tile_slope[r + 7u], sum);
                }
            } else {
                let at = corner(e - TRIANGLE);
                for (var r = 0u; r < TILE; r += 8u) {
                    let left = r * P + at.x;
                    let right = r * P + at.y;
                    sum = fma(tile[left + 0u * P] * tile_bend[r + 0u], tile[right + 0u * P], sum);
                    sum = fma(tile[left + 1u * P] * tile_bend[r + 1u], tile[right + 1u * P], sum);
                    sum = fma(tile[left + 2u * P] * tile_bend[r + 2u], tile[right + 2u * P], sum);
                    sum = fma(tile[left + 3u * P] * tile_bend[r + 3u], tile[right + 3u * P], sum);
                    sum = fma(tile[left + 4u * P] * tile_bend[r + 4u], tile[right + 4u * P], sum);
                    sum = fma(tile[left + 5u * P] * tile_bend[r + 5u], tile[right + 5u * P], sum);
                    sum = fma(tile[left + 6u * P] * tile_bend[r + 6u], tile[right + 6u * P], sum);
                    sum = fma(tile[left + 7u * P] * tile_bend[r + 7u], tile[right + 7u * P], sum);
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
