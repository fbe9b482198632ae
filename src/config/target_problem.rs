//! What keeps a call from having anything to measure.

/// Why nothing is measured, whatever the file says line by line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetProblem {
    /// Neither a file nor a URL.
    #[error("nothing to measure: no URL is given, and there is no perfbase.toml in `{0}`")]
    NothingToMeasure(String),
    /// No address for the environment.
    #[error("the environment `{0}` has no address")]
    NoAddress(String),
    /// No endpoint at all.
    #[error("there are no endpoints")]
    NoEndpoints,
    /// No endpoint in the scenario.
    #[error("the scenario `{scenario}` has no endpoints: none fits `{pattern}`")]
    ScenarioWithoutEndpoints {
        /// The scenario.
        scenario: String,
        /// What it takes.
        pattern: String,
    },
    /// No rate limiter in a scenario that looks at them.
    #[error("no endpoint of the scenario has a `limiter`")]
    NoLimiter,
    /// An environment that is only measured on purpose.
    #[error("the environment `{0}` is protected")]
    Protected(String),
    /// URLs and an environment in one call.
    #[error("URLs and the environment `{0}` cannot be given together")]
    UrlsAndEnvironment(String),
    /// URLs that lead to more than one service.
    #[error("`{first}` and `{other}` are different services")]
    DifferentOrigins {
        /// The first one's scheme, host and port.
        first: String,
        /// Another one's.
        other: String,
    },
    /// Two URLs that are one endpoint.
    #[error("`{0}` is given twice")]
    RepeatedUrl(String),
}

impl TargetProblem {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoLimiter => {
                "say what guards an endpoint: limiter = { limit = 100, per = \"1s\" }".into()
            }
            Self::NothingToMeasure(_) => {
                "give a URL, such as `perfbase run http://localhost:8000/health`, or a file with \
                 --config"
                    .into()
            }
            Self::NoAddress(name) if name == super::DEFAULT_ENVIRONMENT => {
                "give `url` in [service], or choose an environment with --env".into()
            }
            Self::NoAddress(name) => format!("give `url` in [env.{name}] or in [service]"),
            Self::NoEndpoints => "add one, such as [endpoints.\"GET /health\"]".into(),
            Self::ScenarioWithoutEndpoints { scenario, .. } => {
                format!("name some in [scenarios.{scenario}]: endpoints = [\"* /path\"]")
            }
            Self::Protected(_) => "load it on purpose with --allow-protected".into(),
            Self::UrlsAndEnvironment(_) => "the environment has its own address: give one".into(),
            Self::DifferentOrigins { .. } => "measure one service at a time".into(),
            Self::RepeatedUrl(_) => {
                "the query is not part of an endpoint's name: give each path once, or describe the \
                 requests in perfbase.toml"
                    .into()
            }
        }
    }
}
