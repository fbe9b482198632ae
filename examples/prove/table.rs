//! The tables, as Markdown.

use std::fmt::Write as _;

use perfbase::stats::Estimate;

use super::experiment::Experiment;
use super::simulation::{Prediction, RATIOS};
use super::tally::Tally;

/// An experiment and what came out, or why it was not tried.
pub(crate) struct Outcome {
    /// The row.
    pub(crate) experiment: Experiment,
    /// Its compares.
    pub(crate) tally: Tally,
    /// Why there are none.
    pub(crate) skipped: Option<String>,
}

impl Outcome {
    /// Whether the promise was kept; what was not tried did not keep it.
    pub(crate) fn is_kept(&self) -> bool {
        self.skipped.is_none() && self.experiment.promise.is_kept(&self.tally)
    }
}

/// One row an experiment: the shares of exit codes, and the naive gate beside them.
pub(crate) fn experiments(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| change | noise | n | exit 0 | exit 1 | exit 3 | promised | kept | naive gate red | \
         seconds (naive) |\n\
         | --- | --- | ---: | ---: | ---: | ---: | --- | --- | ---: | ---: |\n",
    );
    for Outcome { experiment, tally, skipped } in outcomes {
        let promise = experiment.promise;
        let (change, noise) = (experiment.truth, experiment.noise.words());
        let promised = promise.words();
        // Writing to a string cannot fail.
        let out_of_time = (tally.n() == 0).then_some("the time was over");
        let _ = if let Some(reason) = skipped.as_deref().or(out_of_time) {
            writeln!(
                text,
                "| {change} | {noise} | 0 | | | | {promised} | not tried: {reason} | | |"
            )
        } else {
            let exit = |code| percent(tally.share(code));
            let kept = if promise.is_kept(tally) { "yes" } else { "**no**" };
            writeln!(
                text,
                "| {change} | {noise} | {} | {} | {} | {} | {promised} | {kept} | {} | {:.1} ({:.1}) |",
                tally.n(),
                exit(0),
                exit(1),
                exit(3),
                percent(tally.naive_red()),
                tally.seconds().unwrap_or_default(),
                tally.naive_seconds().unwrap_or_default(),
            )
        };
    }
    text
}

/// What else is worth knowing of each experiment.
pub(crate) fn particulars(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| change | noise | warned *slower* | rounds that did not count | other exit codes |\n\
         | --- | --- | ---: | ---: | ---: |\n",
    );
    for Outcome { experiment, tally, .. } in outcomes.iter().filter(|it| it.skipped.is_none()) {
        let (invalid, all) = tally.invalid_rounds();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {invalid} of {all} | {} |",
            experiment.truth,
            experiment.noise.words(),
            percent(tally.warned()),
            tally.other(),
        );
    }
    text
}

/// Share of red by true ratio: predicted for the rule, simulated for the rule and for the whole
/// procedure.
pub(crate) fn predictions(predictions: &[Prediction]) -> String {
    let ratios: Vec<String> = RATIOS.iter().map(|ratio| format!("true {ratio}")).collect();
    let mut text = format!("| runs / rounds | | {} |\n", ratios.join(" | "));
    let _ = writeln!(text, "| --- | --- |{}", " ---: |".repeat(RATIOS.len()));
    for prediction in predictions {
        let noise = format!("{:.2} / {:.2}", prediction.between_runs, prediction.between_rounds);
        for (what, shares) in [
            ("predicted, one pass", &prediction.predicted),
            ("simulated, one pass", &prediction.bare),
            ("simulated, whole procedure", &prediction.full),
        ] {
            let shares: Vec<String> = shares.iter().map(|share| small(*share)).collect();
            let _ = writeln!(text, "| {noise} | {what} | {} |", shares.join(" | "));
        }
    }
    text
}

/// A share with its interval: `0 % (0–3.1)`.
fn percent(share: Option<Estimate>) -> String {
    share.map_or_else(String::new, |Estimate { point, low, high }| {
        format!("{} % ({}–{})", hundredths(point), hundredths(low), hundredths(high))
    })
}

fn hundredths(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

fn small(share: f64) -> String {
    match share {
        share if share <= 0.0 => "0".to_owned(),
        share if share < 0.0005 => format!("{share:.0e}"),
        share => format!("{share:.3}"),
    }
}
