//! What makes two runs comparable.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::EndpointName;

/// Everything besides the code under test that decides how fast an answer can be: load, time a
/// round, timeouts, connection policy, and each endpoint's request. Two runs whose workloads
/// differ are not compared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Workload {
    /// Scenario-wide parts by name (`load`, `timeout`), each as readable text.
    pub parts: BTreeMap<String, String>,
    /// A short digest of each endpoint's request: method, path, headers, body and expectation, as
    /// written, so that secrets have no part in it.
    pub endpoints: BTreeMap<EndpointName, String>,
}

/// How the load of an open loop ends, and no other.
const CONNECTIONS: &str = " connections";

/// One part in which two workloads differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part: a name such as `load`, or an endpoint.
    pub part: String,
    /// How the first workload has it, if at all.
    pub was: Option<String>,
    /// How the second workload has it, if at all.
    pub is: Option<String>,
}

impl Difference {
    /// What decides it in `perfbase.toml`, by the names there; empty of what nothing there decides.
    #[must_use]
    pub fn settings(&self) -> Vec<String> {
        let fixed: &[&str] = match self.part.as_str() {
            "load" => return self.of_load(),
            "round" => &["duration", "rounds"],
            "connection" => &["keep_alive", "connection_lifetime", "http", "streams"],
            "timeout" => &["timeout"],
            "arrivals" => &["arrivals"],
            "judged" => &["success"],
            "spawn" => &["spawn_rate"],
            "kind" => &["kind"],
            "windows" => &["windows"],
            "requests" => &["requests"],
            "socket" => &["socket"],
            "client certificate" => &["tls.certificate"],
            "resumption" => &["tls.resumption"],
            "compression" => &["compression"],
            "setup" => &["[[setup]]"],
            "login" => &["[login]"],
            "order" => &["users", "[users]"],
            named => return of_named(named).into_iter().collect(),
        };
        fixed.iter().map(|&setting| setting.to_owned()).collect()
    }

    /// Those of [`Self::settings`] that are not called what the part is called here: a name that need not be
    /// said twice.
    #[must_use]
    pub fn other_settings(&self) -> Vec<String> {
        let mut settings = self.settings();
        settings.retain(|setting| *setting != self.part);
        settings
    }

    /// Users, arrivals and stages have settings of their own, and the two sides may be of different kinds.
    fn of_load(&self) -> Vec<String> {
        let mut settings: Vec<&str> = Vec::new();
        for text in [&self.was, &self.is].into_iter().flatten() {
            settings.extend(match text {
                staged if staged.contains(" for ") => &["stages"][..],
                open if open.ends_with(CONNECTIONS) => &["rate", "connections"],
                _ => &["users"],
            });
        }
        settings.dedup();
        settings.into_iter().map(str::to_owned).collect()
    }
}

/// Of a part that tells what it is about by a word before the name.
fn of_named(part: &str) -> Option<String> {
    let (word, name) = part.split_once(' ')?;
    match word {
        "data" | "users" => Some(format!("[{word}.{name}]")),
        "limiter" => Some(format!("limiter of {name}")),
        _ => None,
    }
}

impl Workload {
    /// The part `load` of an open loop of that much, with its connections.
    #[must_use]
    pub fn open_load(amount: &str, connections: NonZeroU32) -> String {
        format!("{amount}, at most {connections}{CONNECTIONS}")
    }

    /// Whether its load is an open loop's.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.parts.get("load").is_some_and(|load| load.ends_with(CONNECTIONS))
    }

    /// Where `self` and `newer` differ. An endpoint that only one side has is not a difference: it
    /// is missing or new, and the judge says so.
    #[must_use]
    pub fn differences(&self, newer: &Self) -> Vec<Difference> {
        let names: BTreeSet<&String> = self.parts.keys().chain(newer.parts.keys()).collect();
        let parts = names.into_iter().map(|name| Difference {
            part: name.clone(),
            was: self.parts.get(name).cloned(),
            is: newer.parts.get(name).cloned(),
        });
        let endpoints = self.endpoints.iter().filter_map(|(name, was)| {
            let is = newer.endpoints.get(name)?;
            Some(Difference {
                part: format!("request of {name}"),
                was: Some(was.clone()),
                is: Some(is.clone()),
            })
        });
        parts.chain(endpoints).filter(|difference| difference.was != difference.is).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(load: &str, endpoints: &[(&str, &str)]) -> Workload {
        Workload {
            parts: BTreeMap::from([("load".to_owned(), load.to_owned())]),
            endpoints: endpoints
                .iter()
                .map(|(name, digest)| (name.parse().unwrap(), (*digest).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn an_endpoint_of_one_side_only_is_no_difference() {
        let old = workload("1 user", &[("GET /a", "1"), ("GET /b", "2")]);
        let new = workload("1 user", &[("GET /a", "1"), ("GET /c", "3")]);
        assert_eq!(old.differences(&new), []);
    }

    #[test]
    fn a_difference_is_traced_to_what_is_written() {
        let settings = |part: &str, was: &str, is: &str| {
            let (was, is) = (Some(was.to_owned()), Some(is.to_owned()));
            Difference { part: part.to_owned(), was, is }.settings()
        };
        assert_eq!(settings("round", "2s", "1s"), ["duration", "rounds"]);
        assert_eq!(settings("load", "1 user", "10 users"), ["users"]);
        let open = Workload::open_load("200/s", NonZeroU32::MIN);
        assert_eq!(settings("load", "1 user", &open), ["users", "rate", "connections"]);
        assert_eq!(
            settings("load", "1 user for 5s, 9 users for 5s", "1 user"),
            ["stages", "users"]
        );
        assert_eq!(settings("data ids", "a list", "a table"), ["[data.ids]"]);
        assert!(settings("request of GET /a", "1", "2").is_empty());
    }

    #[test]
    fn another_load_or_another_request_is_named() {
        let old = workload("1 user", &[("GET /a", "1")]);
        let new = workload("10 users", &[("GET /a", "9")]);
        let parts: Vec<_> = old.differences(&new).into_iter().map(|d| d.part).collect();
        assert_eq!(parts, ["load", "request of GET /a"]);
    }
}
