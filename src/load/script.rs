//! What the users of one worker send and do: everything that is the same from slice to slice.

use std::time::Duration;

use http::{HeaderMap, HeaderName};

use super::EngineError;
use super::abroad::Abroad;
use super::act::Act;
use super::cast::Cast;
use super::request::{Origin, Request};
use super::supply::Supplies;
use super::tls::Trust;
use crate::model::{Behaviour, Plan, Template};

/// What users send and do. A worker has a copy of its own: what is counted inside of it, such as
/// references to a body, is then no thread's but its own.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// What users can do, in the order of the plan's endpoints.
    pub(crate) acts: Vec<Act>,
    /// What gives a user its identity.
    pub(crate) login: Option<Login>,
    pub(crate) supplies: Supplies,
    pub(crate) cast: Cast,
    /// How many values a user can have.
    pub(crate) values: usize,
    /// How many users there are, or connections of an open loop.
    pub(crate) users: u64,
    /// Whether users have anything of their own (values, cookies, an identity), or all send the
    /// same.
    pub(crate) personal: bool,
    /// Whether any answer is looked into beyond its status.
    pub(crate) inspects: bool,
    /// Where requests go; absent where no redirect is followed.
    pub(crate) origin: Option<Origin>,
    /// Who sends what a redirect takes elsewhere.
    pub(crate) abroad: Abroad,
    /// Whether the connection is encrypted, which cookies ask for.
    pub(crate) tls: bool,
    pub(crate) host: String,
    pub(crate) timeout: Duration,
    /// The headers of a user who has none of its own.
    pub(crate) nobodys: HeaderMap,
}

/// A request that gives a user its identity.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) request: Request,
    /// Headers of all that the user sends from then on.
    pub(crate) headers: Vec<(HeaderName, Template)>,
    /// How long an identity is used.
    pub(crate) renew: Option<Duration>,
}

impl Script {
    /// The script of `plan`.
    ///
    /// # Errors
    /// When a request cannot be sent.
    pub(crate) fn new(plan: &Plan, origin: &Origin) -> Result<Self, EngineError> {
        let behaviour = &plan.behaviour;
        let (supplies, names) = (Supplies::new(&behaviour.data), &behaviour.values);
        let acts: Vec<Act> = (0..plan.endpoints.len())
            .map(|position| Act::new(plan, position, origin, &supplies))
            .collect::<Result<_, _>>()?;
        let login = match &behaviour.login {
            None => None,
            Some(login) => Some(Login {
                request: Request::new(origin, &login.request, "the login", &supplies, names)?,
                headers: login
                    .then
                    .iter()
                    .map(|(name, template)| {
                        let refused = || EngineError::Request {
                            endpoint: "the login".to_owned(),
                            what: format!("`{name}` is not a header name"),
                        };
                        let name = HeaderName::try_from(name.as_str()).map_err(|_| refused())?;
                        Ok((name, template.clone()))
                    })
                    .collect::<Result<_, EngineError>>()?,
                renew: login.renew,
            }),
        };
        let sent = || acts.iter().flat_map(Act::requests);
        let all = || sent().chain(login.as_ref().map(|login| &login.request));
        let follows = all().any(|request| request.redirects > 0);
        // What is only counted is no user's own.
        let own = Behaviour { counters: Vec::new(), ..behaviour.clone() };
        let insecure = plan.connection.insecure;
        Ok(Self {
            inspects: all().any(Request::inspects),
            origin: follows.then(|| origin.clone()),
            abroad: Abroad::new(if insecure { Trust::Anything } else { Trust::System }),
            // Who is redirected comes with the cookies that the redirect set.
            personal: own != Behaviour::default() || follows,
            acts,
            login,
            supplies,
            cast: Cast::new(&behaviour.classes),
            values: behaviour.values.len(),
            users: u64::from(plan.load.most_users()),
            tls: origin.tls,
            host: origin.host.clone(),
            timeout: plan.connection.timeout,
            nobodys: HeaderMap::new(),
        })
    }

    /// The same request without end, as of a user who is nobody.
    pub(crate) fn of(requests: Vec<Request>, timeout: Duration) -> Self {
        Self {
            acts: requests.into_iter().map(Act::Request).collect(),
            login: None,
            supplies: Supplies::new(&[]),
            cast: Cast::default(),
            values: 0,
            users: 1,
            personal: false,
            inspects: false,
            origin: None,
            abroad: Abroad::new(Trust::System),
            tls: false,
            host: String::new(),
            timeout,
            nobodys: HeaderMap::new(),
        }
    }
}
