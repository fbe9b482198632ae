//! What is requested of whom: the service that the file describes, or the URLs of a call.

use crate::model::{
    Action, Behaviour, ConnectionPolicy, Endpoint, EnvironmentName, Kind, Readiness, Request,
    Resolved, ScenarioName, Steward, without_secrets,
};

use super::act::Act;
use super::address::{Urls, check_base};
use super::behaviour::{Described, behaviour};
use super::configuration::Config;
use super::connection::{AddressOf, unsaid};
use super::document::Document;
use super::error::Problems;
use super::overrides::Overrides;
use super::place::Place;
use super::problem::Problem;
use super::protected;
use super::scenario::{Pattern, Scenario};
use super::service::{Environment, resolve_url};
use super::target_problem::TargetProblem;
use super::users::ClassText;

/// What is requested of whom.
pub(super) struct Target {
    pub(super) base_url: Resolved,
    pub(super) ready: Option<Readiness>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) behaviour: Behaviour,
    pub(super) steward: Steward,
    /// What the workload says of each source of data, by name.
    pub(super) data: Vec<(String, String)>,
    pub(super) connection: ConnectionPolicy,
}

/// What a call has chosen of the file.
pub(super) struct Call<'a> {
    pub(super) asked: &'a Overrides,
    pub(super) environment: (&'a EnvironmentName, Option<&'a Environment>),
    pub(super) scenario: Option<&'a (ScenarioName, Scenario)>,
    /// Users at most at a time.
    pub(super) users: u32,
}

/// What is done of all that the file describes, and by whom.
pub(super) struct Chosen<'a> {
    /// In the order of the file.
    pub(super) acts: Vec<Act<'a>>,
    /// Empty for users who pick any endpoint.
    pub(super) classes: Vec<&'a ClassText>,
}

/// The target that the file describes.
pub(super) fn described(config: &Config, call: &Call<'_>, problems: &Problems) -> Option<Target> {
    let document = &config.document;
    let Call { asked, environment: (name, environment), .. } = *call;
    if !config.has_file() {
        problems.add(TargetProblem::NothingToMeasure(config.directory.display().to_string()));
        return None;
    }
    let own = environment.map(|environment| environment.service.clone()).unwrap_or_default();
    let variables = &document.variables;
    let (base_url, of) = if let Some(url) = &asked.service {
        (given(url, problems), AddressOf::Call)
    } else {
        let url = own.url.as_ref().or(document.service.url.as_ref());
        if url.is_none() {
            problems.add(TargetProblem::NoAddress(name.to_string()));
        }
        (url.and_then(|url| resolve_url(url, variables, problems)), own.address_of())
    };
    let place = match document.service.connection.socket(&own.connection, of) {
        Some(socket) => Some(Place::of_socket(socket)),
        None => base_url.as_ref().and_then(|url| Place::of_url(url.value())),
    };
    protected::refuse(config, asked, (Some(name), place.as_ref()), problems);
    let connection = document.service.connection.resolve(
        &own.connection,
        (base_url.as_ref(), of),
        &config.directory,
        problems,
    );
    let ready = document.service.readiness(&own, variables, problems);
    let chosen = chosen(document, call.scenario, problems);
    let Described { endpoints, behaviour, steward, data } =
        behaviour(document, &chosen, &own.headers, call, problems);
    Some(Target { base_url: base_url?, ready, endpoints, behaviour, steward, data, connection })
}

/// The address that the call gives in place of the file's.
fn given(url: &str, problems: &Problems) -> Option<Resolved> {
    if let Err(error) = check_base(url) {
        problems.add(Problem::Url { key: without_secrets(url), error });
        return None;
    }
    Some(Resolved::plain(url.trim_end_matches('/')))
}

fn chosen<'d>(
    document: &'d Document,
    scenario: Option<&(ScenarioName, Scenario)>,
    problems: &Problems,
) -> Chosen<'d> {
    let is_empty = document.acts().next().is_none();
    if is_empty {
        problems.add(TargetProblem::NoEndpoints);
    }
    let classes = classes(document, scenario.map(|(_, scenario)| scenario));
    if !classes.is_empty() {
        let done = |act: &Act<'_>| {
            classes.iter().any(|class| class.endpoints().any(|name| name == act.name()))
        };
        return Chosen { acts: document.acts().filter(done).collect(), classes };
    }
    let patterns = scenario.and_then(|(_, scenario)| scenario.endpoints.as_deref());
    let taken = |name: &str| patterns.is_none_or(|all| all.iter().any(|p| p.takes(name)));
    let is_limited = is_about_limiters(scenario);
    let all = document.acts().filter(|act| !is_limited || act.is_limited());
    let acts: Vec<_> = all.filter(|act| act.is_called(taken)).collect();
    if is_limited && acts.is_empty() && !is_empty {
        problems.add(TargetProblem::NoLimiter);
    } else if let (true, false, Some((name, _)), Some(patterns)) =
        (acts.is_empty(), is_empty, scenario, patterns)
    {
        problems.add(TargetProblem::ScenarioWithoutEndpoints {
            scenario: name.to_string(),
            pattern: show_patterns(patterns),
        });
    }
    Chosen { acts, classes }
}

fn of_limiters(scenario: &Scenario) -> bool {
    matches!(scenario.kind, Some(Kind::Limiter { .. }))
}

/// Whether the scenario is about rate limiters.
pub(super) fn is_about_limiters(scenario: Option<&(ScenarioName, Scenario)>) -> bool {
    scenario.is_some_and(|(_, scenario)| of_limiters(scenario))
}

/// The classes of users that a scenario has; none if it names its endpoints.
fn classes<'d>(document: &'d Document, scenario: Option<&Scenario>) -> Vec<&'d ClassText> {
    let of_classes = |scenario: &&Scenario| scenario.endpoints.is_none() && !of_limiters(scenario);
    let Some(scenario) = scenario.filter(of_classes) else {
        return Vec::new();
    };
    let taken = |class: &&ClassText| {
        let chosen = scenario.classes.as_ref();
        chosen.is_none_or(|names| names.iter().any(|(name, _)| *name == class.name))
    };
    document.classes.iter().filter(taken).collect()
}

fn show_patterns(patterns: &[Pattern]) -> String {
    let written: Vec<&str> = patterns.iter().map(|pattern| pattern.written.as_str()).collect();
    written.join("`, `")
}

/// The target that the URLs of the call give. Nothing of the file's service goes there: its
/// headers may hold a token that is not for this host.
pub(super) fn typed(
    config: &Config,
    asked: &Overrides,
    scenario: Option<&(ScenarioName, Scenario)>,
    problems: &Problems,
) -> Option<Target> {
    let document = &config.document;
    if let Some(environment) = &asked.environment {
        problems.add(TargetProblem::UrlsAndEnvironment(environment.clone()));
    }
    let urls = Urls::read(&asked.urls, problems)?;
    let place = Place::of_url(urls.base.value());
    protected::refuse(config, asked, (None, place.as_ref()), problems);
    let endpoints = urls.requests.into_iter().map(|(name, method, path)| {
        let same = document.endpoints.iter().find(|endpoint| endpoint.key == name);
        Endpoint {
            budgets: same.map(|endpoint| endpoint.budgets).unwrap_or_default(),
            gate: same.map(|endpoint| endpoint.gate).unwrap_or_default(),
            limiter: same.and_then(|endpoint| endpoint.limiter),
            name,
            cleanup: None,
            action: Action::Request(Request::plain(method, path.into())),
        }
    });
    let is_limited = is_about_limiters(scenario);
    let endpoints: Vec<_> =
        endpoints.filter(|endpoint| !is_limited || endpoint.limiter.is_some()).collect();
    if endpoints.is_empty() {
        problems.add(TargetProblem::NoLimiter);
    }
    Some(Target {
        base_url: urls.base,
        ready: None,
        endpoints,
        behaviour: Behaviour::default(),
        steward: Steward::default(),
        data: Vec::new(),
        connection: unsaid(),
    })
}
