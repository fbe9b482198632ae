use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::super::given::{baseline, endpoint, file, key, median, session};
use super::*;

fn place() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("performance_baselines.json");
    (root, path)
}

fn entries(root: &tempfile::TempDir) -> usize {
    fs::read_dir(root.path()).unwrap().count()
}

/// The file with one value replaced (`null` in the place of the value removes it).
fn changed(pointer: &str, value: &Value) -> Result<BaselineFile, BaselineError> {
    let (_root, path) = place();
    let mut json = serde_json::to_value(convert::to_shape(&file())).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = json.pointer_mut(parent).unwrap();
    match parent {
        Value::Object(map) if value.is_null() => {
            assert!(map.remove(&name.replace("~1", "/")).is_some(), "{pointer}");
        }
        Value::Object(map) => {
            map.insert(name.replace("~1", "/"), value.clone());
        }
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
        _ => panic!("{pointer}"),
    }
    fs::write(&path, json.to_string()).unwrap();
    BaselineStore::read(&path)
}

#[test]
fn what_is_written_reads_back_as_itself() {
    let (root, path) = place();
    BaselineStore::write(&path, &file()).unwrap();
    assert_eq!(BaselineStore::read(&path).unwrap(), file());
    let text = fs::read_to_string(&path).unwrap();
    BaselineStore::write(&path, &BaselineStore::read(&path).unwrap()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(entries(&root), 1, "no temporary file is left");
}

#[test]
fn allowed_answers_are_kept_and_leave_no_trace_where_there_are_none() {
    let (_root, path) = place();
    let mut with = file();
    for endpoint in with.baselines.values_mut().flat_map(|it| it.endpoints.values_mut()) {
        endpoint.allowed = 30;
        endpoint.sessions[0].allowed = 30;
    }
    BaselineStore::write(&path, &with).unwrap();
    assert_eq!(BaselineStore::read(&path).unwrap(), with);
    BaselineStore::write(&path, &file()).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains("allowed"));
    let more = changed("/baselines/0/endpoints/GET ~1health/requests/allowed", &json!(2001));
    assert!(more.unwrap_err().to_string().contains("requests.allowed"));
}

#[test]
fn requests_that_were_sent_again_are_kept_and_leave_no_trace_where_there_are_none() {
    let (_root, path) = place();
    let mut with = file();
    for endpoint in with.baselines.values_mut().flat_map(|it| it.endpoints.values_mut()) {
        endpoint.repeated = 400;
        endpoint.sessions[0].repeated = 400;
    }
    BaselineStore::write(&path, &with).unwrap();
    assert_eq!(BaselineStore::read(&path).unwrap(), with);
    BaselineStore::write(&path, &file()).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains("repeated"));
    let more = changed("/baselines/0/endpoints/GET ~1health/requests/repeated", &json!(2001));
    assert!(more.unwrap_err().to_string().contains("requests.repeated"));
}

#[test]
fn the_file_looks_as_documented() {
    let (_root, path) = place();
    let mut baseline = baseline();
    baseline.endpoints.remove(&"GET /\"odd\" ü".parse().unwrap());
    let one = BaselineFile { baselines: BTreeMap::from([(key("light"), baseline)]) };
    BaselineStore::write(&path, &one).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let document = include_str!("../../../../docs/baseline-file.md");
    let example = document.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(Some(text.as_str()), example);
}

#[test]
fn one_endpoint_that_moves_changes_its_lines_alone() {
    let lines = |file: &BaselineFile| {
        let value = serde_json::to_value(convert::to_shape(file)).unwrap();
        layout::lay_out(&value).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut moved = file();
    let name = "GET /health".parse().unwrap();
    moved
        .baselines
        .get_mut(&key("light"))
        .unwrap()
        .endpoints
        .insert(name, endpoint(&[20_000, 20_100, 19_900]));
    let (before, after) = (lines(&file()), lines(&moved));
    assert_eq!(before.len(), after.len());
    let differing: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a != b).collect();
    assert_eq!(differing.len(), 3, "{differing:#?}");
    assert!(before.iter().all(|line| line.len() < 300));
}

#[test]
fn a_file_that_is_not_perfbases_is_neither_read_nor_overwritten() {
    for text in ["{\"GET /health\": 12}", "[1, 2]", "{\"perfbase_baseline\": \"one\"}", "3"] {
        let (root, path) = place();
        fs::write(&path, text).unwrap();
        for result in [
            BaselineStore::read(&path).map(drop),
            BaselineStore::check_writable(&path),
            BaselineStore::write(&path, &file()),
        ] {
            let error = result.unwrap_err();
            assert!(matches!(error, BaselineError::Foreign { .. }), "{text}: {error:?}");
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(entries(&root), 1);
    }
}

#[test]
fn a_newer_file_is_neither_read_nor_overwritten() {
    let text = "{\"perfbase_baseline\": 2, \"news\": {}}";
    let (_root, path) = place();
    fs::write(&path, text).unwrap();
    for result in [BaselineStore::read(&path).map(drop), BaselineStore::write(&path, &file())] {
        let error = result.unwrap_err();
        assert!(matches!(error, BaselineError::Newer { found: 2, known: 1, .. }), "{error:?}");
        assert!(error.hint().unwrap().contains("update perfbase"));
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_file_cut_off_anywhere_is_said_with_its_line_and_kept() {
    let (_root, path) = place();
    BaselineStore::write(&path, &file()).unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    for length in (0..whole.len() - 2).step_by(97).filter(|at| whole.is_char_boundary(*at)) {
        fs::write(&path, &whole[..length]).unwrap();
        let error = BaselineStore::read(&path).unwrap_err();
        let BaselineError::Syntax { line, .. } = error else { panic!("{length}: {error:?}") };
        assert_eq!(line, whole[..length].matches('\n').count() + 1);
        BaselineStore::write(&path, &file()).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), whole[..length]);
    }
}

#[test]
fn figures_that_make_no_sense_are_named_with_their_endpoint() {
    let at = |field: &str| format!("/baselines/1/endpoints/GET ~1health/{field}");
    for (field, value, told) in [
        ("latency_ms/p95", json!(0), "`latency_ms.p95` is 0"),
        ("latency_ms/p95", json!(-1.5), "`latency_ms.p95` is negative: -1.5"),
        ("latency_ms/p95", json!(null), "`latency_ms.p95` is absent"),
        ("latency_ms/p95", json!(1e300), "`latency_ms.p95` is over 24 hours"),
        ("latency_ms/p50", json!(0.000_01), "`latency_ms.p50` is 0"),
        ("latency_ms/p95", json!(0.5), "`latency_ms.p95` is below p50"),
        ("latency_ms/max", json!(1.1), "`latency_ms.max` is below p95"),
        ("latency_ms/max", json!(2.5), "`latency_ms.max` is below p99"),
        ("latency_ms/p99", json!(-1), "`latency_ms.p99` is negative"),
        ("requests/successes", json!(0), "`requests.successes` is 0"),
        ("sessions", json!([]), "`sessions` is empty"),
        ("sessions/0/p95s_ms", json!([]), "`sessions.p95s_ms` is empty"),
        (
            "sessions/0/p50s_ms",
            json!([1.0]),
            "`sessions.p50s_ms` has 1 rounds where `p95s_ms` has 3",
        ),
        ("sessions/0/p99s_ms", json!([1.0]), "`sessions.p99s_ms` has 1 rounds"),
        ("sessions/0/p95s_ms/1", json!(0.0), "`sessions.p95s_ms` is 0"),
        ("ladder_ms/0.5", json!(99.0), "`ladder_ms` falls at 0.95"),
        ("ladder_ms/half", json!(1.0), "`ladder_ms` has the key `half`"),
        ("ladder_ms/1.5", json!(1.0), "`ladder_ms` has the key `1.5`"),
        (
            "latency_ms/p95",
            json!(2.5),
            "`latency_ms.p95` is 2.5000 ms, but the median of the rounds in `sessions` is 2.0000 ms",
        ),
        ("latency_ms/p50", json!(1.000_2), "`latency_ms.p50` is 1.0002 ms, but the median"),
        ("latency_ms/p99", json!(3.3), "`latency_ms.p99` is 3.3000 ms, but the median"),
        ("sessions/0/p95s_ms/0", json!(2.01), "`latency_ms.p95` is 2.0000 ms, but the median"),
        (
            "requests/failures",
            json!(900),
            "`requests.failures` is 900, but those of `sessions` add up to 3",
        ),
        (
            "requests/successes",
            json!(1999),
            "`requests.successes` is 1999, but those of `sessions`",
        ),
        (
            "requests/repeated",
            json!(2),
            "`requests.repeated` is 2, but those of `sessions` add up to 0",
        ),
        (
            "requests/allowed",
            json!(2),
            "`requests.allowed` is 2, but those of `sessions` add up to 0",
        ),
        (
            "sessions/0/failures",
            json!(0),
            "`requests.failures` is 3, but those of `sessions` add up to 0",
        ),
        (
            "latency_ms/max",
            json!(9.0),
            "`latency_ms.max` is 9.0000 ms, but the largest of `sessions` is 4.0400 ms",
        ),
        ("sessions/0/p99s_ms", json!(null), "`latency_ms.p99` is there, but not all of `sessions`"),
        ("latency_ms/p99", json!(null), "`latency_ms.p99` is absent, but all of `sessions`"),
        (
            "sessions/0/least_successes",
            json!(1_000_000),
            "`sessions.least_successes` is 1000000 in 3 rounds, of 2000 `successes`",
        ),
        (
            "sessions/0/least_successes",
            json!(667),
            "`sessions.least_successes` is 667 in 3 rounds, of 2000 `successes`",
        ),
        // The median is the same.
        ("sessions/0/p95s_ms/2", json!(0.5), "`sessions.p95s_ms` has a round below its p50"),
        ("sessions/0/p50s_ms/1", json!(2.1), "`sessions.p95s_ms` has a round below its p50"),
        ("sessions/0/p99s_ms/2", json!(1.9), "`sessions.p99s_ms` has a round below its p95"),
        ("sessions/0/p95s_ms/1", json!(50.0), "`sessions.p99s_ms` has a round below its p95"),
        ("sessions/0/p99s_ms/1", json!(50.0), "`sessions.max_ms` is below the p99 of a round"),
        ("ladder_ms/0.999", json!(5000.0), "`ladder_ms` has more than `latency_ms.max` at 0.999"),
        ("ladder_ms", json!({}), "`ladder_ms` is empty"),
        (
            "sessions/0/run",
            json!(session(7).run),
            "`sessions.run` is 00000000-0000-0000-0000-000000000007, which is none of the baseline's \
             `sessions`",
        ),
    ] {
        let error = changed(&at(field), &value).unwrap_err().to_string();
        let told = format!("baseline light in default: GET /health: {told}");
        assert!(error.contains(&told), "{field} {value}: {error}");
    }
}

#[test]
fn a_session_that_is_there_twice_is_refused() {
    let (_root, path) = place();
    let mut json = serde_json::to_value(convert::to_shape(&file())).unwrap();
    let endpoint = &mut json["baselines"][1]["endpoints"]["GET /health"];
    let one = endpoint["sessions"][0].clone();
    endpoint["sessions"].as_array_mut().unwrap().push(one);
    endpoint["requests"] = json!({ "successes": 4000, "failures": 6 });
    fs::write(&path, json.to_string()).unwrap();
    let error = BaselineStore::read(&path).unwrap_err().to_string();
    let told = "GET /health: `sessions` has the run 00000000-0000-0000-0000-000000000001 twice";
    assert!(error.contains(told), "{error}");
}

#[test]
fn a_day_reads_back_as_the_histogram_rounds_it() {
    let mut day = crate::model::Histogram::new();
    day.record(Duration::from_hours(24));
    let mut longest = file();
    for endpoint in longest.baselines.values_mut().flat_map(|it| it.endpoints.values_mut()) {
        endpoint.sessions[0].max = day.max();
        endpoint.max = day.max();
    }
    assert!(day.max() > Duration::from_hours(24));
    let (_root, path) = place();
    BaselineStore::write(&path, &longest).unwrap();
    BaselineStore::read(&path).unwrap();
    let more = changed("/baselines/0/endpoints/GET ~1health/latency_ms/max", &json!(86_490_000));
    assert!(more.unwrap_err().to_string().contains("is over 24 hours"));
}

#[test]
fn a_figure_may_differ_from_its_rounds_by_what_both_are_rounded_by() {
    let (_root, path) = place();
    let nanos = |of: &[u64]| of.iter().copied().map(Duration::from_nanos).collect();
    let mut even = file();
    for endpoint in even.baselines.values_mut().flat_map(|it| it.endpoints.values_mut()) {
        let session = &mut endpoint.sessions[0];
        session.p50s = nanos(&[1_000_049, 1_000_149]);
        session.p95s = nanos(&[2_000_050, 2_000_150]);
        session.p99s = Vec::new();
        session.max = Duration::from_nanos(2_000_150);
        (endpoint.p50, endpoint.p99) = (Duration::from_nanos(1_000_099), None);
        (endpoint.p95, endpoint.max) = (Duration::from_nanos(2_000_100), session.max);
        endpoint.ladder.iter_mut().for_each(|step| step.value = step.value.min(endpoint.max));
    }
    BaselineStore::write(&path, &even).unwrap();
    BaselineStore::read(&path).unwrap();
}

#[test]
fn a_baseline_without_a_session_or_with_a_stopped_clock_is_refused() {
    for (field, value, told) in [
        ("sessions", json!([]), "`sessions` is empty"),
        ("anchors_ms/cpu_kernel", json!(0), "`anchors_ms.cpu_kernel` is 0"),
        ("anchors_ms/null_p95", json!(-1), "`anchors_ms.null_p95` is negative"),
        ("anchors_ms/null_p50", json!(5), "`anchors_ms.null_p95` is below null_p50"),
        (
            "sessions",
            json!([session(1), session(2), session(1)]),
            "`sessions` has the run 00000000-0000-0000-0000-000000000001 twice",
        ),
        ("waivers/GET ~1health/ceiling_ms", json!(0), "GET /health: `ceiling_ms` is 0"),
    ] {
        let error = changed(&format!("/baselines/0/{field}"), &value).unwrap_err().to_string();
        assert!(error.contains(&format!("baseline a in default: {told}")), "{field}: {error}");
    }
    let many: Vec<_> = (0..20).map(|n| json!(session(n))).collect();
    let error = changed("/baselines/0/sessions", &json!(many)).unwrap_err().to_string();
    assert!(error.contains("`sessions` holds 20, over 1"), "{error}");
}

#[test]
fn two_baselines_for_one_key_are_refused() {
    let one = serde_json::to_value(convert::to_shape(&file())).unwrap()["baselines"][0].clone();
    let error = changed("/baselines/1", &one).unwrap_err().to_string();
    assert!(error.contains("a in default: `baselines` is there twice"), "{error}");
}

#[test]
fn unknown_and_doubled_keys_are_told_with_their_line() {
    let (_root, path) = place();
    BaselineStore::write(&path, &file()).unwrap();
    let whole = fs::read_to_string(&path).unwrap();
    for (from, to, told) in [
        (
            "\"successes\": 2000}",
            "\"successes\": 2000, \"sucesses\": 1}",
            "unknown field `sucesses`",
        ),
        ("\"GET /\\\"odd\\\" ü\": {", "\"GET /health\": {", "`GET /health` is there twice"),
        ("\"failures\": 3,", "\"failures\": 3, \"failures\": 3,", "duplicate field `failures`"),
        ("\"p50\": 1.0000,", "\"p50\": NaN,", "expected"),
        ("\"p50\": 1.0000,", "\"p50\": 1e999,", "number out of range"),
        ("\"p50\": 1.0000,", "\"p50\": \"fast\",", "invalid type"),
    ] {
        assert!(whole.contains(from), "{from}");
        fs::write(&path, whole.replacen(from, to, 1)).unwrap();
        let error = BaselineStore::read(&path).unwrap_err();
        let BaselineError::Syntax { line, message, .. } = &error else { panic!("{to}: {error:?}") };
        assert!(*line > 1 && message.contains(told), "{to}: {error}");
        assert!(!message.contains(" line "), "{message}");
    }
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let (root, path) = place();
    let mut broken = file();
    broken.baselines.get_mut(&key("light")).unwrap().sessions.clear();
    let error = BaselineStore::write(&path, &broken).unwrap_err();
    assert!(matches!(error, BaselineError::Invalid { .. }), "{error:?}");
    assert_eq!(entries(&root), 0);
}

#[test]
fn a_missing_file_is_said_with_the_way_to_make_one() {
    let (_root, path) = place();
    let error = BaselineStore::read(&path).unwrap_err();
    assert!(matches!(error, BaselineError::Missing { .. }));
    assert!(error.hint().unwrap().contains("perfbase record"));
}

#[test]
fn a_directory_in_the_place_of_the_file_is_said() {
    let (_root, path) = place();
    fs::create_dir(&path).unwrap();
    assert!(matches!(BaselineStore::read(&path), Err(BaselineError::Unreadable { .. })));
    let error = BaselineStore::check_writable(&path).unwrap_err();
    assert!(matches!(error, BaselineError::Unwritable { .. }), "{error:?}");
}

#[test]
fn directories_on_the_way_are_made_when_writing_and_not_when_asking() {
    let (root, path) = place();
    let path = path.with_file_name("a").join("b.json");
    BaselineStore::check_writable(&path).unwrap();
    assert_eq!(entries(&root), 0);
    BaselineStore::write(&path, &file()).unwrap();
    assert_eq!(BaselineStore::read(&path).unwrap(), file());
}

#[test]
fn a_file_that_may_not_be_written_is_left_alone() {
    let (_root, path) = place();
    BaselineStore::write(&path, &file()).unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    for result in [BaselineStore::check_writable(&path), BaselineStore::write(&path, &file())] {
        let error = result.unwrap_err();
        assert!(matches!(error, BaselineError::Unwritable { .. }), "{error:?}");
        assert!(error.hint().unwrap().contains("permissions"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_written_is_said_before_measuring() {
    let error = BaselineStore::check_writable("/proc/performance_baselines.json").unwrap_err();
    assert!(matches!(error, BaselineError::Unwritable { .. }), "{error:?}");
}

#[cfg(unix)]
#[test]
fn permissions_stay_and_a_link_stays_a_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (root, link) = place();
    let target = root.path().join("elsewhere.json");
    symlink("elsewhere.json", &link).unwrap();
    BaselineStore::write(&link, &BaselineFile::default()).unwrap();
    assert!(target.is_file(), "a link to nothing is a place to write");
    fs::set_permissions(&target, Permissions::from_mode(0o640)).unwrap();
    BaselineStore::write(&link, &file()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(BaselineStore::read(&target).unwrap(), file());
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_times_round_once_and_then_stay(
        nanos in proptest::collection::vec(100_u64..10_000_000_000_000, 1..8),
        scenario in "[a-z\"\\\\ü/]{1,12}",
        reason in proptest::option::of("\\PC{0,30}"),
    ) {
        let mut file = file();
        let mut baseline = baseline();
        let mut endpoint = endpoint(&nanos.iter().map(|n| n / 100).collect::<Vec<_>>());
        endpoint.sessions[0].p95s = nanos.iter().copied().map(Duration::from_nanos).collect();
        endpoint.p95 = median(&endpoint.sessions[0].p95s);
        endpoint.sessions[0].max += Duration::from_nanos(nanos[0] % 100);
        endpoint.max = endpoint.sessions[0].max;
        baseline.endpoints.insert("GET /x".parse().unwrap(), endpoint);
        baseline.acceptance.reason = reason;
        file.baselines.insert(key(&scenario), baseline);

        let (_root, path) = place();
        BaselineStore::write(&path, &file).unwrap();
        let first = fs::read_to_string(&path).unwrap();
        let read = BaselineStore::read(&path).unwrap();
        BaselineStore::write(&path, &read).unwrap();
        prop_assert_eq!(&fs::read_to_string(&path).unwrap(), &first);
        prop_assert_eq!(&BaselineStore::read(&path).unwrap(), &read);
        let written = &read.baselines[&key(&scenario)].endpoints[&"GET /x".parse().unwrap()];
        for (p95, nanos) in written.sessions[0].p95s.iter().zip(&nanos) {
            prop_assert!(p95.abs_diff(Duration::from_nanos(*nanos)) <= Duration::from_nanos(50));
        }
    }
}

fn with_counters() -> BaselineFile {
    use crate::model::{BaselineCounter, CounterSession};
    let sessions = vec![CounterSession { run: session(1).run, rounds: vec![12.25, 0.0, 1e18] }];
    let counter = BaselineCounter { per_second: 12.25, sessions };
    let mut baseline = baseline();
    baseline.counters = BTreeMap::from([("builds created".parse().unwrap(), counter)]);
    BaselineFile { baselines: BTreeMap::from([(key("light"), baseline)]) }
}

#[test]
fn counters_read_back_and_where_there_are_none_the_file_has_no_word_of_them() {
    let (_root, path) = place();
    BaselineStore::write(&path, &with_counters()).unwrap();
    assert_eq!(BaselineStore::read(&path).unwrap(), with_counters());
    BaselineStore::write(&path, &file()).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains("counters"));
}

#[test]
fn a_sum_that_is_none_is_refused_with_its_place() {
    for (field, value, problem) in [
        ("per_second", json!(-1.0), "is no sum: -1"),
        (
            "per_second",
            json!(12.3),
            "`per_second` is 12.3, but the median of the rounds in `sessions` is 12.25",
        ),
        (
            "sessions",
            json!([{ "run": session(3).run, "per_seconds": [12.25] }]),
            "is none of the baseline's `sessions`",
        ),
        (
            "sessions",
            json!([
                { "run": session(1).run, "per_seconds": [12.25] },
                { "run": session(1).run, "per_seconds": [12.25] },
            ]),
            "`sessions` has the run 00000000-0000-0000-0000-000000000001 twice",
        ),
        ("sessions", json!([]), "is empty"),
        ("sessions", json!([{ "run": session(1).run, "per_seconds": [] }]), "is empty"),
        ("sessions", json!([{ "run": session(1).run, "per_seconds": [-0.5] }]), "is no sum: -0.5"),
    ] {
        let (_root, path) = place();
        let mut shape = serde_json::to_value(convert::to_shape(&with_counters())).unwrap();
        shape["baselines"][0]["counters"]["builds created"][field] = value;
        fs::write(&path, shape.to_string()).unwrap();
        let error = BaselineStore::read(&path).unwrap_err().to_string();
        assert!(error.contains("builds created") && error.contains(problem), "{error}");
    }
}
