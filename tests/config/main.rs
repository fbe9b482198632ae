//! `perfbase.toml`, flags and environment become a plan, or errors that point at their place.

#![expect(clippy::unwrap_used, reason = "a test that cannot be prepared has failed")]

mod errors;
mod plans;
mod policies;
mod urls;
mod workloads;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use perfbase::config::{Config, ConfigError, GateOverrides, Overrides, Problem};
use perfbase::model::{Body, FailOn, Load, Plan, Rate, Share, Strictness};
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

/// A configuration read from the text, in a directory of its own.
fn load(text: impl AsRef<[u8]>) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("perfbase.toml"), text).unwrap();
    std::fs::write(directory.path().join("body.json"), b"{\"a\":1}").unwrap();
    Config::load(None, directory.path(), &env)
}

fn loaded(text: &str) -> Config {
    load(text).unwrap_or_else(|error| panic!("{}", error.render(false, WIDTH)))
}

fn planned(text: &str, asked: &Overrides) -> Plan {
    loaded(text).plan(asked).unwrap_or_else(|error| panic!("{}", error.render(false, WIDTH)))
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
