//! What users do: who they are, what they send, in which order, and what they remember.

use std::fmt;
use std::time::Duration;

use super::{Counter, Data, EndpointName, Rate, Request, Template, show_duration};

/// What the users of a scenario do. Without classes, each user picks any endpoint with equal
/// chance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Behaviour {
    /// The names of all values that requests may refer to, by slot.
    pub values: Vec<String>,
    /// Values that come from data.
    pub data: Vec<Data>,
    /// What each user does once, before its first request; not measured.
    pub login: Option<Login>,
    /// Who the users are; empty for users who pick any endpoint.
    pub classes: Vec<UserClass>,
    /// What their answers add up to.
    pub counters: Vec<Counter>,
    /// Metrics that nothing of it gives, each with the endpoint whose answers would.
    pub idle_metrics: Vec<(EndpointName, EndpointName)>,
}

/// A request that gives a user its identity. Never measured. Sent again when the identity expires:
/// after `renew`, or when a request is answered with 401.
#[derive(Debug, Clone, PartialEq)]
pub struct Login {
    /// What is sent, and what is kept of the answer.
    pub request: Request,
    /// Headers of all later requests of the user; names in lower case.
    pub then: Vec<(String, Template)>,
    /// How long an identity is used; `None` until a request is answered with 401.
    pub renew: Option<Duration>,
}

/// Users of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct UserClass {
    /// Its name.
    pub name: String,
    /// Its part of the users, in relation to the other classes' weights; above 0.
    pub weight: u32,
    /// How long a user waits after a task before the next.
    pub pause: Pause,
    /// Tasks a second that each user begins, whatever the answers take; then there is no pause.
    pub rate: Option<Rate>,
    /// What a user does; at least one task.
    pub tasks: Vec<Task>,
}

/// One thing that a user does at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// How often it is chosen, in relation to the others; above 0.
    pub weight: u32,
    /// The endpoints, as positions in the plan, one after the other.
    pub steps: Vec<usize>,
}

/// How long a user waits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pause {
    /// Always so long; zero for not at all.
    Constant(Duration),
    /// From the first to the second, each equally likely.
    Uniform(Duration, Duration),
    /// Lognormal with this median and this standard deviation of the logarithm.
    LogNormal {
        /// The median.
        median: Duration,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
    },
}

impl Default for Pause {
    fn default() -> Self {
        Self::Constant(Duration::ZERO)
    }
}

/// As the file has it: `2s`, `500ms..1s`, `lognormal 1s 0.5`.
impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(time) => f.write_str(&show_duration(*time)),
            Self::Uniform(least, most) => {
                write!(f, "{}..{}", show_duration(*least), show_duration(*most))
            }
            Self::LogNormal { median, sigma } => {
                write!(f, "lognormal {} {sigma}", show_duration(*median))
            }
        }
    }
}
