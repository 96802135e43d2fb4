//! The checklist: what the program knows is answered, what only the user knows is left open, what was not
//! done says so.

use mixlaw::problem::Residual;
use mixlaw::report::draws::Change;
use mixlaw::report::honesty::checklist_text;
use mixlaw::study::honesty::{Item, ItemState};

use crate::planted::{Planted, line};
use crate::support::{RAW, huber};

fn item<'a>(items: &'a [Item], part: &str) -> &'a Item {
    items.iter().find(|item| item.question.contains(part)).expect("a question")
}

#[test]
fn nothing_is_claimed_that_was_not_done() {
    let items = Planted::new(&line(12, 0.1, 61), &["a + b*x"], RAW).honest().checklist;
    for part in ["not seen", "larger scales", "compared", "single rows", "hang on the loss"] {
        let found = item(&items, part);
        assert_eq!((found.state, &found.answer), (ItemState::NotDone, &None), "{part}");
    }
    for item in &items {
        assert_eq!(item.answer.is_some(), item.state == ItemState::Answered, "{item:?}");
    }
    let yours = items.iter().filter(|item| item.state == ItemState::Yours).count();
    assert!(yours >= 12, "{yours}");
    assert_eq!(item(&items, "architecture").state, ItemState::Yours);
    assert_eq!(item(&items, "learning-rate").state, ItemState::Yours);
}

#[test]
fn what_was_done_is_answered() {
    let loss = huber(Residual::Raw, 0.05);
    let mut planted = Planted::new(&line(12, 0.1, 62), &["a + b*x", "a + b*x^2"], loss);
    planted.without_each_row();
    planted.without(&Change::UpTo { column: "x".into(), value: 0.5 }, &[6, 7, 8, 9, 10, 11]);
    for law in 0..2 {
        let draw = planted.draw(law, Change::Resample { number: 0 }, Some(0.01));
        planted.draws.push(draw);
    }
    let report = planted.honest();
    let items = &report.checklist;
    assert!(items.iter().all(|item| item.state != ItemState::NotDone), "{items:?}");
    let says = |part: &str, text: &str| {
        let answer = item(items, part).answer.as_deref().expect("an answer");
        assert!(answer.contains(text), "{part}: {answer}");
    };
    says("objective", "Huber losses, delta 0.05");
    says("How many runs", "12 rows of memory");
    says("ranges", "x 0 to 1.00000");
    says("Which form", "a + b*x (");
    says("not seen", "24 refits with rows left out");
    says("larger scales", "2 refits");
    says("compared", "2 laws");
    says("How sure", "1 resample");
    says("hang on the loss", "1/10 to 10");
    let text = checklist_text(items);
    assert!(text.contains("### Training setup\n- [ ] Which architecture"), "{text}");
    assert!(text.contains("(to be filled in by you)") && !text.contains("(not done)"));
    assert!(text.contains("- [x] Which objective and loss? sum over rows of Huber"), "{text}");
}
