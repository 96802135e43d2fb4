//! Rows that are the same.
//!
//! In: columns. Out: for each row the first row that is equal to it.

use std::collections::HashMap;

/// For each row the number of the first row with the same values (itself, if it is the first).
pub(super) fn first_equal(columns: &[&[f64]], rows: usize) -> Vec<u32> {
    let mut seen: HashMap<u64, u32> = HashMap::with_capacity(rows.min(1 << 16));
    let equal =
        |a: u32, b: u32| columns.iter().all(|column| column[a as usize] == column[b as usize]);
    hashes(columns, rows)
        .into_iter()
        .zip(0u32..)
        .map(|(mut hash, row)| {
            loop {
                match seen.get(&hash) {
                    Some(&first) if equal(first, row) => return first,
                    // Two different rows with one hash: the next slot is as good.
                    Some(_) => hash = hash.wrapping_add(1),
                    None => {
                        seen.insert(hash, row);
                        return row;
                    }
                }
            }
        })
        .collect()
}

/// How many different rows there are.
pub(super) fn count(first_equal: &[u32]) -> usize {
    first_equal.iter().zip(0u32..).filter(|&(&first, row)| first == row).count()
}

/// One hash a row, column by column so that memory is read in order.
fn hashes(columns: &[&[f64]], rows: usize) -> Vec<u64> {
    let mut hashes = vec![0x9e37_79b9_7f4a_7c15; rows];
    for column in columns {
        for (hash, value) in hashes.iter_mut().zip(*column) {
            // Adding zero makes -0 equal 0; the rest is the mixing step of splitmix64.
            let mixed = (*hash ^ (value + 0.0).to_bits()).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *hash = (mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *hash ^= *hash >> 32;
        }
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_equal_in_every_column() {
        let columns: [&[f64]; 2] = [&[1.0, 0.0, 1.0, -0.0, 1.0], &[2.0, 3.0, 2.0, 3.0, 4.0]];
        let first = first_equal(&columns, 5);
        assert_eq!(first, [0, 1, 0, 1, 4]);
        assert_eq!(count(&first), 3);
    }
}
