//! Entropies of domains and mixtures for people.
//!
//! In: a [`ProxyReport`]. Out: text.

use super::proxy::ProxyReport;
use super::text::{rows, table};
use crate::proxy::{Estimate, Measured};

/// Everything.
pub fn proxy_text(report: &ProxyReport) -> String {
    [head(report), sizes(report), entropies(report), mixtures(report), tail(report)].join("\n")
}

fn head(report: &ProxyReport) -> String {
    let pack = match report.pack {
        crate::proxy::Pack::Domain => "documents joined",
        crate::proxy::Pack::Document => "within documents",
    };
    let intervals = match (report.groups, report.bootstrap) {
        (0, _) => "no intervals".to_string(),
        (groups, 0) => {
            format!("95 % intervals: {groups} groups left out in turn, seed {}", report.seed)
        }
        (groups, resamples) => {
            let seed = report.seed;
            format!("95 % intervals: {resamples} resamples of {groups} groups, seed {seed}")
        }
    };
    format!(
        "tokens: {}, sequences of {}, {pack}\n{intervals}\nvectors: {}\n",
        report.tokens, report.sequence, report.vectors
    )
}

fn sizes(report: &ProxyReport) -> String {
    let header = ["domain", "files", "documents", "tokens", "pairs", "distinct", "unseen %"];
    let row = |domain: &Measured| {
        vec![
            domain.name.clone(),
            domain.files.to_string(),
            domain.documents.to_string(),
            domain.tokens.to_string(),
            domain.pairs.to_string(),
            domain.distinct_pairs.to_string(),
            format!("{:.2}", 100.0 * domain.unseen),
        ]
    };
    table(&header, report.domains.iter().map(row))
}

fn entropies(report: &ProxyReport) -> String {
    let header = ["nats (bits)", "SE", "CE", "JE", "VNE"];
    let row = |domain: &Measured| {
        let all = [Some(domain.se), Some(domain.ce), Some(domain.je), domain.vne];
        std::iter::once(domain.name.clone()).chain(all.iter().map(estimate)).collect()
    };
    table(&header, report.domains.iter().map(row))
}

fn estimate(estimate: &Option<Estimate>) -> String {
    let Some(Estimate { nats, bits, interval, .. }) = estimate else { return "-".into() };
    let range = interval.map_or(String::new(), |[low, high]| {
        let (above, below) = (high - nats, nats - low);
        match (above - below).abs() < 5e-5 {
            true => format!(" ±{above:.4}"),
            false => format!(" {low:.4}-{high:.4}"),
        }
    });
    format!("{nats:.4}{range} ({bits:.4})")
}

fn mixtures(report: &ProxyReport) -> String {
    let mark = |name: &String| match *name == report.by {
        true => format!("{name} *"),
        false => name.clone(),
    };
    let mut header = vec!["share".to_string()];
    header.extend(report.mixtures.iter().map(|(name, _)| mark(name)));
    let mut lines = vec![header];
    for (k, domain) in report.domains.iter().enumerate() {
        let mut line = vec![domain.name.clone()];
        line.extend(report.mixtures.iter().map(|(_, shares)| format!("{:.4}", shares[k])));
        lines.push(line);
    }
    rows(&lines) + &format!("* {}\n", report.goal)
}

fn tail(report: &ProxyReport) -> String {
    let mut out = String::new();
    for warning in &report.warnings {
        out += &format!("warning: {warning}\n");
    }
    for domain in &report.domains {
        let lost = &domain.lost;
        if lost.is_none() {
            continue;
        }
        out += &format!(
            "not counted in {}: the rest of {} files, {} documents that are too long, {} records \
             without text\n",
            domain.name, lost.broken, lost.too_long, lost.no_text
        );
        lost.named.iter().for_each(|place| out += &format!("  {place}\n"));
    }
    out
}
