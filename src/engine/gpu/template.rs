//! Kernels with holes: writes loops out and puts a law's statements in.
//!
//! In: WGSL with `#for i in 0..P` ... `#end` around lines in which `{i}` stands for the number
//! (`#rev` counts down), and `{{name}}` or `{{name i}}` where a hole is. Out: plain WGSL, in which
//! a small law's matrices are single variables and no array is indexed.

use std::collections::BTreeMap;

/// What is put into the holes of a kernel.
#[derive(Debug, Default)]
pub(super) struct Holes {
    /// Names in loop bounds.
    pub(super) bounds: BTreeMap<&'static str, usize>,
    /// Text for `{{name}}`.
    pub(super) text: BTreeMap<&'static str, String>,
    /// Texts for `{{name i}}`.
    pub(super) list: BTreeMap<&'static str, Vec<String>>,
}

impl Holes {
    /// Writes a kernel out.
    pub(super) fn fill(&self, source: &str) -> String {
        let lines: Vec<&str> = source.lines().collect();
        let mut out = String::with_capacity(4 * source.len());
        self.block(&lines, &mut Vec::new(), &mut out);
        out
    }

    fn block(&self, lines: &[&str], counters: &mut Vec<(String, usize)>, out: &mut String) {
        let mut at = 0;
        while at < lines.len() {
            let Some((name, range, down)) = self.loop_head(lines[at], counters) else {
                out.push_str(&self.line(lines[at], counters));
                out.push('\n');
                at += 1;
                continue;
            };
            let end = at + matching_end(&lines[at..]);
            let mut values: Vec<usize> = range.collect();
            if down {
                values.reverse();
            }
            for value in values {
                counters.push((name.clone(), value));
                self.block(&lines[at + 1..end], counters, out);
                counters.pop();
            }
            at = end + 1;
        }
    }

    /// `#for i in 0..j+1`: the counter's name, its range, and whether it counts down.
    fn loop_head(
        &self,
        line: &str,
        counters: &[(String, usize)],
    ) -> Option<(String, std::ops::Range<usize>, bool)> {
        let (down, head) = match line.strip_prefix("#for ") {
            Some(head) => (false, head),
            None => (true, line.strip_prefix("#rev ")?),
        };
        let (name, range) = head.split_once(" in ")?;
        let (low, high) = range.split_once("..")?;
        Some((name.into(), self.bound(low, counters)..self.bound(high, counters), down))
    }

    fn bound(&self, text: &str, counters: &[(String, usize)]) -> usize {
        let term = |term: &str| match counters.iter().rev().find(|(name, _)| name == term) {
            Some((_, value)) => *value,
            None => match self.bounds.get(term) {
                Some(value) => *value,
                None => term.parse().unwrap_or(0),
            },
        };
        text.trim().split('+').map(term).sum()
    }

    fn line(&self, line: &str, counters: &[(String, usize)]) -> String {
        let mut text = line.to_string();
        for (name, value) in counters {
            text = text.replace(&format!("{{{name}}}"), &value.to_string());
            for (hole, list) in &self.list {
                let mark = format!("{{{{{hole} {name}}}}}");
                if let Some(item) = list.get(*value) {
                    text = text.replace(&mark, item);
                }
            }
        }
        for (hole, filling) in &self.text {
            let mark = format!("{{{{{hole}}}}}");
            if text.contains(&mark) {
                let indent = &line[..line.len() - line.trim_start().len()];
                let filling = filling.trim_end().replace('\n', &format!("\n{indent}"));
                text = text.replace(&mark, &filling);
            }
        }
        text
    }
}

/// The line of the `#end` that belongs to the loop on the first line.
fn matching_end(lines: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (number, line) in lines.iter().enumerate() {
        if line.starts_with("#for ") || line.starts_with("#rev ") {
            depth += 1;
        } else if *line == "#end" {
            depth -= 1;
            if depth == 0 {
                return number;
            }
        }
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_loops_are_written_out() {
        let holes = Holes { bounds: [("P", 3)].into(), ..Holes::default() };
        let source = "#for i in 0..P\n#for j in 0..i\nh{i}_{j}\n#end\ng{i}\n#end";
        assert_eq!(holes.fill(source), "g0\nh1_0\ng1\nh2_0\nh2_1\ng2\n");
        assert_eq!(holes.fill("#rev i in 1..P\n{i}\n#end"), "2\n1\n");
    }

    #[test]
    fn holes_keep_their_indent() {
        let holes = Holes {
            bounds: [("P", 2)].into(),
            text: [("law", "let a = 1.0;\nlet b = a;\n".to_string())].into(),
            list: [("slope", vec!["a".to_string(), "b".to_string()])].into(),
        };
        let source = "  {{law}}\n#for i in 0..P\nd{i} = {{slope i}};\n#end";
        assert_eq!(holes.fill(source), "  let a = 1.0;\n  let b = a;\nd0 = a;\nd1 = b;\n");
    }
}
