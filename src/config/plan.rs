//! File and call together: one scenario against one environment.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::model::{
    ConnectionPolicy, Endpoint, EnvironmentName, Expect, Plan, Readiness, Resolved, ScenarioName,
    WarmUp,
};

use super::DEFAULT_ENVIRONMENT;
use super::address::{Urls, check_base, origin, without_secrets};
use super::configuration::Config;
use super::demand::{Arrivals, Demand, MOST_USERS};
use super::error::Problems;
use super::overrides::Overrides;
use super::problem::Problem;
use super::scenario::{self, Pattern, Scenario};
use super::section::{likeliest, out_of_range};
use super::service::{Environment, resolve_url};
use super::workload::workload;

const TIMEOUT: Duration = Duration::from_secs(10);
const ROUNDS: NonZeroU32 = NonZeroU32::new(5).unwrap();
const WARM_UP: Duration = Duration::from_secs(2);
const WARM_UP_REQUESTS: u32 = 50;
/// The same for every run that names none: two runs send the same sequence.
const SEED: u64 = 1;

/// Makes the plan; nothing if something is wrong, which is told.
pub(super) fn plan(config: &Config, asked: &Overrides, problems: &Problems) -> Option<Plan> {
    check_ranges(asked, problems);
    let environment = environment(config, asked, problems);
    let scenario = scenario(config, asked, problems);
    let (environment_name, environment) = environment?;
    let target = if asked.urls.is_empty() {
        described(config, asked, &environment_name, environment, scenario.as_ref(), problems)
    } else {
        typed(config, asked, problems)
    };
    let (scenario_name, scenario) = scenario?;
    let target = target?;

    let demand = Demand {
        arrivals: asked.rate.map(Arrivals::Rate).or(asked.users.map(Arrivals::Users)),
        connections: asked.connections,
        duration: asked.duration,
    };
    let demand = match environment {
        Some(environment) => demand.or(environment.demand),
        None => demand,
    };
    let demand = demand.or(scenario.demand);
    let load = demand.load();
    let duration = demand.duration.unwrap_or_default();
    let rounds = asked.rounds.or(scenario.rounds).unwrap_or(ROUNDS);
    let timeout = asked.timeout.or(target.timeout).unwrap_or(TIMEOUT);
    Some(Plan {
        workload: workload(load, duration, rounds, timeout, &target.endpoints),
        scenario: scenario_name,
        environment: environment_name,
        base_url: target.base_url,
        ready: target.ready.filter(|_| !asked.no_ready),
        endpoints: target.endpoints,
        load,
        duration,
        rounds,
        warm_up: WarmUp {
            duration: asked.warm_up.or(scenario.warm_up).unwrap_or(WARM_UP),
            requests: asked
                .warm_up_requests
                .or(scenario.warm_up_requests)
                .unwrap_or(WARM_UP_REQUESTS),
        },
        connection: ConnectionPolicy { timeout, insecure: asked.insecure || target.insecure },
        seed: asked.seed.or(scenario.seed).unwrap_or(SEED),
    })
}

/// What is requested of whom.
struct Target {
    base_url: Resolved,
    ready: Option<Readiness>,
    endpoints: Vec<Endpoint>,
    timeout: Option<Duration>,
    insecure: bool,
}

/// The target that the file describes.
fn described(
    config: &Config,
    asked: &Overrides,
    name: &EnvironmentName,
    environment: Option<&Environment>,
    scenario: Option<&(ScenarioName, Scenario)>,
    problems: &Problems,
) -> Option<Target> {
    let document = &config.document;
    if !config.has_file() {
        problems.add(Problem::NothingToMeasure(config.directory.display().to_string()));
        return None;
    }
    if environment.is_some_and(|environment| environment.protected) && !asked.allow_protected {
        problems.add(Problem::Protected(name.to_string()));
    }
    let own = environment.map(|environment| environment.service.clone()).unwrap_or_default();
    let variables = &document.variables;
    let base_url = if let Some(url) = &asked.service {
        given(config, asked, url, problems)
    } else {
        let url = own.url.as_ref().or(document.service.url.as_ref());
        if url.is_none() {
            problems.add(Problem::NoAddress(name.to_string()));
        }
        url.and_then(|url| resolve_url(url, variables, problems))
    };
    let ready = document.service.readiness(&own, variables, problems);
    let endpoints = endpoints(config, &own.headers, scenario, problems);
    Some(Target {
        base_url: base_url?,
        ready,
        endpoints,
        timeout: own.timeout.or(document.service.timeout),
        insecure: own.insecure.or(document.service.insecure).unwrap_or_default(),
    })
}

/// The address that the call gives in place of the file's.
fn given(config: &Config, asked: &Overrides, url: &str, problems: &Problems) -> Option<Resolved> {
    if let Err(error) = check_base(url) {
        problems.add(Problem::Url { key: without_secrets(url), error });
        return None;
    }
    refuse_protected(config, asked, url, problems);
    Some(Resolved::plain(url.trim_end_matches('/')))
}

/// A protected service stays protected under its address.
fn refuse_protected(config: &Config, asked: &Overrides, url: &str, problems: &Problems) {
    for (name, environment) in &config.document.environments {
        let silent = Problems::default();
        let protected = environment.service.url.as_ref().filter(|_| environment.protected);
        let protected =
            protected.and_then(|url| resolve_url(url, &config.document.variables, &silent));
        if protected.is_some_and(|protected| origin(protected.value()) == origin(url))
            && !asked.allow_protected
        {
            problems.add(Problem::Protected(name.to_string()));
        }
    }
}

fn endpoints(
    config: &Config,
    headers: &[super::headers::Header],
    scenario: Option<&(ScenarioName, Scenario)>,
    problems: &Problems,
) -> Vec<Endpoint> {
    let document = &config.document;
    if document.endpoints.is_empty() {
        problems.add(Problem::NoEndpoints);
    }
    let patterns = scenario.and_then(|(_, scenario)| scenario.endpoints.as_deref());
    let taken = |name: &str| patterns.is_none_or(|all| all.iter().any(|p| p.takes(name)));
    let chosen: Vec<_> =
        document.endpoints.iter().filter(|endpoint| taken(endpoint.name.as_str())).collect();
    if let (true, false, Some((name, _)), Some(patterns)) =
        (chosen.is_empty(), document.endpoints.is_empty(), scenario, patterns)
    {
        problems.add(Problem::ScenarioWithoutEndpoints {
            scenario: name.to_string(),
            pattern: show_patterns(patterns),
        });
    }
    chosen
        .into_iter()
        .filter_map(|endpoint| {
            endpoint.resolve(&document.service.headers, headers, &document.variables, problems)
        })
        .collect()
}

fn show_patterns(patterns: &[Pattern]) -> String {
    let written: Vec<&str> = patterns.iter().map(|pattern| pattern.written.as_str()).collect();
    written.join("`, `")
}

/// The target that the URLs of the call give. Nothing of the file's service goes there: its
/// headers may hold a token that is not for this host.
fn typed(config: &Config, asked: &Overrides, problems: &Problems) -> Option<Target> {
    let document = &config.document;
    if let Some(environment) = &asked.environment {
        problems.add(Problem::UrlsAndEnvironment(environment.clone()));
    }
    let urls = Urls::read(&asked.urls, problems)?;
    refuse_protected(config, asked, urls.base.value(), problems);
    let endpoints = urls.requests.into_iter().map(|(name, method, path)| {
        let same = document.endpoints.iter().find(|endpoint| endpoint.name == name);
        Endpoint {
            budgets: same.map(|endpoint| endpoint.details.budgets).unwrap_or_default(),
            gate: same.map(|endpoint| endpoint.details.gate).unwrap_or_default(),
            name,
            method,
            path,
            headers: Vec::new(),
            body: None,
            expect: Expect::default(),
        }
    });
    Some(Target {
        base_url: urls.base,
        ready: None,
        endpoints: endpoints.collect(),
        timeout: None,
        insecure: false,
    })
}

fn environment<'c>(
    config: &'c Config,
    asked: &Overrides,
    problems: &Problems,
) -> Option<(EnvironmentName, Option<&'c Environment>)> {
    let name = asked.environment.as_deref().unwrap_or(DEFAULT_ENVIRONMENT);
    let all = &config.document.environments;
    if name == DEFAULT_ENVIRONMENT {
        return Some((name.parse().ok()?, None));
    }
    let found = all.iter().find(|(known, _)| known.as_str() == name);
    if found.is_none() {
        let known: Vec<String> = std::iter::once(DEFAULT_ENVIRONMENT.to_owned())
            .chain(all.iter().map(|(name, _)| name.to_string()))
            .collect();
        problems.add(Problem::UnknownEnvironment {
            name: name.to_owned(),
            likely: likeliest(name, known.iter().map(String::as_str)),
            known,
        });
    }
    found.map(|(name, environment)| (name.clone(), Some(environment)))
}

fn scenario(
    config: &Config,
    asked: &Overrides,
    problems: &Problems,
) -> Option<(ScenarioName, Scenario)> {
    let name = asked.scenario.as_deref().unwrap_or(scenario::DEFAULT);
    let all = &config.document.scenarios;
    if let Some((name, found)) = all.iter().find(|(known, _)| known.as_str() == name) {
        return Some((name.clone(), found.clone().or(Scenario::built_in(name.as_str()))));
    }
    if scenario::BUILT_IN.contains(&name) {
        return Some((name.parse().ok()?, Scenario::built_in(name)));
    }
    if name == scenario::LATER {
        problems.add(Problem::NotYet(format!("the scenario `{name}`")));
        return None;
    }
    let mut known: Vec<String> = scenario::BUILT_IN.map(str::to_owned).into();
    known.extend(
        all.iter().map(|(name, _)| name.to_string()).filter(|name| !is_built_in(name.as_str())),
    );
    problems.add(Problem::UnknownScenario {
        name: name.to_owned(),
        likely: likeliest(name, known.iter().map(String::as_str)),
        known,
    });
    None
}

fn is_built_in(name: &str) -> bool {
    scenario::BUILT_IN.contains(&name)
}

fn check_ranges(asked: &Overrides, problems: &Problems) {
    if asked.users.is_some() && asked.rate.is_some() {
        problems.add(Problem::Together {
            first: "--users".to_owned(),
            second: "--rate".to_owned(),
            help: "users wait for their answers, a rate does not: give one",
        });
    }
    for (flag, time) in [("--duration", asked.duration), ("--timeout", asked.timeout)] {
        if time.is_some_and(|time| time.is_zero()) {
            problems.add(out_of_range(flag, "above zero"));
        }
    }
    for (flag, count, most) in [
        ("--users", asked.users, MOST_USERS),
        ("--connections", asked.connections, MOST_USERS),
        ("--rounds", asked.rounds, scenario::MOST_ROUNDS),
    ] {
        if count.is_some_and(|count| count.get() > most) {
            problems.add(out_of_range(flag, &format!("at most {most}")));
        }
    }
}
