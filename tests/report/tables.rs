//! Tables for the terminal.

use std::path::Path;

use perfbase::load::most_time;
use perfbase::model::*;
use perfbase::report::{
    Against, CheckReport, Colour, CompareReport, Document, Format, HistoryLine, RecordReport,
    RunReport, Style,
};

use crate::fixture::*;
use crate::plans::{plan, plan_of_classes, plan_of_limiters, plan_with_page};
use crate::{VERBOSE, snapshot, table};

fn run_report(run: &Run, summary: &RunSummary) -> String {
    table(&Document::Run(RunReport { number: Some(43), run, summary, requirements: &[] }))
}

fn typical() -> Vec<EndpointSummary> {
    let mut health = endpoint("GET /health", 0.82, 1.31, 2.4, 8.12);
    health.budgets.target = Some(ms(50.0));
    let mut clients = endpoint("GET /clients", 101.2, 212.31, 260.7, 401.9);
    clients.budgets =
        Budgets { target: Some(ms(200.0)), acceptable: Some(ms(400.0)), ..Budgets::default() };
    let mut signals = endpoint("GET /signals", 5.1, 8.3, 12.9, 30.2);
    signals.budgets.acceptable = Some(ms(8.0));
    signals.outcomes = outcomes(2_000, &[(Failure::Timeout, 50), (Failure::Status5xx, 10)]);
    let mut create = endpoint("POST /api/v1/builds", 140.0, 151.0, 0.0, 166.0);
    create.p99 = Carried::More(187);
    create.per_second = Some(12.4);
    vec![health, clients, signals, create]
}

#[test]
fn a_run_is_a_row_an_endpoint() {
    snapshot("run", &run_report(&run(), &summary(typical())));
}

#[test]
fn a_run_without_targets_has_no_column_for_them() {
    let endpoints = vec![endpoint("GET /health", 0.82, 1.31, 2.4, 8.12)];
    let shown = run_report(&run(), &summary(endpoints));
    assert!(!shown.contains("target"));
    snapshot("run_without_targets", &shown);
}

#[test]
fn a_run_of_nothing_says_so() {
    let mut run = run();
    run.rounds.clear();
    run.state = RunState::Interrupted;
    snapshot("run_of_nothing", &run_report(&run, &summary(Vec::new())));
}

#[test]
fn an_endpoint_without_a_success_has_dashes_and_a_reason() {
    let mut failed = endpoint("GET /down", 1.0, 1.0, 1.0, 0.0);
    failed.p50 = Carried::More(59);
    failed.p95 = Carried::More(59);
    failed.p99 = Carried::More(299);
    failed.rounds.clear();
    failed.outcomes = outcomes(0, &[(Failure::Connect, 5_000_000)]);
    let mut unsent = failed.clone();
    unsent.name = name("GET /never");
    unsent.outcomes = outcomes(0, &[]);
    snapshot("run_all_failed", &run_report(&run(), &summary(vec![failed, unsent])));
}

#[test]
fn what_adds_up_stands_below_what_takes_time() {
    let endpoints = vec![endpoint("GET /health", 0.82, 1.31, 2.4, 8.12)];
    let summary = RunSummary { counters: counted(), ..summary(endpoints) };
    snapshot("run_counters", &run_report(&run(), &summary));
    let rows = vec![row("GET /health", 1.3, 1.4, Decision::Pass)];
    let compared = Comparison { counters: counters(), ..comparison(rows) };
    snapshot("compare_counters", &compare(&compared));
}

#[test]
fn tiny_and_huge_durations_keep_their_digits_aligned() {
    let tiny =
        vec![endpoint("GET /a", 0.021, 0.045, 0.06, 0.9), endpoint("GET /b", 0.2, 0.4, 1.0, 80.0)];
    snapshot("run_sub_millisecond", &run_report(&run(), &summary(tiny)));
    let mut slow = endpoint("GET /slow", 3_000.0, 9_000.0, 12_000.0, 29_999.0);
    slow.per_second = Some(0.31);
    snapshot("run_seconds", &run_report(&run(), &summary(vec![slow.clone()])));
    slow.max = std::time::Duration::MAX;
    slow.outcomes = outcomes(u64::MAX / 2, &[]);
    slow.per_second = Some(1e9);
    let endpoints = vec![slow, endpoint("GET /fast", 0.021, 0.045, 0.06, 0.9)];
    snapshot("run_huge", &run_report(&run(), &summary(endpoints)));
}

#[test]
fn a_stored_run_is_shown_with_where_it_comes_from() {
    let mut run = run();
    run.rounds[1].validity = Validity::Invalid(vec![
        Unsound::Lag(Delay { percentile: Metric::P95, nanos: 2_500_000, limit_nanos: 1_000_000 }),
        Unsound::Busy(Share::new(0.93)),
    ]);
    run.session.ci = Some(CiJob { provider: "github-actions".into(), id: Some("1187".into()) });
    let summary = summary(typical());
    let document = Document::Show(RunReport {
        number: Some(43),
        run: &run,
        summary: &summary,
        requirements: &[],
    });
    snapshot("show", &table(&document));
    snapshot("show_verbose", &document.render(Format::Table, &VERBOSE));
}

#[test]
fn phases_and_connections_are_shown_of_every_endpoint_that_has_them() {
    let mut endpoints = typical();
    endpoints[0].phases = Some(at_once());
    endpoints[1].phases = Some(every_phase());
    endpoints[1].connections = 50;
    endpoints[2].phases = Some(std::collections::BTreeMap::new());
    endpoints[2].connections = 1;
    endpoints[3].phases = Some(every_phase().into_iter().take(2).collect());
    endpoints[3].connections = 12_345;
    let (run, summary) = (Run { rounds: Vec::new(), ..run() }, summary(endpoints));
    let report = RunReport { number: Some(43), run: &run, summary: &summary, requirements: &[] };
    let narrow = Style { width: 80, ..VERBOSE };
    let shown = Document::Show(report).render(Format::Table, &narrow);
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    snapshot("show_phases", &shown);
    let markdown = Document::Show(report).render(Format::Markdown, &narrow);
    snapshot("markdown_show_phases", &markdown);
}

#[test]
fn a_saturated_run_says_what_saturated() {
    let mut run = run();
    for round in &mut run.rounds[..3] {
        round.validity = Validity::Invalid(vec![Unsound::Steal(Share::new(0.12))]);
    }
    snapshot("run_saturated", &run_report(&run, &summary(typical())));
}

#[test]
fn what_no_round_counted_of_asks_for_no_more_requests() {
    let mut run = run();
    for round in &mut run.rounds {
        round.validity = Validity::Invalid(vec![Unsound::Busy(Share::new(0.97))]);
    }
    let mut none = endpoint("GET /health", 1.0, 1.0, 1.0, 0.0);
    none.p50 = Carried::More(5);
    none.p95 = Carried::More(59);
    none.p99 = Carried::More(299);
    none.rounds.clear();
    let summary = RunSummary { valid_rounds: 0, invalid_rounds: 5, ..summary(vec![none]) };
    snapshot("run_none_counted", &run_report(&run, &summary));
    let few = |rounds| Decision::TooFew { of: Lacking::Run, rounds, successes: 0, needed: 100 };
    let compared = comparison(vec![row("GET /health", 1.3, 0.0, few(0))]);
    snapshot("compare_none_counted", &compare_run(&run, &compared, Style::default()));
    run.rounds[0].validity = Validity::Valid;
    let compared = comparison(vec![row("GET /health", 1.3, 1.3, few(1))]);
    let one = compare_run(&run, &compared, Style::default());
    assert!(one.contains("the run has 1 valid round"), "{one}");
    assert!(!one.contains("--rounds"), "it is the load that has to change: {one}");
}

#[test]
fn the_side_that_has_too_few_is_named() {
    let few = |of| Decision::TooFew { of, rounds: 2, successes: 80, needed: 100 };
    let rows = [
        ("GET /run", Lacking::Run),
        ("GET /again", Lacking::Again),
        ("GET /baseline", Lacking::Baseline),
        ("GET /both", Lacking::Both),
    ];
    let rows = rows.map(|(name, of)| row(name, 1.3, 1.4, few(of))).to_vec();
    snapshot("compare_too_few", &compare(&comparison(rows)));
}

pub(crate) fn compare(comparison: &Comparison) -> String {
    compare_as(comparison, Style::default())
}

fn compare_as(comparison: &Comparison, style: Style) -> String {
    compare_run(&run(), comparison, style)
}

fn compare_run(run: &Run, comparison: &Comparison, style: Style) -> String {
    let report = CompareReport {
        number: Some(43),
        run,
        against: Against::File(Path::new("performance_baselines.json")),
        comparison,
        exit: comparison.verdict.exit_status(),
    };
    Document::Compare(report).render(Format::Table, &style)
}

#[test]
fn no_change_is_short() {
    let rows = vec![
        row("GET /health", 1.31, 1.29, Decision::Pass),
        row("GET /clients", 12.31, 12.88, Decision::Pass),
    ];
    snapshot("compare_pass", &compare(&comparison(rows)));
}

#[test]
fn every_decision_has_its_words() {
    snapshot("compare_every_decision", &compare(&comparison(every_decision())));
}

#[test]
fn the_reasons_of_every_row_are_told_when_asked_for() {
    let rows = vec![
        row("GET /health", 1.31, 1.29, Decision::Pass),
        row("GET /clients", 12.31, 37.05, Decision::Regressed { confirmed: true }),
    ];
    snapshot("compare_verbose", &compare_as(&comparison(rows), VERBOSE));
}

#[test]
fn every_warning_has_its_sentence() {
    let mut warned = row("GET /health", 1.31, 1.9, Decision::Pass);
    warned.warnings = vec![
        Warning::Slower { ratio: 1.45, p: 0.000_4 },
        Warning::StaleBaseline { gate_now: 3.4 },
        Warning::P99 { ratio: 2.9 },
        Warning::UnstableTail { pooled_p95: ms(3.1) },
        Warning::TargetMissed { target: ms(1.5) },
        Warning::WeakGate { k_eff: 5.2 },
        Warning::Allowed { before: Share::new(0.12), after: Share::new(0.61) },
        Warning::Limited { share: Share::new(0.034) },
        Warning::Repeated { share: Share::new(0.002) },
    ];
    let mut comparison = comparison(vec![warned]);
    comparison.verdict = Verdict::Failed;
    snapshot("compare_warnings_fail", &compare(&comparison));
}

#[test]
fn banners_come_first() {
    let mut comparison = comparison(vec![row("GET /health", 1.31, 1.29, Decision::Pass)]);
    let other = MachineClass { cpus: 2, quota_percent: Some(150), ..machine() };
    comparison.banners = vec![
        Banner::OtherClass { baseline: machine(), run: other },
        Banner::OtherSpeed { ratio: 1.4 },
        Banner::FasterMachine { ratio: 0.7 },
        Banner::UniformMachine { ratio: 1.6 },
        Banner::UniformService { ratio: 2.2 },
        Banner::Saturated(vec![Unsound::Steal(Share::new(0.12))]),
        Banner::Unfinished,
        Banner::OldBaseline { days: 92 },
        Banner::Stored,
    ];
    snapshot("compare_banners", &compare(&comparison));
}

#[test]
fn nothing_judged_is_no_pass() {
    snapshot("compare_nothing", &compare(&comparison(Vec::new())));
    let new = vec![row("GET /fresh", 0.0, 4.2, Decision::New)];
    snapshot("compare_only_new", &compare(&comparison(new)));
}

#[test]
fn different_workloads_are_named() {
    let mut comparison = comparison(Vec::new());
    comparison.verdict = Verdict::NotComparable(vec![
        Difference { part: "round".into(), was: Some("2s".into()), is: Some("1s".into()) },
        Difference { part: "timeout".into(), was: Some("10s".into()), is: Some("1s".into()) },
        Difference {
            part: "load".into(),
            was: Some("10 users".into()),
            is: Some("50 users".into()),
        },
        Difference { part: "request of GET /a".into(), was: Some("f3a1".into()), is: None },
    ]);
    snapshot("compare_other_workload", &compare(&comparison));
}

#[test]
fn long_and_evil_names_stay_within_their_cell() {
    let long = "GET /api/v1/organisations/{organisation}/projects/{project}/builds/{build}/artifacts/{artifact}/download";
    let rows = vec![
        row(long, 1_234.56, 4_321.0, Decision::Regressed { confirmed: true }),
        row("GET /<script>alert(1)</script>|`x`", 1.31, 1.29, Decision::Pass),
        row("GET /\u{202e}gnirts/日本語/ü", 1.31, 4.0, Decision::Regressed { confirmed: true }),
    ];
    snapshot("compare_long_and_evil_names", &compare(&comparison(rows)));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let comparison = comparison(every_decision());
    let coloured = compare_as(&comparison, Style { colour: Colour::On, ..Style::default() });
    snapshot("compare_colour", &coloured.replace('\u{1b}', "^"));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), compare(&comparison));
}

#[test]
fn a_narrow_page_loses_spare_columns_and_the_middle_of_names() {
    let comparison = comparison(every_decision());
    snapshot("compare_narrow", &compare_as(&comparison, Style { width: 72, ..Style::default() }));
}

fn record(old: Option<&Baseline>, new: &Baseline) -> String {
    let path = Path::new("performance_baselines.json");
    table(&Document::Record(RecordReport {
        number: Some(43),
        path,
        key: &key(),
        old,
        new,
        requirements: &[],
        limited: &[],
    }))
}

#[test]
fn a_first_baseline_lists_its_figures() {
    let new = baseline(&[
        ("GET /health", 0.82, 1.31, 2.4, 8.1),
        ("GET /clients", 8.0, 12.31, 14.0, 31.0),
    ]);
    snapshot("record_first", &record(None, &new));
}

#[test]
fn a_new_baseline_stands_beside_the_old_one() {
    let old = baseline(&[
        ("GET /health", 0.82, 1.31, 2.4, 8.1),
        ("GET /clients", 8.0, 12.31, 14.0, 31.0),
        ("GET /gone", 8.0, 12.31, 14.0, 31.0),
    ]);
    let mut new = baseline(&[
        ("GET /health", 0.82, 1.29, 2.4, 8.1),
        ("GET /clients", 8.0, 37.05, 44.0, 131.0),
        ("GET /fresh", 2.0, 4.0, 5.0, 9.0),
    ]);
    new.acceptance.reason = Some("release night".into());
    new.acceptance.overruled =
        vec!["GET /clients has a round with 88 successes; it takes 100".into()];
    snapshot("record_again", &record(Some(&old), &new));
}

pub(crate) fn lines() -> Vec<HistoryLine> {
    let line = |number: i64, worst: Option<(&str, f64)>, state, verdict| HistoryLine {
        number,
        run: run_id(number as u8),
        started: at("2026-11-20T10:03:27Z"),
        scenario: "light".parse().unwrap(),
        environment: "default".parse().unwrap(),
        endpoints: 8,
        worst: worst.map(|(text, p95)| (name(text), ms(p95))),
        state,
        verdict,
        is_baseline: number == 42,
        commit: (number != 41).then(|| "5a82185d6f0c0a0e".into()),
        dirty: number == 43,
    };
    vec![
        line(43, Some(("GET /clients", 412.2)), RunState::Complete, Some(ExitStatus::GateFailed)),
        line(
            42,
            Some(("GET /api/v1/builds/{id}/artifacts/{artifact}", 88.1)),
            RunState::Complete,
            Some(ExitStatus::Pass),
        ),
        line(41, None, RunState::Interrupted, None),
        line(40, Some(("GET /clients", 90.0)), RunState::Complete, Some(ExitStatus::Inconclusive)),
    ]
}

#[test]
fn the_history_is_a_row_a_run() {
    snapshot("history", &table(&Document::History(&lines())));
    snapshot("history_empty", &table(&Document::History(&[])));
}

#[test]
fn a_checked_plan_is_shown_without_secrets() {
    let path = Some(Path::new("perfbase.toml"));
    for (name, plan) in [
        ("check", plan()),
        ("check_classes", plan_of_classes()),
        ("check_page", plan_with_page()),
        ("check_limiters", plan_of_limiters()),
    ] {
        let document = Document::Check(CheckReport {
            path,
            plan: &plan,
            policy: &policy(),
            at_most: most_time(&plan),
        });
        for format in Format::ALL {
            assert!(!document.render(format, &Style::default()).contains("hunter2"), "{format}");
        }
        snapshot(name, &table(&document));
    }
}

#[test]
fn no_line_of_a_table_is_longer_than_a_hundred_columns() {
    use unicode_width::UnicodeWidthStr;

    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/report/snapshots");
    let mut tables = 0;
    for entry in fs_err::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_table = !["json_", "markdown_", "annotations"].iter().any(|it| file.starts_with(it));
        if !is_table || file == "compare_colour.snap" {
            continue;
        }
        tables += 1;
        for line in fs_err::read_to_string(&path).unwrap().lines() {
            assert!(line.width() <= 100, "{file}: {line}");
        }
    }
    assert!(tables > 20, "only {tables} tables");
}
