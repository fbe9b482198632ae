//! A run beside its baseline: every row, then what concerns the whole.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::case::{After, Case, baseline_side};
use super::chain;
use super::limit::{NullHandler, gate_of, limit};
use super::machine::MachineChange;
use super::method::Method;
use super::requirements::required;
use super::summarize::summarize;
use super::{Mode, control, counters, reasons, shift, validity, verdict, warnings};
use crate::model::{
    Banner, Baseline, BaselineKey, Block, Budgets, Comparison, Coverage, Difference, EndpointName,
    EndpointSummary, Policy, Row, Run, RunSummary, Strictness, Verdict,
};

/// Judges `run` against the `baseline` that is kept under `key`.
///
/// `mode` says whether a suspect can be measured again. `now` tells the age of the baseline, and
/// its date in UTC which waivers hold.
#[must_use]
pub fn compare(
    run: &Run,
    key: &BaselineKey,
    baseline: &Baseline,
    policy: &Policy,
    mode: Mode,
    now: Timestamp,
) -> Comparison {
    Judge { run, key, baseline, policy, mode, now, method: &Method::PUBLISHED }.judge()
}

/// What is to be said when a run has so many commits that its baseline had not; nothing of a few.
#[must_use]
pub fn commits_behind(commits: u64) -> Option<Banner> {
    (commits > Method::PUBLISHED.commits).then_some(Banner::BehindBaseline { commits })
}

/// One comparison, with the method it follows.
pub(super) struct Judge<'a> {
    pub(super) run: &'a Run,
    pub(super) key: &'a BaselineKey,
    pub(super) baseline: &'a Baseline,
    pub(super) policy: &'a Policy,
    pub(super) mode: Mode,
    pub(super) now: Timestamp,
    pub(super) method: &'a Method,
}

impl Judge<'_> {
    pub(super) fn judge(&self) -> Comparison {
        self.judge_figures(&summarize(self.run))
    }

    /// The same on the run's figures, which take longer to draw from its histograms than to judge.
    pub(super) fn judge_figures(&self, summary: &RunSummary) -> Comparison {
        let differences = self.differences();
        if !differences.is_empty() {
            return self.comparison(Vec::new(), Vec::new(), Verdict::NotComparable(differences));
        }
        let machine = MachineChange::between(
            (&self.key.machine, self.baseline.anchors),
            (&self.run.machine, summary.anchors),
        );
        let measured = self.measured(summary);
        let endpoints = self.endpoints();
        let cases: Vec<Case> = endpoints
            .iter()
            .map(|name| self.case(name, &measured, machine, self.null(summary)))
            .collect();
        let mut rows: Vec<Row> =
            endpoints.iter().zip(&cases).map(|(name, case)| self.row(name, case)).collect();

        let mut banners = self.banners(machine);
        if self.policy.strictness == Strictness::Full {
            control::say_drift(&mut rows, &cases);
            banners.extend(shift::uniform_shift(&mut rows, &cases, self.method));
        }
        let between =
            warnings::between_sessions(self.baseline.sessions.iter().chain([&self.run.session]));
        let tests: Vec<_> = cases.iter().map(|case| warnings::evidence(case, between)).collect();
        warnings::warn(&mut rows, &cases, &tests, self.method);
        let judged = rows.iter().zip(&tests).filter(|(row, _)| verdict::is_judged(row));
        let detectable = warnings::detectable(judged.filter_map(|(_, test)| test.as_ref()));
        let full = self.policy.strictness == Strictness::Full;
        let budgets = |name: &EndpointName| Some(self.budgets(name)).filter(|_| full);
        let leasts = &self.policy.leasts;
        let mut requirements = required(self.run, |name| budgets(name).unwrap_or_default(), leasts);
        if !self.policy.allow_missing {
            requirements.extend(counters::not_measured(self.run, self.baseline, leasts));
        }
        let factor = self.policy.gate.factor;
        let counters = counters::compare(&summary.counters, self.baseline, factor);
        let found = verdict::Found { rows: &rows, counters: &counters, banners: &banners };
        let verdict = verdict::verdict(found, &requirements, self.policy);
        Comparison {
            counters,
            stages: summary.stages.clone(),
            requirements,
            speed_ratio: machine.speed,
            detectable,
            coverage: verdict::coverage(&rows, self.missing().count()),
            ..self.comparison(rows, banners, verdict)
        }
    }

    fn comparison(&self, rows: Vec<Row>, banners: Vec<Banner>, verdict: Verdict) -> Comparison {
        Comparison {
            run: self.run.id(),
            baseline: self.baseline.sessions.iter().map(|session| session.run).collect(),
            rows,
            counters: Vec::new(),
            stages: None,
            requirements: Vec::new(),
            banners,
            speed_ratio: None,
            detectable: None,
            coverage: Coverage::default(),
            verdict,
        }
    }

    fn differences(&self) -> Vec<Difference> {
        let named = |part: &str, was: &str, is: &str| {
            (was != is).then(|| Difference {
                part: part.to_owned(),
                was: Some(was.to_owned()),
                is: Some(is.to_owned()),
            })
        };
        let (key, run) = (self.key, self.run);
        named("scenario", key.scenario.as_str(), run.scenario.as_str())
            .into_iter()
            .chain(named("environment", key.environment.as_str(), run.environment.as_str()))
            .chain(self.baseline.workload.differences(&run.workload))
            .collect()
    }

    fn measured(&self, summary: &RunSummary) -> BTreeMap<EndpointName, After> {
        let is_exhausted = self.run.rounds.iter().any(|round| round.block == Block::Decider);
        let after = |one: &EndpointSummary| {
            let metric = self.policy.metric(&one.name);
            After::of(one, summary.valid_rounds, metric, is_exhausted, self.method)
        };
        summary.endpoints.iter().map(|one| (one.name.clone(), after(one))).collect()
    }

    /// The plan's order, then what only the baseline has, unless that is allowed.
    fn endpoints(&self) -> Vec<EndpointName> {
        let planned = self.run.endpoints.iter().map(|endpoint| &endpoint.name);
        let missing = self.missing().filter(|_| !self.policy.allow_missing);
        planned.chain(missing).cloned().collect()
    }

    fn missing(&self) -> impl Iterator<Item = &EndpointName> {
        self.baseline.endpoints.keys().filter(|name| self.run.endpoint(name).is_none())
    }

    fn null(&self, summary: &RunSummary) -> NullHandler {
        NullHandler {
            before: self.baseline.anchors.null_p95,
            after: summary.anchors.map(|anchors| anchors.null_p95).unwrap_or_default(),
        }
    }

    fn case<'a>(
        &'a self,
        name: &EndpointName,
        measured: &'a BTreeMap<EndpointName, After>,
        machine: MachineChange,
        null: NullHandler,
    ) -> Case<'a> {
        let strictness = self.policy.strictness;
        let gate = gate_of(self.policy, name);
        let before = self.baseline.endpoints.get(name);
        let full = strictness == Strictness::Full;
        Case {
            method: self.method,
            mode: self.mode,
            machine,
            kind: self.run.kind_of(name),
            before,
            after: measured.get(name),
            gate,
            limit: before.and_then(|before| limit(before, &gate, null, strictness, self.method)),
            acceptable: self.budgets(name).acceptable.filter(|_| full),
            acceptable_p99: self.budgets(name).acceptable_p99.filter(|_| full),
            waiver: self.baseline.waivers.get(name).filter(|_| full),
            today: self.today(),
        }
    }

    fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    fn row(&self, name: &EndpointName, case: &Case) -> Row {
        let strictness = self.policy.strictness;
        let chain = match strictness {
            Strictness::Full => self.method.chain,
            Strictness::Bare => self.method.bare_chain,
        };
        let mut reasons = reasons::evidence(case, strictness);
        let ruling = chain::decide(case, chain);
        reasons.push(ruling.reason);
        Row {
            endpoint: name.clone(),
            kind: self.run.kind_of(name),
            metric: case.gate.metric,
            decision: ruling.decision,
            before: case.before.map(baseline_side),
            after: case.after.map(After::side),
            ratio: case.ratio(),
            limit: case.limit,
            budgets: self.budgets(name),
            other_machine: strictness == Strictness::Full && case.machine.is_other(self.method),
            waiver: case.waiver.cloned(),
            warnings: Vec::new(),
            reasons,
        }
    }

    /// What the configuration says now, else what it said when the run was measured.
    fn budgets(&self, name: &EndpointName) -> Budgets {
        let then = self.run.endpoint(name).map(|endpoint| endpoint.budgets).unwrap_or_default();
        let now = self.policy.endpoints.get(name).map_or(then, |(_, now)| *now);
        let demanded = self.policy.throughputs.get(&self.run.scenario);
        let throughput = demanded.map_or(then.throughput, |now| now.get(name).copied());
        Budgets { throughput, ..now }
    }

    fn banners(&self, machine: MachineChange) -> Vec<Banner> {
        let mut banners = Vec::new();
        if verdict::is_unfinished(self.run, self.mode) {
            banners.push(Banner::Unfinished);
        }
        if self.run.is_saturated() {
            banners.push(Banner::Saturated(validity::grounds(self.run)));
        }
        if self.policy.strictness == Strictness::Full {
            banners.extend(machine.banners(&self.key.machine, &self.run.machine, self.method));
        }
        banners.extend(self.old_baseline());
        banners.extend(self.unknown_waivers());
        if self.mode == Mode::Stored {
            banners.push(Banner::Stored);
        }
        banners
    }

    /// Waivers for endpoints that nobody has; the bare rule knows no waivers.
    fn unknown_waivers(&self) -> impl Iterator<Item = Banner> {
        let planned = |name: &EndpointName| self.run.endpoint(name).is_some();
        let full = self.policy.strictness == Strictness::Full;
        let waived = self.baseline.waivers.keys().filter(move |_| full);
        waived
            .filter(move |name| !self.baseline.endpoints.contains_key(*name) && !planned(name))
            .map(|endpoint| Banner::UnknownWaiver { endpoint: endpoint.clone() })
    }

    /// A baseline is as old as its last session.
    fn old_baseline(&self) -> Option<Banner> {
        let last = self.baseline.sessions.iter().map(|session| session.started).max()?;
        let age = self.now.duration_since(last);
        (age > self.method.old).then(|| Banner::OldBaseline { days: age.as_secs() / 86_400 })
    }
}
