//! Reading a text model.
//!
//! In: a path. Out: its forest, or where and why it is none that can be predicted with.

use std::path::Path;

use super::lines::{Block, File};
use crate::error::{Error, Place, Result};
use crate::regress::trees::forest::Forest;
use crate::regress::trees::tree::{Child, Missing, Node, Tree};

/// Objectives whose prediction is the sum of the trees.
const OBJECTIVES: [&str; 6] = ["regression", "regression_l1", "huber", "fair", "quantile", "mape"];

/// What to do with a model of another kind.
const OTHER: &str = "only regressions with one output on numeric features are read";

/// Reads a file.
pub(in crate::regress::trees) fn read(path: &Path) -> Result<Forest> {
    let bytes = std::fs::read(path).map_err(|error| {
        Error::input(Place::file(path), error.to_string(), "name a text model of LightGBM")
    })?;
    let file = File { path };
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        file.wrong(line, "this is not UTF-8 text")
    })?;
    forest(file, text)
}

fn forest(file: File, text: &str) -> Result<Forest> {
    let (header, blocks) = blocks(file, text)?;
    let names = features(&header)?;
    let trees = blocks.iter().enumerate().map(|(number, block)| tree(block, number, names.len()));
    let trees = trees.collect::<Result<Vec<Tree>>>()?;
    Ok(Forest::new(names, trees))
}

/// The lines up to the first tree, and those of each tree.
fn blocks<'a>(file: File<'a>, text: &'a str) -> Result<(Block<'a>, Vec<Block<'a>>)> {
    let mut lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim_end()));
    if lines.next().is_none_or(|(_, line)| line != "tree") {
        return Err(file.refused(
            1,
            "the first line is not `tree`",
            "name a text model of LightGBM",
        ));
    }
    let mut header = Block::new(file, 1);
    let mut trees: Vec<Block> = Vec::new();
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        if line == "end of trees" {
            return Ok((header, trees));
        }
        if line.starts_with("Tree=") {
            trees.push(Block::new(file, number));
        }
        trees.last_mut().unwrap_or(&mut header).take(number, line)?;
    }
    Err(file.wrong(text.lines().count(), "the file ends before `end of trees`"))
}

/// The names of the features, if the model is one that is read.
fn features(header: &Block) -> Result<Vec<String>> {
    let refused = |line, cause: &str| Err(header.file.refused(line, cause, OTHER));
    for name in ["num_class", "num_tree_per_iteration"] {
        if let (line, count @ (0 | 2..)) = header.number::<u32>(name)? {
            return refused(line, &format!("`{name}` is {count}"));
        }
    }
    if let Some((line, _)) = header.find("average_output") {
        return refused(line, "a random forest, whose trees are averaged");
    }
    let (line, objective) = header.value("objective")?;
    let mut words = objective.split(' ');
    let known = words.next().is_some_and(|word| OBJECTIVES.contains(&word));
    if !known || words.any(|word| word == "sqrt") {
        return refused(line, &format!("the objective is `{objective}`"));
    }
    let (line, last) = header.number::<usize>("max_feature_idx")?;
    let names: Vec<String> =
        header.value("feature_names")?.1.split(' ').map(str::to_string).collect();
    if last.checked_add(1) != Some(names.len()) {
        let cause = format!("the last feature is {last}, but {} have names", names.len());
        return Err(header.file.wrong(line, &cause));
    }
    Ok(names)
}

fn tree(block: &Block, number: usize, features: usize) -> Result<Tree> {
    let (line, named) = block.number::<usize>("Tree")?;
    if named != number {
        return Err(block.file.wrong(line, &format!("tree {named} stands where {number} belongs")));
    }
    for (name, cause) in [("num_cat", "categorical features"), ("is_linear", "linear trees")] {
        if let Some((line, value)) = block.find(name).filter(|(_, value)| *value != "0") {
            let cause = format!("{cause} (`{name}` is {value})");
            return Err(block.file.refused(line, &cause, OTHER));
        }
    }
    let (line, leaves) = block.number::<usize>("num_leaves")?;
    let Some(count) = leaves.checked_sub(1) else {
        return Err(block.file.wrong(line, "a tree without leaves"));
    };
    let values = block.finite("leaf_value", leaves)?;
    let nodes = if count > 0 { nodes(block, count, features)? } else { Vec::new() };
    Ok(Tree { nodes, leaves: values })
}

fn nodes(block: &Block, count: usize, features: usize) -> Result<Vec<Node>> {
    let (line, asked) = block.numbers::<usize>("split_feature", count)?;
    if let Some(feature) = asked.iter().find(|feature| **feature >= features) {
        let cause = format!("feature {feature} of {features}, which count from 0");
        return Err(block.file.wrong(line, &cause));
    }
    let thresholds = block.finite("threshold", count)?;
    let (line, decisions) = block.numbers::<u8>("decision_type", count)?;
    let children = children(block, count)?;
    let columns = asked.into_iter().zip(thresholds).zip(decisions).zip(children);
    columns
        .map(|(((feature, threshold), decision), children)| {
            let missing = missing(decision).ok_or_else(|| {
                let cause = format!("decision type {decision} is not that of a numeric feature");
                block.file.refused(line, &cause, OTHER)
            })?;
            let missing_left = decision & 2 != 0;
            Ok(Node { feature, threshold, missing, missing_left, children })
        })
        .collect()
}

/// Bit 0 is for categories; bits 2 and 3 say what is missing.
fn missing(decision: u8) -> Option<Missing> {
    match decision & !2 {
        0 => Some(Missing::None),
        4 => Some(Missing::Zero),
        8 => Some(Missing::NotANumber),
        _ => None,
    }
}

/// Left and right of each node. What is reached twice, or from below, is refused: with one node fewer
/// than leaves, everything is then reached.
fn children(block: &Block, nodes: usize) -> Result<Vec<[Child; 2]>> {
    let sides = [block.numbers::<i64>("left_child", nodes)?, block.numbers("right_child", nodes)?];
    let mut reached = [vec![false; nodes], vec![false; nodes + 1]];
    let mut children = Vec::with_capacity(nodes);
    for node in 0..nodes {
        let mut pair = [Child::Leaf(0); 2];
        for (child, (line, side)) in pair.iter_mut().zip(&sides) {
            let wrong =
                || block.file.wrong(*line, &format!("{} does not belong there", side[node]));
            *child = branch(side[node]);
            let (kind, number) = match *child {
                Child::Node(below) if below <= node => return Err(wrong()),
                Child::Node(below) => (0, below),
                Child::Leaf(leaf) => (1, leaf),
            };
            match reached[kind].get_mut(number) {
                Some(reached) if !*reached => *reached = true,
                _ => return Err(wrong()),
            }
        }
        children.push(pair);
    }
    Ok(children)
}

/// Leaves count down from -1; what no `usize` holds is no node of any tree.
fn branch(number: i64) -> Child {
    let index = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    if number < 0 { Child::Leaf(index(!number)) } else { Child::Node(index(number)) }
}
