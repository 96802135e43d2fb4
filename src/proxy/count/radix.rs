//! Keys in order, digit by digit from the lowest (Knuth, The Art of Computer Programming 3, 5.2.5).
//!
//! In: keys in any order. Out: the same in order. Bits in which all keys agree are passed over, and
//! most bits of keys are such: tokens and groups are far fewer than keys have room for.

/// Bits of a digit: two passes for each token of a pair up to four million tokens, and counters of
/// one pass in the innermost cache.
const BITS: u32 = 11;
const DIGIT: u64 = (1 << BITS) - 1;

/// Fewer keys than this are compared; counters would outnumber them.
const FEW: usize = 1 << BITS;

/// Sorts keys. `spare` is room to do it in; nothing of what it holds is of use before or after.
pub(super) fn sort(keys: &mut Vec<u64>, spare: &mut Vec<u64>) {
    if keys.len() < FEW {
        return keys.sort_unstable();
    }
    let mut left = keys.iter().fold(0, |differ, key| differ | (key ^ keys[0]));
    spare.resize(keys.len(), 0);
    while left != 0 {
        let shift = left.trailing_zeros();
        left &= !(DIGIT << shift);
        scatter(keys, spare, shift);
        std::mem::swap(keys, spare);
    }
}

/// Orders keys by one digit; those with the same digit stay as they are.
fn scatter(from: &[u64], to: &mut [u64], shift: u32) {
    let digit = |key: &u64| (key >> shift & DIGIT) as usize;
    let mut places = [0_usize; 1 << BITS];
    from.iter().for_each(|key| places[digit(key)] += 1);
    let mut before = 0;
    for place in &mut places {
        before += std::mem::replace(place, before);
    }
    for key in from {
        let place = &mut places[digit(key)];
        to[*place] = *key;
        *place += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::mix;

    #[test]
    fn keys_come_in_order() {
        let mut spare = Vec::new();
        // All bits, the bits of a pair, the highest bits, none.
        for mask in [u64::MAX, 0xFFFF_07FF_FFC7, 0xFFF << 52, 0] {
            for count in [0, 1, 100, FEW, 3 * FEW + 1] {
                let mut keys: Vec<u64> = (0..count as u64).map(|k| mix(k) & mask).collect();
                let mut known = keys.clone();
                known.sort_unstable();
                sort(&mut keys, &mut spare);
                assert_eq!(keys, known, "{mask:x} {count}");
            }
        }
    }
}
