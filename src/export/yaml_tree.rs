//! YAML as a [`Tree`].
//!
//! In: YAML text of one document, without aliases and tags. Out: a tree, or what is wrong and in
//! which line.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::tree::{Tree, twice};

/// Deeper nesting than this is no configuration; dropping it would exhaust the stack.
const DEEPEST: usize = 64;

/// Reads one document.
pub(super) fn parse(text: &str) -> Result<Tree, String> {
    let mut builder = Builder { open: Vec::new(), done: None };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            format!("this is not YAML: line {}: {}", error.marker().line(), error.info())
        })?;
        builder.take(event).map_err(|cause| format!("line {}: {cause}", span.start.line()))?;
    }
    builder.done.ok_or_else(|| "the file is empty".to_string())
}

/// A list or map that is not finished.
enum Open {
    List(Vec<Tree>),
    /// The entries so far, and a key that waits for its value.
    Map(Vec<(String, Tree)>, Option<String>),
}

struct Builder {
    open: Vec<Open>,
    done: Option<Tree>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Alias(_) => Err("aliases are not followed; write the value out".into()),
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => Err("tags are not read; leave them out".into()),
            Event::Scalar(text, style, ..) => {
                let quoted = style != ScalarStyle::Plain;
                self.add(Tree::Scalar { text: text.into_owned(), quoted })
            }
            Event::SequenceStart(..) => self.start(Open::List(Vec::new())),
            Event::MappingStart(..) => self.start(Open::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.finish(),
            _ => Ok(()),
        }
    }

    fn start(&mut self, part: Open) -> Result<(), String> {
        if self.open.len() == DEEPEST {
            return Err(format!("lists and maps are nested more than {DEEPEST} deep"));
        }
        self.open.push(part);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        match self.open.pop() {
            Some(Open::List(items)) => self.add(Tree::List(items)),
            Some(Open::Map(entries, _)) => {
                if let Some(key) = twice(entries.iter().map(|(key, _)| key.as_str())) {
                    return Err(format!("the key `{key}` stands twice"));
                }
                self.add(Tree::Map(entries))
            }
            None => Ok(()),
        }
    }

    fn add(&mut self, tree: Tree) -> Result<(), String> {
        match self.open.last_mut() {
            Some(Open::List(items)) => items.push(tree),
            Some(Open::Map(entries, key)) => match key.take() {
                Some(key) => entries.push((key, tree)),
                None => *key = Some(tree.text().ok_or("a key is not a text")?.to_string()),
            },
            None if self.done.is_some() => return Err("there is a second document".into()),
            None => self.done = Some(tree),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_text_and_scalars_keep_their_looks() {
        let tree = parse("1: [0.50, \"0.5\", yes]\n\"a: b\": {}\n").expect("YAML");
        let list = tree.get("1").and_then(Tree::list).expect("a list");
        assert_eq!(list[0].number(), Some(0.5));
        assert_eq!((list[1].number(), list[1].text()), (None, Some("0.5")));
        assert_eq!(list[2].word(), Some("yes"));
        assert!(tree.get("a: b").is_some());
    }

    #[test]
    fn what_is_not_read_is_refused() {
        let refused = |text: &str, part: &str| {
            let cause = parse(text).expect_err("it is refused");
            assert!(cause.contains(part), "{cause}");
        };
        refused("a: &x 1\nb: *x\n", "line 2: aliases");
        refused("a: !!str 1\n", "tags");
        refused("a: 1\na: 2\n", "`a` stands twice");
        refused("a: 1\n---\nb: 2\n", "second document");
        refused("? [1]\n: 2\n", "a key is not a text");
        refused("a: [1\n", "not YAML");
        refused("", "empty");
        refused(&"[".repeat(100), "nested");
        refused(&"- ".repeat(100), "nested");
    }
}
