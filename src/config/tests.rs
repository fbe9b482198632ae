//! The documentation and the code name the same keys, and its examples work.

use std::collections::BTreeSet;

use super::section::Keys;
use super::{
    Config, Overrides, connection, data, document, endpoint, limiter, login, metrics, multipart,
    page, scenario, service, socket, steward, users,
};

const TEXT: &str = include_str!("../../docs/configuration.md");

/// The part of the documentation below a heading.
fn part(heading: &str) -> &'static str {
    let start = TEXT.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("{heading}"));
    let below = &TEXT[start + 4..];
    below.find("\n## ").map_or(below, |end| &below[..end])
}

/// The examples of the documentation.
fn examples() -> impl Iterator<Item = &'static str> {
    TEXT.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap())
}

#[test]
fn every_key_is_documented_in_its_section_and_shown_in_an_example() {
    let all: [(&str, &Keys); 18] = [
        ("[service]", &service::SERVICE_KEYS),
        ("[env.NAME]", &service::ENVIRONMENT_KEYS),
        ("[service]", &connection::TLS_KEYS),
        ("[data]", &data::KEYS),
        ("[login]", &login::KEYS),
        ("[endpoints.\"METHOD /path\"]", &endpoint::KEYS),
        ("[pages.\"NAME\"]", &page::KEYS),
        ("[sockets.\"NAME\"]", &socket::KEYS),
        ("[sockets.\"NAME\"]", &socket::CONNECT_KEYS),
        ("[metrics.\"NAME\"]", &metrics::KEYS),
        ("[endpoints.\"METHOD /path\"]", &limiter::KEYS),
        ("[users.NAME]", &users::CLASS_KEYS),
        ("[flows.NAME]", &users::FLOW_KEYS),
        ("[scenarios.NAME]", &scenario::KEYS),
        ("[[setup]]", &steward::SETUP_KEYS),
        ("[[cleanup]]", &steward::CLEANUP_KEYS),
        ("[invariants.NAME]", &steward::INVARIANT_KEYS),
        ("[gate]", &document::GATE_KEYS),
    ];
    for (heading, keys) in all {
        let part = part(heading);
        for key in keys.known {
            let is_described =
                ["`", "**"].iter().any(|it| part.contains(&format!("{it}{key}{it}")));
            assert!(is_described, "`{key}` is not described in {heading}");
            let shown = examples().any(|example| {
                let is_shown = |line: &str| {
                    let (begin, within) = (format!("{key} = "), format!(" {key} = "));
                    line.starts_with(&begin) || line.starts_with("tls = ") && line.contains(&within)
                };
                example.lines().any(is_shown)
            });
            assert!(shown, "`{key}` is in no example");
        }
    }
    for section in document::TOP_KEYS.known {
        let headings = [format!("\n## [{section}"), format!("\n## [[{section}]]")];
        assert!(headings.iter().any(|it| TEXT.contains(it)), "[{section}] is not described");
    }
}

#[test]
fn no_key_is_documented_that_does_not_exist() {
    let known: BTreeSet<&str> = [
        &service::ENVIRONMENT_KEYS,
        &data::KEYS,
        &login::KEYS,
        &endpoint::KEYS,
        &page::KEYS,
        &socket::KEYS,
        &metrics::KEYS,
        &limiter::KEYS,
        &multipart::KEYS,
        &users::CLASS_KEYS,
        &users::FLOW_KEYS,
        &scenario::KEYS,
        &steward::SETUP_KEYS,
        &steward::INVARIANT_KEYS,
        &document::GATE_KEYS,
    ]
    .into_iter()
    .flat_map(|keys| keys.known.iter().copied())
    .chain(scenario::BUILT_IN)
    .collect();
    let rows = TEXT.lines().filter_map(|line| line.strip_prefix("| `"));
    for row in rows {
        let names = row.split(" | ").next().unwrap_or_default();
        for name in names.split(", ").map(|name| name.trim_matches('`')) {
            assert!(known.contains(name), "`{name}` is no key");
        }
    }
}

#[test]
fn every_example_makes_a_plan_for_each_scenario_and_environment_it_has() {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("client.json", "{}"),
        ("accounts.csv", "name\nload1\nload2\n"),
        ("agents.json", "[{ \"id\": 1 }]"),
        ("order.schema.json", "{ \"required\": [\"id\"] }"),
        ("picture.png", "png"),
    ] {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    for (name, text) in [
        ("ca.pem", made.cert.pem()),
        ("client.pem", made.cert.pem()),
        ("client.key", made.signing_key.serialize_pem()),
    ] {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let path = directory.path().join("perfbase.toml");
    for example in examples() {
        std::fs::write(&path, example).unwrap();
        let config = Config::load(None, directory.path(), &|_| Some("value".to_owned()))
            .unwrap_or_else(|error| panic!("{}\n{example}", error.render(false, 100)));
        let environments = config.document.environments.iter().map(|(name, _)| name.to_string());
        for environment in environments.chain([super::DEFAULT_ENVIRONMENT.to_owned()]) {
            let scenarios = config.document.scenarios.iter().map(|(name, _)| name.to_string());
            for scenario in scenarios.chain([scenario::DEFAULT.to_owned()]) {
                let asked = Overrides {
                    environment: Some(environment.clone()),
                    scenario: Some(scenario),
                    allow_protected: true,
                    ..Overrides::default()
                };
                config
                    .plan(&asked)
                    .unwrap_or_else(|error| panic!("{}\n{example}", error.render(false, 100)));
            }
        }
    }
    assert!(examples().count() >= 10);
}
