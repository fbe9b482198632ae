//! The same thing measured several times: how noisy is it here, and what does that make of the
//! gate?

use std::collections::BTreeMap;
use std::time::Duration;

use super::Mode;
use super::accept::{endpoint, endpoint_sessions};
use super::durations::{logs, median, ratio};
use super::limit::{NullHandler, gate_of, limit};
use super::method::Method;
use super::passes::{Passes, Standing, standing};
use super::proposal::{Pair, propose};
use super::summarize::summarize;
use crate::model::{
    BaselineEndpoint, EndpointName, EndpointNoise, FalseAlarms, Gate, Gating, Limit, Metric, Noise,
    Policy, Run, Strictness,
};

/// What `runs` of one plan against unchanged code say of the gate in `policy`.
///
/// Every ordered pair of runs is judged by the point rule, the one as the baseline of the other. A
/// suspect counts as confirmed if the odd and the even rounds of its run are above the limit by
/// their own medians as well: like a second look they share the session and not the moments.
/// Being shorter than a real second look, they overstate the rate rather than understate it. The
/// speed of the machine has no part in this: all runs are of one machine.
///
/// An endpoint takes part in the runs that have enough rounds of enough successes for a verdict.
#[must_use]
pub fn noise(runs: &[Run], policy: &Policy) -> Noise {
    let measured: Vec<Measured> = runs.iter().map(Measured::of).collect();
    let mut names: Vec<&EndpointName> = Vec::new();
    for name in runs.iter().flat_map(|run| &run.endpoints).map(|endpoint| &endpoint.name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut together: BTreeMap<(usize, usize), FalseAlarms> = BTreeMap::new();
    let mut gateable: Vec<Vec<Pair>> = Vec::new();
    let mut rows = Vec::new();
    for name in names {
        let judged = judge_pairs(name, &measured, policy);
        for (runs, alarm) in &judged.alarms {
            let seen = together.entry(*runs).or_default();
            seen.suspects = seen.suspects.max(alarm.suspects);
            seen.confirmed = seen.confirmed.max(alarm.confirmed);
        }
        let row = row(name, &measured, &judged, policy.metric(name));
        if matches!(row.gating, Gating::Possible { .. }) {
            gateable.push(judged.pairs);
        }
        rows.push(row);
    }
    let mut alarms = FalseAlarms { pairs: together.len(), ..FalseAlarms::default() };
    for pair in together.values() {
        alarms.suspects += pair.suspects;
        alarms.confirmed += pair.confirmed;
    }
    Noise {
        runs: runs.iter().map(Run::id).collect(),
        rows,
        alarms,
        proposal: propose(&gateable, policy.gate.min_delta),
    }
}

/// One run as both sides of a pair.
struct Measured {
    endpoints: BTreeMap<EndpointName, BaselineEndpoint>,
    null_p95: Duration,
}

impl Measured {
    fn of(run: &Run) -> Self {
        let method = &Method::PUBLISHED;
        let endpoints = endpoint_sessions(run)
            .into_iter()
            .map(|(name, (session, ladder))| (name, endpoint(vec![session], ladder)))
            .filter(|(_, figures)| {
                figures.round_p95s().count() >= method.least_rounds
                    && figures.least_successes() >= method.least_successes
            })
            .collect();
        let null_p95 = summarize(run).anchors.map(|anchors| anchors.null_p95).unwrap_or_default();
        Self { endpoints, null_p95 }
    }
}

/// What every ordered pair of runs says of one endpoint.
struct Judged {
    pairs: Vec<Pair>,
    /// By the indices of the runs; counts of 0 or 1.
    alarms: Vec<((usize, usize), FalseAlarms)>,
}

fn judge_pairs(name: &EndpointName, runs: &[Measured], policy: &Policy) -> Judged {
    let gate = gate_of(policy, name);
    let carrying: Vec<(usize, &Measured, &BaselineEndpoint)> = runs
        .iter()
        .enumerate()
        .filter_map(|(index, run)| Some((index, run, run.endpoints.get(name)?)))
        .collect();
    let metric = gate.metric;
    let mut judged = Judged { pairs: Vec::new(), alarms: Vec::new() };
    for (i, before_run, before) in &carrying {
        for (j, after_run, after) in carrying.iter().filter(|(j, ..)| j != i) {
            let null = NullHandler { before: before_run.null_p95, after: after_run.null_p95 };
            let method = &Method::PUBLISHED;
            let Some(allowed) = limit(before, &gate, null, Strictness::Full, method) else {
                continue;
            };
            let bare_gate = Gate { min_delta: Duration::ZERO, ..gate };
            let floor = limit(before, &bare_gate, null, Strictness::Full, method);
            let floor = floor.map(|limit| limit.delta).unwrap_or_default();
            let (Some(then), Some(now)) = (before.at(metric), after.at(metric)) else { continue };
            judged.pairs.push(Pair { before: then, after: now, floor });
            judged.alarms.push(((*i, *j), alarm(after, metric, &allowed)));
        }
    }
    judged
}

fn alarm(after: &BaselineEndpoint, metric: Metric, limit: &Limit) -> FalseAlarms {
    let rounds: Vec<Duration> = after.rounds_at(metric).collect();
    let is = |standing: Standing| standing != Standing::Within;
    let by_first = |first: Vec<Duration>| {
        standing(&Passes { first, ..Passes::default() }, limit.value, Mode::Live, 1)
    };
    let half = |odd: usize| rounds.iter().copied().skip(odd).step_by(2).collect::<Vec<_>>();
    let suspect = is(by_first(rounds.clone()));
    let confirmed = suspect && is(by_first(half(0))) && is(by_first(half(1)));
    FalseAlarms { pairs: 1, suspects: usize::from(suspect), confirmed: usize::from(confirmed) }
}

fn row(name: &EndpointName, runs: &[Measured], judged: &Judged, metric: Metric) -> EndpointNoise {
    let carrying: Vec<&BaselineEndpoint> = runs
        .iter()
        .filter_map(|run| run.endpoints.get(name))
        .filter(|figures| figures.at(metric).is_some())
        .collect();
    let medians: Vec<Duration> = carrying.iter().filter_map(|figures| figures.at(metric)).collect();
    let mut alarms = FalseAlarms::default();
    for (_, alarm) in &judged.alarms {
        alarms.pairs += alarm.pairs;
        alarms.suspects += alarm.suspects;
        alarms.confirmed += alarm.confirmed;
    }
    let worst = |counts: fn(&&Pair) -> bool| {
        judged
            .pairs
            .iter()
            .filter(counts)
            .filter_map(|pair| ratio(pair.after, pair.before))
            .reduce(f64::max)
    };
    let gating = if carrying.len() < 2 {
        Gating::TooFew { runs: carrying.len() }
    } else {
        // What the noise floor lets pass needs no ratio.
        let k_eff = worst(|pair| pair.is_above_floor()).unwrap_or(1.0).max(1.0);
        if k_eff > Limit::WEAK { Gating::TooNoisy { k_eff } } else { Gating::Possible { k_eff } }
    };
    EndpointNoise {
        endpoint: name.clone(),
        metric,
        median: median(&medians),
        between_runs: deviation(&logs(&medians)),
        between_rounds: pooled_deviation(&carrying, metric),
        worst_ratio: worst(|_| true),
        alarms,
        gating,
    }
}

/// The standard deviation, divisor n - 1.
fn deviation(values: &[f64]) -> Option<f64> {
    let (squares, df) = squares(values)?;
    Some((squares / df).sqrt())
}

fn pooled_deviation(runs: &[&BaselineEndpoint], metric: Metric) -> Option<f64> {
    let (sum, df) = runs
        .iter()
        .filter_map(|figures| squares(&logs(&figures.rounds_at(metric).collect::<Vec<_>>())))
        .reduce(|a, b| (a.0 + b.0, a.1 + b.1))?;
    Some((sum / df).sqrt())
}

/// The sum of squared deviations from the mean and its degrees of freedom, at least 1.
fn squares(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let centre = mean(values);
    let sum = values.iter().map(|value| (value - centre).powi(2)).sum();
    Some((sum, (values.len() - 1) as f64))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
