//! The checklist for people.
//!
//! In: its items. Out: a list in Markdown: a box that is ticked is answered.

use crate::study::honesty::{Item, ItemState};

/// The list, section by section.
pub fn checklist_text(items: &[Item]) -> String {
    let mut out = String::from("checklist for scaling laws (after arXiv 2502.18969)\n");
    let mut section = "";
    for item in items {
        if item.section != section {
            section = &item.section;
            out += &format!("\n### {section}\n");
        }
        let mark = if item.state == ItemState::Answered { 'x' } else { ' ' };
        let answer = match (item.state, &item.answer) {
            (ItemState::Answered, Some(answer)) => answer.clone(),
            (ItemState::Yours, _) => "(to be filled in by you)".into(),
            _ => "(not done)".into(),
        };
        out += &format!("- [{mark}] {} {answer}\n", item.question);
    }
    out
}
