//! JSON, Markdown and annotations.

use std::path::Path;

use perfbase::load::most_time;
use perfbase::model::*;
use perfbase::report::{
    AaReport, AbReport, Against, BaselineReport, ChangeReport, CheckReport, CompareReport,
    Document, Format, RecordReport, RunReport, Style, annotations,
};

use crate::fixture::*;
use crate::plans::{plan, plan_of_classes, plan_of_limiters, plan_with_page};
use crate::snapshot;

/// Every document, with something in each of its parts.
pub(crate) fn with_every_document(mut each: impl FnMut(&str, &Document<'_>)) {
    let (mut run, path) = (run(), Path::new("performance_baselines.json"));
    run.rounds[1].validity = Validity::Invalid(vec![Unsound::Busy(Share::new(0.93))]);
    let mut small = endpoint("POST /api/v1/builds", 140.0, 151.0, 0.0, 166.0);
    small.p99 = Carried::More(187);
    small.outcomes = outcomes(2_000, &[(Failure::Timeout, 50), (Failure::Status5xx, 10)]);
    small.budgets.target = Some(ms(100.0));
    let mut summary = summary(vec![endpoint("GET /health", 0.82, 1.31, 2.4, 8.12), small]);
    summary.counters = counted();
    summary.endpoints[0].connections = 50;
    summary.endpoints[0].phases = Some(every_phase());
    let requirements = every_requirement();
    let number = Some(43);
    let report = RunReport { number, run: &run, summary: &summary, requirements: &requirements };
    each("run", &Document::Run(report));
    each("show", &Document::Show(report));

    let mut old =
        baseline(&[("GET /health", 0.82, 1.31, 2.4, 8.1), ("GET /gone", 1.0, 2.0, 3.0, 4.0)]);
    let until = "2026-12-31".parse().unwrap();
    let waiver = Waiver { ceiling: ms(9.0), until, reason: "PERF-12".into() };
    old.waivers.insert(name("GET /health"), waiver);
    let mut new =
        baseline(&[("GET /health", 0.82, 1.29, 2.4, 8.1), ("GET /new", 1.0, 2.0, 3.0, 4.0)]);
    new.acceptance.reason = Some("release night".into());
    new.acceptance.overruled = vec!["the run is saturated".into()];
    let key = key();
    let record = RecordReport {
        number: None,
        path,
        key: &key,
        old: Some(&old),
        new: &new,
        requirements: &requirements[..1],
        limited: &[],
    };
    each("record", &Document::Record(record));
    with_baseline_files(&mut each);
    with_aa(&mut each);
    with_ab(&mut each);

    let mut judged = comparison(every_decision());
    judged.banners = vec![Banner::Stored, Banner::OldBaseline { days: 92 }];
    judged.requirements = every_requirement();
    judged.counters = counters();
    let compare = |comparison| CompareReport {
        number: Some(43),
        run: &run,
        against: Against::File(path),
        comparison,
        exit: ExitStatus::GateFailed,
    };
    each("compare", &Document::Compare(compare(&judged)));
    let mut other = comparison(Vec::new());
    other.verdict = Verdict::NotComparable(vec![Difference {
        part: "load".into(),
        was: Some("10 users".into()),
        is: None,
    }]);
    let stored = Against::Run { number: Some(12), id: run_id(12) };
    let other = CompareReport { against: stored, exit: ExitStatus::Usage, ..compare(&other) };
    each("compare_other_workload", &Document::Compare(other));
    each("history", &Document::History(&crate::tables::lines()));
    let (plan, policy) = (plan(), policy());
    each(
        "check",
        &Document::Check(CheckReport {
            path: None,
            plan: &plan,
            policy: &policy,
            at_most: most_time(&plan),
        }),
    );
    for (name, plan) in [("check_classes", plan_of_classes()), ("check_page", plan_with_page())] {
        each(
            name,
            &Document::Check(CheckReport {
                path: None,
                plan: &plan,
                policy: &policy,
                at_most: most_time(&plan),
            }),
        );
    }
    crate::staged::with_stages(&mut each);
    let plan = plan_of_limiters();
    each(
        "check_limiters",
        &Document::Check(CheckReport {
            path: None,
            plan: &plan,
            policy: &policy,
            at_most: most_time(&plan),
        }),
    );
}

/// What `aa` found.
fn with_aa(each: &mut impl FnMut(&str, &Document<'_>)) {
    let (run, policy) = (run(), policy());
    let learned = |endpoint: &str, alarms, gating| EndpointNoise {
        endpoint: name(endpoint),
        metric: Metric::P95,
        median: Some(ms(12.3)),
        between_runs: Some(0.031),
        between_rounds: Some(0.084),
        worst_ratio: Some(1.21),
        alarms,
        gating,
    };
    let alarms = FalseAlarms { pairs: 20, suspects: 3, confirmed: 2 };
    let none = FalseAlarms { pairs: 20, ..FalseAlarms::default() };
    let unknown = EndpointNoise {
        median: None,
        between_runs: None,
        between_rounds: None,
        worst_ratio: None,
        ..learned("GET /rare", FalseAlarms::default(), Gating::TooFew { runs: 1 })
    };
    let noise = Noise {
        runs: vec![run.id()],
        rows: vec![
            learned("GET /health", none, Gating::Possible { k_eff: 1.24 }),
            learned("GET /clients", alarms, Gating::TooNoisy { k_eff: 5.2 }),
            unknown,
        ],
        alarms,
        proposal: Some(GateProposal { factor: 1.24, min_delta: us(310) }),
    };
    let runs = [run.clone(), run.clone()];
    let report = AaReport {
        numbers: &[7, 8],
        runs: &runs,
        noise: &noise,
        policy: &policy,
        written: None,
        exit: ExitStatus::Pass,
    };
    each("aa", &Document::Aa(report));
    let written = AaReport { written: Some(Path::new("perfbase.toml")), ..report };
    each("aa_written", &Document::Aa(written));
    let rows = noise.rows[2..].to_vec();
    let alarms = FalseAlarms::default();
    let nothing = Noise { rows, alarms, proposal: None, ..noise.clone() };
    let exit = ExitStatus::Inconclusive;
    each("aa_nothing", &Document::Aa(AaReport { noise: &nothing, exit, ..report }));
}

/// What `ab` found.
fn with_ab(each: &mut impl FnMut(&str, &Document<'_>)) {
    let run = run();
    let row = |endpoint: &str, ratio: f64, decision| PairedRow {
        endpoint: name(endpoint),
        decision,
        pairs: (0..6).map(|at| (ms(10.0), ms(10.0 * ratio + f64::from(at) * 0.1))).collect(),
        base: Some(ms(10.0)),
        head: Some(ms(10.0 * ratio)),
        ratio: Some(ratio),
        p: Some(0.0156),
        p_adjusted: Some(0.031),
        warnings: Vec::new(),
        reason: format!("{ratio:.3}x over 6 pairs, 1.25x allowed"),
    };
    let share = Share::new(0.2);
    let errors = Decision::Errors { share, allowed: Share::new(0.01) };
    let few = Decision::TooFew { of: Lacking::Both, rounds: 6, successes: 100, needed: 100 };
    let other_answers = Warning::Allowed { before: Share::new(0.0), after: Share::new(0.34) };
    let missing = PairedRow {
        pairs: Vec::new(),
        base: None,
        head: None,
        ratio: None,
        p: None,
        p_adjusted: None,
        ..row("GET /broken", 1.0, errors)
    };
    let comparison = PairedComparison {
        base: run_id(1),
        head: run_id(2),
        rows: vec![
            row("GET /health", 1.02, Decision::Pass),
            row("GET /clients", 1.9, Decision::Regressed { confirmed: true }),
            PairedRow { warnings: vec![other_answers], ..row("GET /chance", 1.4, Decision::Pass) },
            row("GET /signals", 1.3, few),
            missing,
        ],
        factor: 1.25,
        rounds_needed: 7,
        verdict: Verdict::Failed,
    };
    let mut head = run.clone();
    for round in head.rounds.iter_mut().skip(1) {
        let grounds = vec![Unsound::MissedRate(Share::new(0.81)), Unsound::Busy(Share::new(0.93))];
        round.validity = Validity::Invalid(grounds);
        for sample in round.samples.values_mut() {
            sample.outcomes.failures.insert(Failure::Dropped, 40);
        }
    }
    head.workload.parts.insert("load".into(), "200/s, at most 50 connections".into());
    let report = AbReport {
        numbers: [7, 8],
        base: &run,
        head: &head,
        comparison: &comparison,
        exit: ExitStatus::GateFailed,
    };
    each("ab", &Document::Ab(report));
}

/// The committed file, and what has changed in it.
fn with_baseline_files(each: &mut impl FnMut(&str, &Document<'_>)) {
    let path = Path::new("performance_baselines.json");
    let waiver = |reason: &str| Waiver {
        ceiling: ms(800.0),
        until: "2026-12-31".parse().unwrap(),
        reason: reason.into(),
    };
    let mut was =
        baseline(&[("GET /health", 0.82, 1.31, 2.4, 8.1), ("GET /same", 1.0, 2.0, 3.0, 4.0)]);
    was.waivers.insert(name("GET /health"), waiver("until the index is there"));
    was.waivers.insert(name("GET /nobody"), waiver("nobody has it"));
    let mut is =
        baseline(&[("GET /health", 0.82, 2.62, 3.4, 8.1), ("GET /same", 1.0, 2.0, 3.0, 4.0)]);
    is.waivers.insert(name("GET /same"), waiver("a new one"));
    if let Some(endpoint) = is.endpoints.get_mut(&name("GET /health")) {
        endpoint.blessed =
            Some(Acceptance { reason: Some("search".into()), ..was.acceptance.clone() });
    }
    let other = BaselineKey { environment: "staging".parse().unwrap(), ..key() };
    let old = BaselineFile { baselines: [(key(), was.clone())].into() };
    let new = BaselineFile { baselines: [(key(), is), (other, was)].into() };
    let today = "2027-01-01".parse().unwrap();
    each("baseline", &Document::Baseline(BaselineReport { path, file: &new, today }));
    let change = ChangeReport { path, since: Some("HEAD"), old: &old, new: &new };
    each("baseline_diff", &Document::Change(change));
    let blessed = ChangeReport { since: None, ..change };
    each("baseline_amended", &Document::Change(blessed));
    let same = ChangeReport { new: &old, ..change };
    each("baseline_same", &Document::Change(same));
}

#[test]
fn every_document_is_a_table_that_fits() {
    with_every_document(|name, document| {
        let shown = document.render(Format::Table, &Style::default());
        for line in shown.lines() {
            assert!(line.chars().count() <= 100, "{name}: {line}");
        }
        if ["baseline", "aa", "ab", "record"].iter().any(|new| name.starts_with(new)) {
            snapshot(&format!("table_{name}"), &shown);
        }
    });
}

#[test]
fn every_document_is_json() {
    with_every_document(|name, document| {
        snapshot(&format!("json_{name}"), &document.render(Format::Json, &Style::default()));
    });
}

#[test]
fn every_document_is_markdown() {
    with_every_document(|name, document| {
        snapshot(
            &format!("markdown_{name}"),
            &document.render(Format::Markdown, &Style::default()),
        );
    });
}

fn evil() -> Comparison {
    let mut row = row(
        "GET /<script>alert('1')</script>|`x`, 100%: [a](b)",
        1.0,
        9.0,
        Decision::Regressed { confirmed: true },
    );
    row.warnings = vec![Warning::Slower { ratio: 9.0, p: 0.01 }];
    comparison(vec![row])
}

#[test]
fn evil_names_are_escaped_in_every_format() {
    let (run, comparison) = (run(), evil());
    let report = CompareReport {
        number: None,
        run: &run,
        against: Against::Run { number: None, id: run_id(12) },
        comparison: &comparison,
        exit: ExitStatus::GateFailed,
    };
    let markdown = Document::Compare(report).render(Format::Markdown, &Style::default());
    assert!(!markdown.contains("<script>") && !markdown.contains("|`x`"));
    snapshot("markdown_evil_names", &markdown);
    snapshot("annotations_evil_names", &annotations(&report));
}

#[test]
fn red_rows_become_annotations_and_others_do_not() {
    let (run, comparison) = (run(), comparison(every_decision()));
    let report = CompareReport {
        number: Some(43),
        run: &run,
        against: Against::File(Path::new("performance_baselines.json")),
        comparison: &comparison,
        exit: ExitStatus::GateFailed,
    };
    let shown = annotations(&report);
    let red = comparison.rows.iter().filter(|row| row.decision.is_red()).count();
    assert_eq!(shown.lines().count(), red);
    snapshot("annotations", &shown);
}
