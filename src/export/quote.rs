//! Names and comments as text that JSON, YAML and Python all read the same.
//!
//! In: any string. Out: a double-quoted one, or a comment that stays on its line.

use std::fmt::Write;

/// The string in double quotes with JSON escapes. What YAML or an editor may take for a line break,
/// a byte-order mark or a control character is escaped too.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            c if hidden(c) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

/// Characters that break a line or cannot be seen; all are below U+10000.
fn hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A block of comments in YAML or Python. A name in it cannot end its line.
pub(super) fn comments(lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        let safe: String = line.chars().map(|c| if hidden(c) { ' ' } else { c }).collect();
        out += "# ";
        out += safe.trim_end();
        out.push('\n');
    }
    out
}

/// A double as the shortest decimal that reads back the same, never with an exponent and never a
/// bare integer.
pub(super) fn plain(number: f64) -> String {
    let text = number.to_string();
    if text.contains('.') { text } else { text + ".0" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_json() {
        for text in
            ["a", "a \"b\" \\ c", "1e3", "yes", "\u{1}\u{7f}\u{85}\u{2028}\u{feff}", "é 字 😀"]
        {
            let back: String = serde_json::from_str(&quoted(text)).expect("JSON");
            assert_eq!(back, text);
            assert!(!quoted(text).chars().any(hidden));
        }
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        let lines = ["a\nb: 1".to_string(), "c\u{85}d\u{2028}e\r".to_string()];
        assert_eq!(comments(&lines), "# a b: 1\n# c d e\n");
    }

    #[test]
    fn numbers_are_plain() {
        assert_eq!(plain(2.0), "2.0");
        assert_eq!(plain(1e-7), "0.0000001");
    }
}
