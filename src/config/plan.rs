//! File and call together: one scenario against one environment.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::model::{
    ConnectionPolicy, EnvironmentName, Kind, Load, Plan, ScenarioName, Stages, WarmUp, Workload,
};

use super::DEFAULT_ENVIRONMENT;
use super::configuration::Config;
use super::demand::{Amount, CONNECTIONS, Demand, MOST_USERS};
use super::effect;
use super::error::Problems;
use super::kind;
use super::overrides::Overrides;
use super::problem::Problem;
use super::protected;
use super::scenario::{self, Scenario};
use super::section::{likeliest, out_of_range};
use super::service::Environment;
use super::target::{self, Target};
use super::throughput;
use super::workload::workload;

/// Where an amount takes the place of stages, which say themselves how long they are.
const DURATION: Duration = Duration::from_secs(10);
const ROUNDS: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// Where a round is a pass through stages, which takes its time.
const STAGED_ROUNDS: NonZeroU32 = NonZeroU32::new(3).unwrap();
const WARM_UP: Duration = Duration::from_secs(2);
const WARM_UP_REQUESTS: u32 = 50;
/// Most endpoints of a plan: each has a histogram a round and worker, and a row to be read.
const MOST_ENDPOINTS: usize = 500;
/// The same for every run that names none: two runs send the same sequence.
const SEED: u64 = 1;

/// Makes the plan; nothing if something is wrong, which is told.
pub(super) fn plan(config: &Config, asked: &Overrides, problems: &Problems) -> Option<Plan> {
    check_ranges(asked, problems);
    let environment = environment(config, asked, problems);
    let scenario = scenario(config, asked, problems);
    let (environment_name, environment) = environment?;
    let demand = demand(asked, environment, scenario.as_ref(), problems);
    let kind = kind(&demand, scenario.as_ref().map(|(_, scenario)| scenario));
    let load = match kind {
        Kind::Load | Kind::Correctness { .. } => demand.load(),
        Kind::Limiter { .. } => Load::Users(NonZeroU32::MIN),
    };
    kind::check(kind, &load, asked, problems);
    if let (Kind::Load, Some((_, scenario))) = (kind, &scenario) {
        effect::check(&load, &demand, asked, &scenario.demand, problems);
    }
    let target = if asked.urls.is_empty() {
        let call = target::Call {
            asked,
            environment: (&environment_name, environment),
            scenario: scenario.as_ref(),
            users: load.most_users(),
        };
        target::described(config, &call, problems)
    } else {
        target::typed(config, asked, scenario.as_ref(), problems)
    };
    let (scenario_name, scenario) = scenario?;
    let Target { base_url, ready, endpoints, behaviour, steward, data, connection } = target?;
    let default = if load.stages().is_some() { STAGED_ROUNDS } else { ROUNDS };
    let rounds = asked.rounds.or(scenario.rounds).unwrap_or(default);
    let all_rounds = |stages: &Stages| stages.duration().saturating_mul(rounds.get());
    if endpoints.len() > MOST_ENDPOINTS {
        problems.add(Problem::TooManyEndpoints { count: endpoints.len(), most: MOST_ENDPOINTS });
    }
    let connection =
        ConnectionPolicy { timeout: asked.timeout.unwrap_or(connection.timeout), ..connection };
    let connection = if asked.insecure { connection.trusting_anybody() } else { connection };
    let mut plan = Plan {
        scenario: scenario_name,
        environment: environment_name,
        base_url,
        ready: ready.filter(|_| !asked.no_ready),
        endpoints,
        kind,
        duration: load.stages().map_or_else(|| demand.duration.unwrap_or(DURATION), all_rounds),
        behaviour,
        steward,
        rounds,
        warm_up: WarmUp {
            duration: asked.warm_up.or(scenario.warm_up).unwrap_or(WARM_UP),
            requests: asked
                .warm_up_requests
                .or(scenario.warm_up_requests)
                .unwrap_or(WARM_UP_REQUESTS),
            // Others come and go as stages or a rate say.
            spawn_rate: demand.spawn_rate.filter(|_| matches!(load, Load::Users(_))),
        },
        load,
        connection,
        off_limits: protected::off_limits(config, asked),
        seed: asked.seed.or(scenario.seed).unwrap_or(SEED),
        workload: Workload::default(),
    };
    let demanded = scenario.throughput.unwrap_or_default();
    // URLs take the place of the file's endpoints, and of what these must get done.
    if asked.urls.is_empty() {
        throughput::demand(&mut plan, &demanded, problems);
    }
    if let Kind::Correctness { .. } = kind {
        // Everything that is sent counts, once.
        plan.rounds = NonZeroU32::MIN;
        plan.warm_up = WarmUp { duration: Duration::ZERO, requests: 0, spawn_rate: None };
        plan.duration = Duration::ZERO;
    }
    plan.workload = workload(&plan, data);
    Some(plan)
}

/// What the scenario is for.
fn kind(demand: &Demand, scenario: Option<&Scenario>) -> Kind {
    match scenario.and_then(|scenario| scenario.kind).unwrap_or_default() {
        Kind::Limiter { windows, .. } => {
            Kind::Limiter { windows, connections: demand.connections.unwrap_or(CONNECTIONS) }
        }
        other => other,
    }
}

fn demand(
    asked: &Overrides,
    environment: Option<&Environment>,
    scenario: Option<&(ScenarioName, Scenario)>,
    problems: &Problems,
) -> Demand {
    let of_scenario = scenario.map(|(_, scenario)| scenario.demand.clone()).unwrap_or_default();
    let of_environment = environment.map(|it| it.demand.clone()).unwrap_or_default();
    if let (Some((name, _)), Some(_)) = (scenario, of_scenario.steps()) {
        for (flag, is_given) in [
            ("--users", asked.users.is_some()),
            ("--rate", asked.rate.is_some()),
            ("--duration", asked.duration.is_some()),
            ("--spawn-rate", asked.spawn_rate.is_some()),
        ] {
            if is_given {
                problems.add(Problem::Staged { flag, scenario: name.to_string() });
            }
        }
        // The stages are the load, wherever the service is.
        return Demand {
            connections: asked
                .connections
                .or(of_environment.connections)
                .or(of_scenario.connections),
            ..of_scenario
        };
    }
    let demand = Demand {
        amount: asked.rate.map(Amount::Rate).or(asked.users.map(Amount::Users)),
        connections: asked.connections,
        duration: asked.duration,
        spawn_rate: asked.spawn_rate,
        ..Demand::default()
    };
    demand.or(of_environment).or(of_scenario)
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
    let built_in = |name: &str| match Scenario::built_in(name) {
        // What classes of users send follows from their tasks.
        scenario if !config.document.classes.is_empty() => Scenario { endpoints: None, ..scenario },
        scenario => scenario,
    };
    if let Some((name, found)) = all.iter().find(|(known, _)| known.as_str() == name) {
        return Some((name.clone(), found.clone().or(built_in(name.as_str()))));
    }
    if scenario::BUILT_IN.contains(&name) {
        return Some((name.parse().ok()?, built_in(name)));
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
