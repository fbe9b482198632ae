//! The routes: what the service answers, each named once.

use std::fmt;
use std::str::FromStr;

use axum::http::Method;

/// One route: a method and a path template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each variant is its method and path, in the table below")]
pub enum Route {
    Health,
    Snapshot,
    Clients,
    Signals,
    Patterns,
    CostToServe,
    Config,
    Capabilities,
    Workflows,
    Workflow,
    Metrics,
    Analysis,
    Optimisation,
    Login,
    TestToken,
    CreateBuild,
    ListBuilds,
    Build,
    BuildCode,
    DeleteBuild,
    Stats,
    AgentExecutions,
    AgentMetrics,
    Execute,
    Counter,
    Increment,
    Machine,
    Transition,
    Socket,
    LatestWorkflow,
    Upload,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Open,
    /// Anyone, unless the service was started with a fixed token; then its bearer, or a signed-in
    /// user.
    Guarded,
    /// A signed-in user only.
    User,
}

/// Why a text names no route.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sample service has no route `{text}`{}", suggestion(.likely.as_deref()))]
pub struct UnknownRoute {
    /// What was written.
    pub text: String,
    /// The route that was likely meant.
    pub likely: Option<String>,
}

fn suggestion(likely: Option<&str>) -> String {
    likely.map(|likely| format!("; did you mean `{likely}`?")).unwrap_or_default()
}

impl Route {
    /// Every route, in the order of the table.
    pub const ALL: [Self; 31] = [
        Self::Health,
        Self::Snapshot,
        Self::Clients,
        Self::Signals,
        Self::Patterns,
        Self::CostToServe,
        Self::Config,
        Self::Capabilities,
        Self::Workflows,
        Self::Workflow,
        Self::Metrics,
        Self::Analysis,
        Self::Optimisation,
        Self::Login,
        Self::TestToken,
        Self::CreateBuild,
        Self::ListBuilds,
        Self::Build,
        Self::BuildCode,
        Self::DeleteBuild,
        Self::Stats,
        Self::AgentExecutions,
        Self::AgentMetrics,
        Self::Execute,
        Self::Counter,
        Self::Increment,
        Self::Machine,
        Self::Transition,
        Self::Socket,
        Self::LatestWorkflow,
        Self::Upload,
    ];

    /// Method, path template and who may call.
    const fn row(self) -> (Method, &'static str, Access) {
        use Access::{Guarded, Open, User};
        const GET: Method = Method::GET;
        const POST: Method = Method::POST;
        match self {
            Self::Health => (GET, "/health", Open),
            Self::Snapshot => (GET, "/snapshot", Guarded),
            Self::Clients => (GET, "/clients", Guarded),
            Self::Signals => (GET, "/signals", Guarded),
            Self::Patterns => (GET, "/patterns", Guarded),
            Self::CostToServe => (GET, "/cost-to-serve", Guarded),
            Self::Config => (GET, "/config", Open),
            Self::Capabilities => (GET, "/capabilities", Open),
            Self::Workflows => (GET, "/workflows", Open),
            Self::Workflow => (GET, "/workflows/{id}", Open),
            Self::Metrics => (GET, "/api/v1/metrics", Open),
            Self::Analysis => (POST, "/api/v1/analysis", Open),
            Self::Optimisation => (POST, "/api/v1/optimisation", Open),
            Self::Login => (POST, "/api/v1/auth/login", Open),
            Self::TestToken => (POST, "/api/v1/auth/test-token", Open),
            Self::CreateBuild => (POST, "/api/v1/builds", User),
            Self::ListBuilds => (GET, "/api/v1/builds", User),
            Self::Build => (GET, "/api/v1/builds/{id}", User),
            Self::BuildCode => (GET, "/api/v1/builds/{id}/code", User),
            Self::DeleteBuild => (Method::DELETE, "/api/v1/builds/{id}", User),
            Self::Stats => (GET, "/api/v1/users/me/stats", User),
            Self::AgentExecutions => (GET, "/api/v1/agents/{id}/executions", User),
            Self::AgentMetrics => (GET, "/api/v1/agents/{id}/metrics", User),
            Self::Execute => (POST, "/api/v1/agent-studio/execute", User),
            Self::Counter => (GET, "/counter", Open),
            Self::Increment => (POST, "/counter/increment", Open),
            Self::Machine => (GET, "/machine", Open),
            Self::Transition => (POST, "/machine", Open),
            Self::Socket => (GET, "/ws", Open),
            Self::LatestWorkflow => (GET, "/workflows/latest", Open),
            Self::Upload => (POST, "/api/v1/files", Open),
        }
    }

    /// The method.
    #[must_use]
    pub fn method(self) -> Method {
        self.row().0
    }

    /// The path template.
    #[must_use]
    pub fn path(self) -> &'static str {
        self.row().1
    }

    /// Who may call it.
    #[must_use]
    pub fn access(self) -> Access {
        self.row().2
    }

    /// Place in [`Route::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.path())
    }
}

impl FromStr for Route {
    type Err = UnknownRoute;

    /// Reads `GET /clients`; spaces are taken as one.
    fn from_str(text: &str) -> Result<Self, UnknownRoute> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let named = Self::ALL.map(|route| (route, route.to_string()));
        if let Some((route, _)) = named.iter().find(|(_, name)| *name == text) {
            return Ok(*route);
        }
        let likely = named
            .into_iter()
            .map(|(_, name)| (strsim::damerau_levenshtein(&name, &text), name))
            .filter(|(edits, _)| *edits <= 3)
            .min()
            .map(|(_, name)| name);
        Err(UnknownRoute { text, likely })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_read_back_from_its_name_and_stands_at_its_index() {
        for (index, route) in Route::ALL.into_iter().enumerate() {
            assert_eq!(route.to_string().parse(), Ok(route));
            assert_eq!(route.index(), index);
        }
    }

    #[test]
    fn an_unknown_route_gets_the_likely_one() {
        let error = "GET /cleints".parse::<Route>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "the sample service has no route `GET /cleints`; did you mean `GET /clients`?"
        );
    }
}
