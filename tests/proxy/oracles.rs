//! Values that are known beforehand.

use mixlaw::proxy::{
    Correction, Embedding, Estimate, Measured, Normalise, Options, Pack, Tokens, entropy_shares,
    natural,
};

use crate::support::{Cells, Random, assert_within};
use crate::{all, domain, one, options};

/// Softmax of SE + CE is the normalised product of both columns; it is the JE column of the paper.
#[test]
fn the_joint_column_of_the_paper_follows_from_the_other_two() {
    for (table, most) in [("pile", 1e-4), ("slimpajama", 1e-4)] {
        let cells = Cells::read(&format!("datasets/bimix-mixtures/{table}.csv"));
        let column = |name: &str| cells.column(name);
        let joint: Vec<f64> =
            column("SE").iter().zip(column("CE")).map(|(se, ce)| se.ln() + ce.ln()).collect();
        let ours = entropy_shares(&joint, Normalise::Softmax);
        for (k, (ours, theirs)) in ours.iter().zip(column("JE")).enumerate() {
            assert_within(*ours, theirs, most, &format!("{table} {}", cells.text(k, "domain")));
        }
        // Entropies divided by their sum are something else.
        let shares = natural(&joint.iter().map(|x| x + 20.0).collect::<Vec<_>>());
        let off = shares.iter().zip(column("JE")).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f64::max) > 10.0 * most);
    }
}

fn letters(random: &mut Random, count: usize, letters: usize) -> String {
    let letter =
        |random: &mut Random| (b'a' + (random.unit().powi(2) * letters as f64) as u8) as char;
    (0..count).map(|_| letter(random)).collect()
}

/// The entropy of letters drawn as above.
fn truth(letters: usize) -> f64 {
    let up_to = |k: usize| (k as f64 / letters as f64).sqrt();
    (0..letters).map(|k| up_to(k + 1) - up_to(k)).map(|p| -p * p.ln()).sum()
}

#[test]
fn letters_drawn_alone_have_a_conditional_entropy_like_their_own() {
    let mut random = Random(1);
    let text: Vec<String> = (0..100).map(|_| letters(&mut random, 2000, 16)).collect();
    let plain = one(&text, &options(Tokens::Bytes));
    let (se, ce) = (plain.se, plain.ce);
    let error = se.error.expect("intervals");
    assert_within(se.nats, truth(16), 4.0 * error, "SE");
    // A plug-in joint entropy is too low by about (256 - 1) / 2N.
    assert_within(ce.nats, se.nats, 2e-3, "CE");
    assert!(se.nats - ce.nats > 3e-4, "the bias is not seen: {} {}", se.nats, ce.nats);
    let corrected = options(Tokens::Bytes);
    let corrected = one(&text, &Options { correction: Correction::MillerMadow, ..corrected });
    assert_within(corrected.ce.nats, corrected.se.nats, 3e-4, "corrected CE");
}

#[test]
fn a_cycle_leaves_nothing_to_guess() {
    for tokens in [Tokens::Bytes, Tokens::Words] {
        let text = vec!["a b c d ".repeat(5000).trim_end().to_string() + " "];
        let cycle = one(&text, &options(tokens.clone()));
        if tokens == Tokens::Words {
            assert_eq!(cycle.ce.nats, 0.0);
            // Where sequences are cut, one word more than its share is last.
            assert_within(cycle.se.nats, 4_f64.ln(), 1e-5, "four words");
            assert_eq!((cycle.tokens, cycle.distinct_tokens, cycle.distinct_pairs), (20_000, 4, 4));
        } else {
            // Half the bytes are blanks, and what comes after a blank is one of four.
            assert_within(cycle.ce.nats, 0.5 * 4_f64.ln(), 1e-3, "bytes");
        }
    }
}

#[test]
fn two_and_two_make_the_joint_entropy() {
    let mut random = Random(2);
    for correction in [Correction::None, Correction::MillerMadow] {
        for pack in [Pack::Domain, Pack::Document] {
            let text: Vec<String> = (0..50).map(|k| letters(&mut random, 7 * k, 26)).collect();
            let options = Options { correction, pack, sequence: 33, ..options(Tokens::Bytes) };
            let measured = one(&text, &options);
            let sum = measured.se.nats + measured.ce.nats;
            assert_within(sum, measured.je.nats, 1e-12, "SE + CE");
            assert_within(measured.je.bits * 2_f64.ln(), measured.je.nats, 1e-12, "bits");
        }
    }
}

#[test]
fn alike_documents_have_no_von_neumann_entropy() {
    let same = vec!["The same words again, and no others.".to_string(); 60];
    let measured = one(&same, &options(Tokens::Bytes));
    let vne = measured.vne.expect("vectors");
    assert!(vne.nats < 1e-12, "{}", vne.nats);
    assert_eq!(measured.vectors, 60);
    let mut random = Random(3);
    let text: Vec<String> = (0..60).map(|_| letters(&mut random, 200, 26)).collect();
    let vne = one(&text, &options(Tokens::Bytes)).vne.expect("vectors");
    assert!(vne.nats > 1.0 && vne.nats < 32_f64.ln(), "{}", vne.nats);
}

/// A NumPy file of one unit vector a row.
fn units(rows: usize, columns: usize) -> Vec<u8> {
    let head = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}{}\n",
        " ".repeat(20)
    );
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((head.len() as u16).to_le_bytes());
    bytes.extend(head.bytes());
    for row in 0..rows {
        for column in 0..columns {
            bytes.extend((if row == column { 2.5_f32 } else { 0.0 }).to_le_bytes());
        }
    }
    bytes
}

#[test]
fn documents_with_nothing_in_common_have_the_logarithm_of_their_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("units.npy");
    std::fs::write(&path, units(30, 48)).expect("a file");
    let domain = domain(folder.path(), "d", &["some text".into(), "and more".into()]);
    let options = Options { embedding: Embedding::Matrices(vec![path]), ..options(Tokens::Bytes) };
    let measured = all(&[domain], &options).remove(0);
    assert_within(measured.vne.expect("vectors").nats, 30_f64.ln(), 1e-12, "ln N");
    assert_eq!(measured.vectors, 30);
}

#[test]
fn vectors_of_words_are_summed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("words.vec");
    std::fs::write(&path, "3 2\none 3 0\ntwo 0 0.5\nnone 0 0\n").expect("a file");
    let text = ["one", "two", "one", "two", "other"].map(String::from);
    let domain = domain(folder.path(), "d", &text);
    let embedding = Embedding::Words(path);
    let options = Options { embedding, ..options(Tokens::Bytes) };
    let measured = all(&[domain], &options).remove(0);
    assert_within(measured.vne.expect("vectors").nats, 2_f64.ln(), 1e-12, "two kinds");
    assert_eq!(measured.vectors, 4);
}

/// The interval is as wide as answers differ between samples, with groups left out and with resamples.
#[test]
fn the_standard_error_is_that_of_new_samples() {
    let mut random = Random(4);
    // Each document likes its own letters, so documents and not letters are what is drawn.
    let mut sample = |bootstrap: usize| {
        let document = |random: &mut Random| {
            let own = 4 + (random.unit() * 12.0) as usize;
            letters(random, 300, own)
        };
        let text: Vec<String> = (0..100).map(|_| document(&mut random)).collect();
        one(&text, &Options { bootstrap, ..options(Tokens::Bytes) })
    };
    for bootstrap in [0, 100] {
        errors_are_the_spread(&(0..60).map(|_| sample(bootstrap)).collect::<Vec<Measured>>());
    }
}

/// Rare pairs are what resamples get wrong, and they say so.
#[test]
fn resamples_of_a_small_sample_warn() {
    let mut random = Random(9);
    let text: Vec<String> = (0..40).map(|_| letters(&mut random, 20, 26)).collect();
    let said = |bootstrap: usize| {
        let measured = one(&text, &Options { bootstrap, ..options(Tokens::Bytes) });
        measured.warnings.iter().any(|warning| warning.contains("from resamples are too wide"))
    };
    assert!(said(50) && !said(0));
}

fn errors_are_the_spread(samples: &[Measured]) {
    let reads: [fn(&Measured) -> Estimate; 3] = [|m| m.se, |m| m.ce, |m| m.je];
    for read in reads {
        let values: Vec<f64> = samples.iter().map(|m| read(m).nats).collect();
        let mean = values.iter().sum::<f64>() / 60.0;
        let spread = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 59.0).sqrt();
        let said = samples.iter().map(|m| read(m).error.expect("intervals")).sum::<f64>() / 60.0;
        assert!((0.75..1.35).contains(&(said / spread)), "{said} {spread}");
        let holds = |m: &&Measured| {
            let [low, high] = read(m).interval.expect("intervals");
            low <= read(m).nats && read(m).nats <= high
        };
        assert_eq!(samples.iter().filter(holds).count(), samples.len(), "beside the estimate");
    }
}
