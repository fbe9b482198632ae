//! What is to be measured: everything resolved, nothing left to look up.

use std::num::NonZeroU32;
use std::time::Duration;

use super::{
    Action, Behaviour, Budgets, ConnectionPolicy, EndpointGate, EndpointName, EnvironmentName,
    Kind, Limiter, Load, Method, OffLimits, Page, Rate, Request, Resolved, ScenarioName, Steward,
    Workload,
};

/// One scenario against one environment, ready to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The scenario's name.
    pub scenario: ScenarioName,
    /// The environment's name.
    pub environment: EnvironmentName,
    /// Scheme, host, port and an optional path prefix, without a slash at the end:
    /// `http://127.0.0.1:8000`.
    pub base_url: Resolved,
    /// What to wait for before measuring; `None` starts at once.
    pub ready: Option<Readiness>,
    /// At least one endpoint, in the order of the file.
    pub endpoints: Vec<Endpoint>,
    /// What it is for.
    pub kind: Kind,
    /// Who sends, and when.
    pub load: Load,
    /// What users do.
    pub behaviour: Behaviour,
    /// What perfbase itself asks before and after.
    pub steward: Steward,
    /// Measured time of all rounds together, before any slice grows. With stages, as many times
    /// those as there are rounds.
    pub duration: Duration,
    /// How often the measurement is replicated.
    pub rounds: NonZeroU32,
    /// What is sent before the first round and not counted.
    pub warm_up: WarmUp,
    /// Connections and their limits.
    pub connection: ConnectionPolicy,
    /// Where no redirect may lead.
    pub off_limits: Vec<OffLimits>,
    /// Fixes task choice, order and arrivals: two runs with one seed send the same sequence.
    pub seed: u64,
    /// What makes two runs comparable.
    pub workload: Workload,
}

impl Plan {
    /// The endpoint of that name.
    #[must_use]
    pub fn endpoint(&self, name: &EndpointName) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.name == *name)
    }

    /// How long it takes until all users are there; `None` where they come all at once.
    #[must_use]
    pub fn rise(&self) -> Option<Duration> {
        match (&self.load, self.warm_up.spawn_rate) {
            (Load::Users(users), Some(rate)) if users.get() > 1 => {
                Some(rate.time_of(f64::from(users.get())))
            }
            _ => None,
        }
    }

    /// Connections that one user has at most at a time: what its largest page takes, and one for a
    /// socket besides if it sends anything else.
    #[must_use]
    pub fn connections_of_a_user(&self) -> u32 {
        let (mut kept, mut sockets) = (0, 0);
        for endpoint in &self.endpoints {
            match &endpoint.action {
                Action::Request(_) => kept = kept.max(1),
                Action::Page(page) => kept = kept.max(page.requests.len().min(Page::CONNECTIONS)),
                Action::Socket(_) => sockets = 1,
                Action::Messages(_) | Action::Timer(_) => {}
            }
        }
        u32::try_from(kept + sockets).unwrap_or(u32::MAX).max(1)
    }
}

/// What is measured under one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// Method and path template, or the name of a page, or of a part of something else.
    pub name: EndpointName,
    /// What users do.
    pub action: Action,
    /// Absolute limits.
    pub budgets: Budgets,
    /// What this endpoint's gate has of its own.
    pub gate: EndpointGate,
    /// What is declared of the rate limiter that guards it.
    pub limiter: Option<Limiter>,
    /// What deletes that which one of its requests made.
    pub cleanup: Option<Request>,
}

impl Endpoint {
    /// The request, where that is all that users do.
    #[must_use]
    pub fn request(&self) -> Option<&Request> {
        match &self.action {
            Action::Request(request) => Some(request),
            Action::Page(_) | Action::Socket(_) | Action::Messages(_) | Action::Timer(_) => None,
        }
    }

    /// What tasks call it: a socket has a name for itself, besides those that are measured.
    #[must_use]
    pub fn called(&self) -> &EndpointName {
        match &self.action {
            Action::Socket(socket) => &socket.name,
            Action::Request(_) | Action::Page(_) | Action::Messages(_) | Action::Timer(_) => {
                &self.name
            }
        }
    }
}

/// What tells that the service can be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// The request's method.
    pub method: Method,
    /// The request's path; any answer below 400 means ready.
    pub path: Resolved,
    /// How long to wait before giving up.
    pub deadline: Duration,
}

/// What is sent before the first round and not counted: `duration` or `requests` an endpoint,
/// whichever takes longer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WarmUp {
    /// Least time over all endpoints.
    pub duration: Duration,
    /// Least requests to each endpoint.
    pub requests: u32,
    /// How fast users are added at its begin, a second; all at once where nothing is said.
    /// `duration` counts from when all are there.
    pub spawn_rate: Option<Rate>,
}
