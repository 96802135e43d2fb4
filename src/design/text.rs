//! A swarm for people: where the draws went, how far it reaches, what it is expected to bring.
//!
//! In: a [`DesignReport`]. Out: text.

use super::gain::{Change, Gain};
use super::report::DesignReport;
use crate::report::{number, rows};

/// Domains shown; the JSON document has them all.
const SHOWN: usize = 40;

/// The whole summary.
pub fn design_text(report: &DesignReport) -> String {
    let mut out = format!("{}\n{}", report.method, draws(report));
    out += &distances(report);
    if let Some(gain) = &report.gain {
        out += &bring(gain);
    }
    if let Some(cost) = report.cost {
        out += &format!("cost {}\n", number(Some(cost)));
    }
    out += &ranges(report);
    report.warnings.iter().for_each(|warning| out += &format!("warning: {warning}\n"));
    out
}

fn draws(report: &DesignReport) -> String {
    let draws = &report.draws;
    let what = if report.gain.is_some() { "candidates" } else { "distinct" };
    format!(
        "{} runs; {} mixtures drawn: {} above a cap, {} not allowed, {} duplicates, {} {what}\n",
        report.runs.len(),
        draws.drawn,
        draws.over_cap,
        draws.not_allowed,
        draws.duplicates,
        draws.distinct
    )
}

fn distances(report: &DesignReport) -> String {
    let mut out =
        format!("{:.1} of {} domains used in the mean", report.mean_used, report.domains.len());
    if let Some(nearest) = report.nearest {
        out += &format!("; the nearest two runs are {nearest:.4} apart");
    }
    if let Some(nearest) = report.nearest_existing {
        out += &format!(", {nearest:.4} from the {} that there are", report.existing);
    }
    out + "\n"
}

fn bring(gain: &Gain) -> String {
    let mut out = String::new();
    let [before, after] = gain.rank;
    if let Some(ridge) = gain.ridge {
        out += &format!(
            "the runs so far determine {before} of {} parameters, with the new ones {after}: a ridge \
             of {ridge:.0e} of a mean candidate's information was added\n",
            gain.parameters
        );
    }
    if let Some(grown) = gain.log_det {
        out += &format!("log det of the information grows by {grown:.4}\n");
    }
    if let Some([before, after]) = gain.mean_variance {
        out += &format!("mean variance {} -> {}\n", number(Some(before)), number(Some(after)));
    }
    out += &errors("at the present optimum", gain.optimum, gain.in_units);
    out += &errors("over what is allowed", gain.allowed, gain.in_units);
    if let Some(part) = gain.efficiency {
        out +=
            &format!("efficiency: at least {:.1} % of the best over the candidates", 100.0 * part);
        if let Some(spread) = gain.spread_efficiency {
            out += &format!("; as many evenly spread runs: {:.1} % of these", 100.0 * spread);
        }
        out += "\n";
    }
    out
}

fn errors(place: &str, change: Change, in_units: bool) -> String {
    let unit = if in_units { "" } else { " residual deviations" };
    match (change.before, change.after) {
        (None, None) => format!("standard error {place}: not to be had\n"),
        (None, after) => {
            format!("standard error {place}: not to be had -> {}{unit}\n", number(after))
        }
        (Some(before), after) => {
            let less = after.filter(|_| before > 0.0).map(|after| 100.0 * (after / before - 1.0));
            let less = less.map_or(String::new(), |less| format!(" ({less:+.1} %)"));
            format!(
                "standard error {place}: {} -> {}{unit}{less}\n",
                number(Some(before)),
                number(after)
            )
        }
    }
}

fn ranges(report: &DesignReport) -> String {
    let mut table = vec![["domain", "least", "greatest", "mean"].map(String::from).to_vec()];
    #[allow(clippy::cast_precision_loss, reason = "a number of runs")]
    let count = report.runs.len().max(1) as f64;
    for (k, (name, [low, high])) in report.ranges.iter().take(SHOWN).enumerate() {
        let mean = report.runs.iter().map(|run| run.shares[k]).sum::<f64>() / count;
        table.push(vec![
            name.clone(),
            format!("{low:.4}"),
            format!("{high:.4}"),
            format!("{mean:.4}"),
        ]);
    }
    let more = report.ranges.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("  ... and {more} more domains\n") } else { String::new() };
    rows(&table) + &more
}
