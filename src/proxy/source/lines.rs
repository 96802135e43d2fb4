//! Records of a stream of bytes, none longer than is allowed.
//!
//! In: a reader. Out: lines, or all of it, appended to a buffer; what is too long is passed over
//! without being held.

use std::io::{self, BufRead};

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Took {
    /// A record, now at the end of the buffer.
    Record,
    /// A record that is longer than allowed; the buffer is as before.
    TooLong,
    /// Nothing is left.
    Nothing,
}

/// Appends the next record. The end of a line (`\n` or `\r\n`) is left away. With `whole` the
/// record is all that is left.
pub(super) fn take(
    reader: &mut dyn BufRead,
    whole: bool,
    longest: usize,
    buffer: &mut Vec<u8>,
) -> io::Result<Took> {
    let start = buffer.len();
    let (mut began, mut long, mut ended) = (false, false, false);
    while !ended {
        let ready = match reader.fill_buf() {
            Ok(ready) => ready,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => {
                // Half a record is none.
                buffer.truncate(start);
                return Err(e);
            }
        };
        if ready.is_empty() {
            break;
        }
        began = true;
        let end = if whole { None } else { memchr::memchr(b'\n', ready) };
        let piece = &ready[..end.unwrap_or(ready.len())];
        long = long || buffer.len() - start + piece.len() > longest;
        if long {
            buffer.truncate(start);
        } else {
            buffer.extend_from_slice(piece);
        }
        let used = piece.len() + usize::from(end.is_some());
        ended = end.is_some();
        reader.consume(used);
    }
    if !whole && buffer.len() > start && buffer.last() == Some(&b'\r') {
        buffer.pop();
    }
    Ok(match (long, began) {
        (true, _) => Took::TooLong,
        (false, true) => Took::Record,
        (false, false) => Took::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], whole: bool, longest: usize) -> (Vec<Took>, Vec<u8>) {
        // A buffer of 3 bytes: records come in pieces.
        let mut reader = io::BufReader::with_capacity(3, text);
        let (mut took, mut buffer) = (Vec::new(), Vec::new());
        loop {
            match take(&mut reader, whole, longest, &mut buffer).expect("memory") {
                Took::Nothing => return (took, buffer),
                other => took.push(other),
            }
        }
    }

    #[test]
    fn lines_come_one_by_one() {
        use Took::{Record, TooLong};
        assert_eq!(all(b"ab\r\n\ncdefg", false, 9), (vec![Record; 3], b"abcdefg".to_vec()));
        let (took, kept) = all(b"abcdefgh\nij\n", false, 4);
        assert_eq!((took, kept), (vec![TooLong, Record], b"ij".to_vec()));
        assert_eq!(all(b"a\nb\n", true, 9), (vec![Record], b"a\nb\n".to_vec()));
        assert_eq!(all(b"", true, 9), (vec![], vec![]));
    }
}
