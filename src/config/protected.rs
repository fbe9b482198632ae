//! Environments that are measured on purpose only, and where nothing else may lead either.

use crate::model::{EnvironmentName, OffLimits};

use super::configuration::Config;
use super::document::Document;
use super::error::Problems;
use super::overrides::Overrides;
use super::place::Place;
use super::service::{Environment, resolve_url};
use super::target_problem::TargetProblem;

/// Refuses a protected environment by its name, and under whatever name, URL or socket leads to its
/// service.
pub(super) fn refuse(
    config: &Config,
    asked: &Overrides,
    (chosen, place): (Option<&EnvironmentName>, Option<&Place>),
    problems: &Problems,
) {
    let leads_to = |environment| {
        place.is_some_and(|place| places(config, environment).iter().any(|its| its.is(place)))
    };
    for (name, environment) in protected(config, asked) {
        if chosen == Some(name) || leads_to(environment) {
            problems.add(TargetProblem::Protected(name.to_string()));
        }
    }
}

/// Where a redirect may not lead.
pub(super) fn off_limits(config: &Config, asked: &Overrides) -> Vec<OffLimits> {
    let ports = protected(config, asked).flat_map(|(name, environment)| {
        places(config, environment).into_iter().filter_map(|place| match place {
            Place::Port(at) => Some(OffLimits { environment: name.clone(), at }),
            // No URL leads to a socket.
            Place::Socket { .. } => None,
        })
    });
    ports.collect()
}

/// The environments that are protected against this call.
fn protected<'c>(
    config: &'c Config,
    asked: &Overrides,
) -> impl Iterator<Item = (&'c EnvironmentName, &'c Environment)> {
    let is_allowed = asked.allow_protected;
    let environments = config.document.environments.iter();
    let environments = environments.filter(move |(_, it)| it.protected && !is_allowed);
    environments.map(|(name, environment)| (name, environment))
}

/// Where the service of an environment is found.
fn places(config: &Config, environment: &Environment) -> Vec<Place> {
    let Document { service, variables, .. } = &config.document;
    let own = &environment.service;
    let socket = service.connection.socket(&own.connection, own.address_of());
    // Beside a socket the URL of all environments is but what is sent as the host; one of its own
    // may be where the service is found without the socket.
    let shared = service.url.as_ref().filter(|_| socket.is_none());
    // A variable that only another environment needs may be missing.
    let silent = Problems::default();
    let url = own.url.as_ref().or(shared);
    let url = url.and_then(|url| resolve_url(url, variables, &silent));
    let url = url.and_then(|url| Place::of_url(url.value()));
    socket.map(Place::of_socket).into_iter().chain(url).collect()
}
