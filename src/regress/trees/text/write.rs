//! Writing a text model.
//!
//! In: a forest. Out: what LightGBM reads. It has what predictions need, and no gains or counts.

use std::fmt::{Debug, Write};

use crate::regress::trees::forest::Forest;
use crate::regress::trees::tree::{Child, Missing, Node, Tree};

/// The text of a forest.
pub(in crate::regress::trees) fn written(forest: &Forest) -> String {
    let names: Vec<String> = forest.names().iter().map(|name| word(name)).collect();
    let mut text = format!(
        "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n\
         max_feature_idx={}\nobjective=regression\nfeature_names={}\nfeature_infos={}\n\n",
        names.len() - 1,
        names.join(" "),
        vec!["none"; names.len()].join(" "),
    );
    for (number, tree) in forest.trees().iter().enumerate() {
        // A `String` takes everything.
        let _ = write!(text, "Tree={number}\n{}\n\n", lines(tree));
    }
    text + "end of trees\n"
}

/// Names stand in one line, with spaces between.
fn word(name: &str) -> String {
    name.chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect()
}

fn lines(tree: &Tree) -> String {
    let mut text = format!("num_leaves={}\nnum_cat=0\n", tree.leaves.len());
    if !tree.nodes.is_empty() {
        let mut list = |name: &str, field: &dyn Fn(&Node) -> String| {
            let values: Vec<String> = tree.nodes.iter().map(field).collect();
            let _ = writeln!(text, "{name}={}", values.join(" "));
        };
        list("split_feature", &|node| node.feature.to_string());
        list("threshold", &|node| exact(&node.threshold));
        list("decision_type", &|node| decision(node).to_string());
        list("left_child", &|node| child(node.children[0]));
        list("right_child", &|node| child(node.children[1]));
    }
    let leaves: Vec<String> = tree.leaves.iter().map(exact).collect();
    text + &format!("leaf_value={}\nis_linear=0\nshrinkage=1\n", leaves.join(" "))
}

/// The shortest digits that give the same number back.
fn exact(number: &impl Debug) -> String {
    format!("{number:?}")
}

/// Bit 1: what is missing goes left; bits 2 and 3: what is missing.
fn decision(node: &Node) -> u8 {
    let missing = match node.missing {
        Missing::None => 0,
        Missing::Zero => 1,
        Missing::NotANumber => 2,
    };
    2 * u8::from(node.missing_left) + 4 * missing
}

/// Leaves count down from -1.
fn child(child: Child) -> String {
    match child {
        Child::Node(node) => node.to_string(),
        Child::Leaf(leaf) => format!("-{}", leaf + 1),
    }
}
