//! How to judge, and where the files lie.

use super::*;

#[test]
fn the_gate_is_the_files_with_the_calls_over_it() {
    let text =
        format!("{SMALL}factor = 3\nmin_delta = \"2ms\"\nerrors = \"5%\"\n[gate]\nfactor = 1.5\n");
    let config = loaded(&text);
    let policy = config.policy(&GateOverrides::default());
    assert_eq!(policy.gate.factor.to_string(), "1.5");
    assert_eq!(policy.gate.min_delta, Duration::from_micros(500));
    assert_eq!(policy.gate.errors, Share::new(0.01));
    let asked = GateOverrides {
        factor: Some(4.0),
        strictness: Strictness::Bare,
        fail_on: FailOn::Warn,
        allow_missing: true,
        ..GateOverrides::default()
    };
    let policy = config.policy(&asked);
    assert_eq!(policy.gate.factor.to_string(), "4");
    assert_eq!((policy.strictness, policy.fail_on), (Strictness::Bare, FailOn::Warn));
    assert!(policy.allow_missing);
    let (gate, _) = policy.endpoints[&"GET /a".parse().unwrap()];
    assert_eq!(gate.factor, Some(3.0));
    assert_eq!(gate.min_delta, Some(Duration::from_millis(2)));
    assert_eq!(gate.errors, Some(Share::new(0.05)));
}

#[test]
fn a_throughput_is_demanded_by_the_scenario() {
    let text =
        format!("{SMALL}[scenarios.full]\nusers = 5\nthroughput = {{ \"GET  /a\" = \"90/m\" }}\n");
    let full = planned(&text, &asked(|asked| asked.scenario = Some("full".into())));
    assert_eq!(full.endpoints[0].budgets.throughput, Rate::per_second(1.5));
    let other = planned(&text, &Overrides::default());
    assert_eq!(other.endpoints[0].budgets.throughput, None);
    let policy = loaded(&text).policy(&GateOverrides::default());
    let demanded = &policy.throughputs[&"full".parse().unwrap()];
    assert_eq!(demanded[&"GET /a".parse().unwrap()], Rate::per_second(1.5).unwrap());
    let urls = asked(|asked| {
        asked.scenario = Some("full".into());
        asked.urls = vec!["http://b/other".into()];
    });
    assert_eq!(planned(&text, &urls).endpoints.len(), 1);
}

#[test]
fn a_throughput_under_a_sockets_name_is_demanded_of_its_messages() {
    let text = format!(
        "{SMALL}[sockets.feed]\npath = \"/ws\"\nsend = \"a\"\nmessages = 10\n\
         [scenarios.full]\nendpoints = [\"feed\"]\nrate = \"5/s\"\nthroughput = {{ feed = \"40/s\" }}\n"
    );
    let full = planned(&text, &asked(|asked| asked.scenario = Some("full".into())));
    let demanded = full.endpoints.iter().map(|it| (it.name.as_str(), it.budgets.throughput));
    let demanded: Vec<_> = demanded.collect();
    assert_eq!(demanded, [("feed connect", None), ("feed message", Rate::per_second(40.0))]);
    let policy = loaded(&text).policy(&GateOverrides::default());
    let of_full = &policy.throughputs[&"full".parse().unwrap()];
    assert_eq!(of_full[&"feed message".parse().unwrap()], Rate::per_second(40.0).unwrap());
}

#[test]
fn baseline_and_database_lie_beside_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("load");
    std::fs::create_dir(&below).unwrap();
    std::fs::write(below.join("tests.toml"), SMALL).unwrap();
    let path = Path::new("load/tests.toml");
    let config = Config::load(Some(path), directory.path(), &env).unwrap();
    assert_eq!(config.baseline_path(), below.join("performance_baselines.json"));
    assert_eq!(config.database_path(), below.join(".perfbase/perfbase.db"));
    let none = Config::load(None, directory.path(), &env).unwrap();
    assert!(!none.has_file());
    assert_eq!(none.baseline_path(), directory.path().join("performance_baselines.json"));
}
