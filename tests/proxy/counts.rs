//! Counts against a naive implementation, whatever the memory and the threads.

use std::collections::HashMap;

use mixlaw::proxy::{Measured, Options, Pack, Tokens};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::support::Random;
use crate::{one, options};

/// Sequences as the documentation says, written down anew.
fn sequences(documents: &[Vec<String>], options: &Options) -> Vec<Vec<String>> {
    match options.pack {
        Pack::Domain => {
            let joined: Vec<String> = documents.concat();
            joined.chunks(options.sequence).map(<[String]>::to_vec).collect()
        }
        Pack::Document => documents
            .iter()
            .flat_map(|document| document.chunks(options.sequence).map(<[String]>::to_vec))
            .collect(),
    }
}

/// Pairs, distinct firsts, distinct pairs, single pairs, SE, CE by its own formula, JE.
fn naive(documents: &[Vec<String>], options: &Options) -> (u64, [usize; 3], [f64; 3]) {
    let mut pairs: HashMap<(String, String), u64> = HashMap::new();
    let mut firsts: HashMap<String, u64> = HashMap::new();
    for sequence in sequences(documents, options) {
        for pair in sequence.windows(2) {
            *pairs.entry((pair[0].clone(), pair[1].clone())).or_default() += 1;
            *firsts.entry(pair[0].clone()).or_default() += 1;
        }
    }
    let all: u64 = pairs.values().sum();
    let entropy = |counts: Vec<u64>| -> f64 {
        counts.iter().map(|n| *n as f64 / all as f64).map(|p| -p * p.ln()).sum()
    };
    let conditional: f64 = pairs
        .iter()
        .map(|((first, _), n)| -(*n as f64 / all as f64) * (*n as f64 / firsts[first] as f64).ln())
        .sum();
    let single = pairs.values().filter(|n| **n == 1).count();
    let counts = [firsts.len(), pairs.len(), single];
    let entropies = [
        entropy(firsts.values().copied().collect()),
        conditional,
        entropy(pairs.values().copied().collect()),
    ];
    (all, counts, entropies)
}

fn split(document: &str, tokens: &Tokens) -> Vec<String> {
    match tokens {
        Tokens::Bytes => document.bytes().map(|byte| byte.to_string()).collect(),
        // Words of the corpora here are between single blanks.
        _ => document.split(' ').filter(|word| !word.is_empty()).map(String::from).collect(),
    }
}

fn compare(documents: &[String], options: &Options) -> Result<(), TestCaseError> {
    let cut: Vec<Vec<String>> =
        documents.iter().map(|document| split(document, &options.tokens)).collect();
    let (pairs, counts, entropies) = naive(&cut, options);
    let ours = one(documents, options);
    prop_assert_eq!(ours.pairs, pairs);
    let [firsts, distinct, single] = counts.map(|n| n as u64);
    prop_assert_eq!(ours.distinct_tokens, firsts);
    prop_assert_eq!((ours.distinct_pairs, ours.single_pairs), (distinct, single));
    prop_assert_eq!(ours.tokens, cut.iter().map(|tokens| tokens.len() as u64).sum::<u64>());
    for (ours, theirs) in [ours.se, ours.ce, ours.je].iter().zip(entropies) {
        prop_assert!((ours.nats - theirs).abs() < 1e-10, "{} {}", ours.nats, theirs);
    }
    Ok(())
}

fn corpus() -> impl Strategy<Value = Vec<String>> {
    let word = prop::sample::select(vec!["a", "bc", "d_1", "été", "日", "x", "zz", "9"]);
    let document = prop::collection::vec(word, 0..60).prop_map(|words| words.join(" "));
    // The last line must not be blank, or there would be one document less.
    prop::collection::vec(document, 1..30).prop_map(|mut documents| {
        documents.push("a bc".into());
        documents
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    #[test]
    fn counts_are_those_of_a_naive_count(
        documents in corpus(),
        sequence in 2_usize..40,
        joined in any::<bool>(),
        words in any::<bool>(),
    ) {
        let tokens = if words { Tokens::Words } else { Tokens::Bytes };
        let pack = if joined { Pack::Domain } else { Pack::Document };
        compare(&documents, &Options { sequence, pack, ..options(tokens) })?;
    }
}

/// Several chunks of words, most of them rare.
pub(crate) fn many(seed: u64, documents: usize) -> Vec<String> {
    let mut random = Random(seed);
    let word = |random: &mut Random| format!("w{}", (1.0 / random.between(0.003, 1.0)) as u32);
    let document = |random: &mut Random| {
        let count = 1 + (random.unit() * 12.0) as usize;
        (0..count).map(|_| word(random)).collect::<Vec<_>>().join(" ")
    };
    (0..documents).map(|_| document(&mut random)).collect()
}

fn on_threads(threads: usize, documents: &[String], options: &Options) -> Measured {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(|| one(documents, options))
}

#[test]
fn threads_and_memory_change_no_bit() {
    let documents = many(5, 15_000);
    for tokens in [Tokens::Words, Tokens::Bytes] {
        let roomy = Options { bootstrap: 7, ..options(tokens) };
        // Words take some 25 KB: counts go to disk after every batch.
        let tight = Options { memory: 100 << 10, groups: 1, ..roomy.clone() };
        let tight = Options { groups: 20, embedding: mixlaw::proxy::Embedding::None, ..tight };
        let whole = on_threads(1, &documents, &roomy);
        for threads in [2, 5] {
            assert_eq!(on_threads(threads, &documents, &roomy), whole);
            let ours = on_threads(threads, &documents, &tight);
            assert_eq!(Measured { vne: None, vectors: 0, ..whole.clone() }, ours);
        }
        compare(&documents, &tight).expect("as the naive count");
    }
}

#[test]
fn another_seed_is_another_interval_and_the_same_entropy() {
    let documents = many(6, 500);
    let first = one(&documents, &options(Tokens::Words));
    let again = one(&documents, &Options { seed: 7, ..options(Tokens::Words) });
    assert_eq!(first.ce.nats, again.ce.nats);
    assert_ne!(first.ce.error, again.ce.error);
    let none = one(&documents, &Options { groups: 0, ..options(Tokens::Words) });
    assert_eq!((none.ce.nats, none.ce.error), (first.ce.nats, None));
}
