//! Two live services, measured in alternation, judged pair by pair.

use std::collections::BTreeMap;
use std::time::Duration;

use super::durations::median;
use super::method::Method;
use super::warnings;
use crate::model::{
    Block, Decision, Difference, EndpointName, Lacking, Outcomes, PairedComparison, PairedGate,
    PairedRow, Round, Run, RunState, Sample, Share, Verdict, Warning, show_duration,
};
use crate::stats;

/// Fewest pairs for a ratio that means something.
const LEAST_PAIRS: usize = 3;
/// Fewest successes of either round of a pair.
const LEAST_SUCCESSES: u64 = 100;
/// By how much the share of failures may exceed the base's.
const ERRORS_SLACK: f64 = 0.01;
const SIGNIFICANCE: f64 = 0.05;

/// Judges `head` against `base`, which were measured in alternation on one machine: rounds of the
/// first pass with the same index are a pair, and count if both are valid.
///
/// An endpoint has regressed if the ratio exp(median of ln head - ln base) is above the gate's
/// factor and the one-sided signed-rank p, adjusted after Holm over all judged endpoints, is under
/// 0.05. Where the ratio is above and there are fewer pairs than [`rounds_needed`], it is too few:
/// no outcome of the test could have been significant.
#[must_use]
pub fn paired(base: &Run, head: &Run, gate: &PairedGate) -> PairedComparison {
    let differences = differences(base, head);
    if !differences.is_empty() {
        return PairedComparison {
            base: base.id(),
            head: head.id(),
            rows: Vec::new(),
            factor: gate.factor,
            rounds_needed: rounds_needed(1),
            verdict: Verdict::NotComparable(differences),
        };
    }
    let names = base.endpoints.iter().filter(|endpoint| !plans(head, &endpoint.name));
    let evidence: Vec<Evidence> = head
        .endpoints
        .iter()
        .chain(names)
        .map(|endpoint| Evidence::of(&endpoint.name, base, head, gate))
        .collect();
    let judged = evidence.iter().filter(|one| one.settled.is_none()).count();
    let needed = rounds_needed(judged);
    let family: Vec<f64> = evidence.iter().filter_map(Evidence::judged_p).collect();
    let mut adjusted = stats::holm(&family).into_iter();
    let rows: Vec<PairedRow> = evidence
        .into_iter()
        .map(|one| {
            let p_adjusted = one.judged_p().and_then(|_| adjusted.next());
            one.row(p_adjusted, gate.factor, needed)
        })
        .collect();
    let verdict = verdict(&rows, [base, head]);
    PairedComparison {
        base: base.id(),
        head: head.id(),
        rows,
        factor: gate.factor,
        rounds_needed: needed,
        verdict,
    }
}

/// The fewest pairs of rounds that can call one of so many endpoints slower. With R pairs the
/// smallest one-sided p of the exact signed-rank test is 2^-R, and Holm multiplies the smallest by
/// the number of endpoints: 5 for one endpoint, 8 for ten, 10 for thirty.
#[must_use]
pub fn rounds_needed(endpoints: usize) -> usize {
    (endpoints.max(1) as f64 / SIGNIFICANCE).log2().floor() as usize + 1
}

fn differences(base: &Run, head: &Run) -> Vec<Difference> {
    let mut differences = base.workload.differences(&head.workload);
    if base.machine != head.machine {
        differences.push(Difference {
            part: "machine".to_owned(),
            was: Some(base.machine.to_string()),
            is: Some(head.machine.to_string()),
        });
    }
    differences
}

fn plans(run: &Run, name: &EndpointName) -> bool {
    run.endpoint(name).is_some()
}

/// One endpoint before the family is known.
struct Evidence {
    endpoint: EndpointName,
    pairs: Vec<(Duration, Duration)>,
    ratio: Option<f64>,
    p: Option<f64>,
    /// The decision where no test has a say in it, and why.
    settled: Option<(Decision, String)>,
    warnings: Vec<Warning>,
}

impl Evidence {
    fn of(name: &EndpointName, base: &Run, head: &Run, gate: &PairedGate) -> Self {
        let mut smallest = u64::MAX;
        let mut smallest_base = u64::MAX;
        let mut pairs = Vec::new();
        for (base, head) in matched(base, head) {
            let (base, head) = (sample(base, name), sample(head, name));
            let successes = [base, head].map(|one| one.map_or(0, |one| one.outcomes.successes));
            let [least, other] = successes;
            smallest = smallest.min(least).min(other);
            smallest_base = smallest_base.min(least);
            if let (Some(base), Some(head)) = (base, head)
                && least.min(other) >= LEAST_SUCCESSES
            {
                pairs.push((p95(base), p95(head)));
            }
        }
        let logs: Vec<f64> = pairs
            .iter()
            .filter(|(base, head)| !base.is_zero() && !head.is_zero())
            .map(|(base, head)| head.as_secs_f64().ln() - base.as_secs_f64().ln())
            .collect();
        let enough = logs.len() >= LEAST_PAIRS;
        let too_few = || {
            let successes = if smallest == u64::MAX { 0 } else { smallest };
            let text = format!("{} pairs of rounds, {LEAST_PAIRS} needed", logs.len());
            let needed = LEAST_SUCCESSES;
            // What the base had enough of must not hide by being slow.
            let may_be_rare = head.kind_of(name).may_be_rare() && smallest_base < needed;
            let decision = if may_be_rare && matched(base, head).len() >= LEAST_PAIRS {
                Decision::Rare { successes, needed }
            } else {
                Decision::TooFew { of: Lacking::Both, rounds: logs.len(), successes, needed }
            };
            (decision, text)
        };
        let [before, after] = [base, head].map(|run| outcomes(name, run.valid_rounds()));
        let of_all = [base, head].map(|run| outcomes(name, run.rounds.iter()));
        let settled = on_one_side(name, base, head)
            .or_else(|| errors(&before, &after, gate))
            .or_else(|| wrong_in_all_rounds(&before, &of_all, gate))
            .or_else(|| (!enough).then(too_few));
        Self {
            endpoint: name.clone(),
            ratio: stats::median(&logs).map(f64::exp),
            p: stats::signed_rank(&logs).map(|test| test.p_greater),
            pairs,
            settled,
            warnings: other_answers(&before, &after)
                .into_iter()
                .chain(warnings::repeated(&after))
                .collect(),
        }
    }

    fn judged_p(&self) -> Option<f64> {
        if self.settled.is_some() { None } else { self.p }
    }

    fn row(self, p_adjusted: Option<f64>, factor: f64, needed: usize) -> PairedRow {
        let (before, after): (Vec<_>, Vec<_>) = self.pairs.iter().copied().unzip();
        let (base, head) = (median(&before), median(&after));
        let (decision, reason) = self.settled.unwrap_or_else(|| {
            let ratio = self.ratio.unwrap_or_default();
            let p = p_adjusted.unwrap_or(1.0);
            decide(ratio, p, before.len(), factor, needed, (base, head))
        });
        PairedRow {
            endpoint: self.endpoint,
            decision,
            pairs: self.pairs,
            base,
            head,
            ratio: self.ratio,
            p: self.p,
            p_adjusted,
            warnings: self.warnings,
            reason,
        }
    }
}

/// Where only one side was measured, there is nothing to compare.
fn other_answers(before: &Outcomes, after: &Outcomes) -> Option<Warning> {
    let were_measured = before.total() > 0 && after.total() > 0;
    let moved =
        || warnings::allowed(before.allowed_share(), after.allowed_share(), &Method::PUBLISHED);
    were_measured.then(moved).flatten()
}

fn decide(
    ratio: f64,
    p: f64,
    pairs: usize,
    factor: f64,
    needed: usize,
    medians: (Option<Duration>, Option<Duration>),
) -> (Decision, String) {
    let shown = |one: Option<Duration>| one.map_or_else(|| "-".to_owned(), show_duration);
    let figures = format!(
        "{} against {}: {ratio:.3}x over {pairs} pairs, {factor}x allowed, adjusted p {p:.4}",
        shown(medians.1),
        shown(medians.0),
    );
    if ratio <= factor {
        (Decision::Pass, format!("{figures}: pass"))
    } else if p < SIGNIFICANCE {
        (Decision::Regressed { confirmed: true }, format!("{figures}: red"))
    } else if pairs < needed {
        let decision = Decision::TooFew {
            of: Lacking::Both,
            rounds: pairs,
            successes: LEAST_SUCCESSES,
            needed: LEAST_SUCCESSES,
        };
        (decision, format!("{figures}; it takes {needed} pairs to tell it from chance"))
    } else {
        (Decision::Pass, format!("{figures}: not told from chance, pass"))
    }
}

/// The rounds of the first pass that were measured side by side and both count.
fn matched<'a>(base: &'a Run, head: &'a Run) -> Vec<(&'a Round, &'a Round)> {
    let first = |run: &'a Run| run.valid_rounds().filter(|round| round.block == Block::First);
    let heads: BTreeMap<u32, &Round> = first(head).map(|round| (round.index, round)).collect();
    first(base).filter_map(|round| Some((round, *heads.get(&round.index)?))).collect()
}

fn sample<'a>(round: &'a Round, name: &EndpointName) -> Option<&'a Sample> {
    round.samples.get(name)
}

fn on_one_side(name: &EndpointName, base: &Run, head: &Run) -> Option<(Decision, String)> {
    match (plans(base, name), plans(head, name)) {
        (true, false) => Some((Decision::Missing, "only the base has it: red".to_owned())),
        (false, true) => Some((Decision::New, "only the head has it: listed".to_owned())),
        _ => None,
    }
}

/// Zero without a success.
fn p95(sample: &Sample) -> Duration {
    sample.percentiles().map(|percentiles| percentiles.p95).unwrap_or_default()
}

/// How all requests of the rounds ended.
fn outcomes<'a>(name: &EndpointName, rounds: impl Iterator<Item = &'a Round>) -> Outcomes {
    let mut outcomes = Outcomes::default();
    rounds
        .filter_map(|round| sample(round, name))
        .for_each(|sample| outcomes.merge(&sample.outcomes));
    outcomes
}

fn errors(before: &Outcomes, after: &Outcomes, gate: &PairedGate) -> Option<(Decision, String)> {
    let share = after.lost_share();
    let allowed = Share::new((before.lost_share().get() + ERRORS_SLACK).max(gate.errors.get()));
    (after.nothing_works() || share > allowed).then(|| {
        let text = if after.nothing_works() && share <= allowed {
            "not one of the head's answers is as expected: red".to_owned()
        } else {
            let how = after.how_lost();
            format!("{share} of the head's requests {how}, {allowed} allowed: red")
        };
        (Decision::Errors { share, allowed }, text)
    })
}

/// What the head's answers were like in all rounds, for its own failures may be what made them invalid; the
/// base's, by which that is measured, likewise.
fn wrong_in_all_rounds(
    before: &Outcomes,
    [base, head]: &[Outcomes; 2],
    gate: &PairedGate,
) -> Option<(Decision, String)> {
    let share = head.wrong_share();
    let base = before.lost_share().get().max(base.wrong_share().get());
    let allowed = Share::new((base + ERRORS_SLACK).max(gate.errors.get()));
    (share > allowed).then(|| {
        let text = format!(
            "{share} of the head's requests of all rounds, also those that do not count, had a \
             wrong answer, {allowed} allowed: red"
        );
        (Decision::Errors { share, allowed }, text)
    })
}

fn verdict(rows: &[PairedRow], runs: [&Run; 2]) -> Verdict {
    let unsound = |run: &&Run| run.state != RunState::Complete || run.is_saturated();
    let judged = |row: &PairedRow| {
        row.decision.is_judged() && !matches!(row.decision, Decision::Errors { .. })
    };
    if runs.iter().any(unsound) {
        Verdict::Inconclusive
    } else if rows.iter().any(|row| row.decision.is_red()) {
        Verdict::Failed
    } else if rows.iter().any(|row| row.decision.is_open()) || !rows.iter().any(judged) {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    }
}
