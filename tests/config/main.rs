//! `perfbase.toml`, flags and environment become a plan, or errors that point at their place.

#![expect(clippy::unwrap_used, reason = "a test that cannot be prepared has failed")]

mod answers;
mod behaviours;
mod connections;
mod data;
mod errors;
mod metrics;
mod mutation;
mod pages;
mod plans;
mod policies;
mod sockets;
mod staged;
mod templates;
mod urls;
mod workloads;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use perfbase::config::{Config, ConfigError, GateOverrides, Overrides, Problem};
use perfbase::model::{
    Arrivals, Body, FailOn, Kind, Limiter, Load, Plan, Protocol, Quantity, Rate, Share, Stage,
    Strictness, Template, Windowing,
};
use proptest::prelude::*;

const SECRET: &str = "hunter2";
const WIDTH: usize = 100;

/// The environment of the tests: one secret, one variable that is empty, one that no header holds.
fn env(name: &str) -> Option<String> {
    match name {
        "TOKEN" => Some(SECRET.to_owned()),
        "EMPTY" => Some(String::new()),
        "BROKEN" => Some(format!("{SECRET}\n")),
        "HOST" => Some("service.example:8080".to_owned()),
        _ => None,
    }
}

/// What lies beside every configuration of the tests.
const FILES: [(&str, &[u8]); 15] = [
    ("body.json", b"{\"a\":1}"),
    ("accounts.csv", b"name, password\nload1,hunter2\n\"load,2\",\"hunter2\"\"\"\n"),
    ("agents.json", br#"[{"id": 7, "name": "hunter2"}, {"name": null, "id": 8}]"#),
    ("numbers.json", b"[1, 2.5, \"x\", true, [1]]"),
    ("empty.csv", b""),
    ("header.csv", b"name,password\n"),
    ("ragged.csv", b"name,password\nload1,hunter2\nload2\n"),
    ("latin1.csv", b"name\nload1\nhunter2\xe9\n"),
    ("broken.json", b"[{\"name\": \"hunter2\"\n"),
    ("empty.json", b"[]"),
    ("schema.json", b"{\"required\": [\"id\"]}"),
    ("other.json", b"{\"required\": [\"no\"]}"),
    ("wrong.json", b"{\"properties\": {\"id\": {\"type\": \"objekt\"}}}"),
    ("mixed.json", b"[{\"id\": 1}, \"hunter2\"]"),
    ("columns.json", b"[{\"id\": 1}, {\"id\": 2}, {\"key\": 3}]"),
];

/// A configuration read from the text, in a directory of its own.
fn load(text: impl AsRef<[u8]>) -> Result<Config, ConfigError> {
    load_for(text, None)
}

fn load_for(text: impl AsRef<[u8]>, asked: Option<&Overrides>) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("perfbase.toml"), text).unwrap();
    for (name, bytes) in FILES {
        std::fs::write(directory.path().join(name), bytes).unwrap();
    }
    Config::load_for(None, directory.path(), &env, asked)
}

fn loaded(text: &str) -> Config {
    load(text).unwrap_or_else(|error| panic!("{}", error.render(false, WIDTH)))
}

fn planned(text: &str, asked: &Overrides) -> Plan {
    loaded(text).plan(asked).unwrap_or_else(|error| panic!("{}", error.render(false, WIDTH)))
}

fn text(template: &Template) -> String {
    template.as_constant().unwrap()
}

/// The body that is the same for everybody.
fn sent(body: Option<&Body>) -> String {
    match body.unwrap() {
        Body::Text(template) => text(template),
        Body::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        Body::Multipart(_) => panic!("several parts"),
    }
}

fn without_file(urls: &[&str]) -> Result<Plan, ConfigError> {
    let urls = urls.iter().map(|url| (*url).to_owned()).collect();
    Config::without_file(Path::new("/service")).plan(&Overrides { urls, ..Overrides::default() })
}

fn count(number: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(number)
}

fn asked(change: impl FnOnce(&mut Overrides)) -> Overrides {
    let mut asked = Overrides::default();
    change(&mut asked);
    asked
}

const PRODUCT: &str = include_str!("../fixtures/config/product.toml");

/// The smallest file.
const SMALL: &str = "[service]\nurl = \"http://localhost:8000\"\n[endpoints.\"GET /a\"]\n";

/// A file whose sections all say something about the load.
const LAYERS: &str = r#"
    [service]
    url = "http://localhost:8000"
    timeout = "3s"
    headers = { x-one = "service", x-two = "service", x-three = "service" }
    [env.staging]
    url = "https://staging.example/v1/"
    users = 50
    timeout = "4s"
    insecure = true
    headers = { X-Two = "environment", x-three = "environment" }
    [endpoints."GET /a"]
    headers = { x-three = "endpoint", x-four = "endpoint" }
    [endpoints."POST /b"]
    [scenarios.light]
    users = 7
    rounds = 3
    [scenarios.own]
    rate = "90/m"
    endpoints = ["POST *"]
    warm_up = "0s"
    warm_up_requests = 0
    seed = 9
"#;
