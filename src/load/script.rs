//! What the users of one worker send and do: everything that is the same from slice to slice.

use std::collections::BTreeSet;
use std::time::Duration;

use http::{HeaderMap, HeaderName};

use super::EngineError;
use super::abroad::Abroad;
use super::act::Act;
use super::capture::{Captures, Reply};
use super::cast::Cast;
use super::ledger::Named;
use super::origin::Origin;
use super::own_cookies::Cookies;
use super::request::Request;
use super::supply::Supplies;
use super::tls::Trust;
use super::turns::Turns;
use super::values::Values;
use crate::model::{Endpoint, Outcome, Plan, Slot, Template, Value};

/// What users send and do. A worker has a copy of its own: what is counted inside of it, such as
/// references to a body, is then no thread's but its own.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// What users can do, in the order of the plan's endpoints.
    pub(crate) acts: Vec<Act>,
    /// What deletes that which they make, likewise.
    pub(crate) deletions: Vec<Option<Deletion>>,
    /// What gives a user its identity.
    pub(crate) login: Option<Login>,
    /// What every user knows from the start.
    pub(crate) given: Vec<(Slot, Value)>,
    pub(crate) supplies: Supplies,
    pub(crate) cast: Cast,
    /// Fixes what users draw apart from their requests.
    pub(crate) seed: u64,
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

/// A request that deletes what another one made.
#[derive(Debug, Clone)]
pub(crate) struct Deletion {
    pub(crate) request: Request,
    /// The values that say what is to be deleted.
    pub(crate) names: Box<[Slot]>,
}

/// A request that gives a user its identity.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) request: Request,
    /// Headers of all that the user sends from then on.
    pub(crate) headers: Vec<(HeaderName, Template)>,
    /// The values that these headers have.
    pub(crate) slots: Vec<Slot>,
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
        let cast = Cast::new(&behaviour.classes);
        let turns = Turns::of(behaviour, &plan.endpoints, &cast, &plan.load);
        let (supplies, names) = (Supplies::new(&behaviour.data).in_turns(turns), &behaviour.values);
        let all = plan.endpoints.iter().flat_map(|it| it.action.requests());
        let mut all = all.chain(behaviour.login.as_ref().map(|login| &login.request));
        let follows = all.any(|request| request.redirects > 0);
        // Who is redirected comes with the cookies that the redirect set.
        let personal = is_personal(plan) || follows;
        let cookies = if personal { Cookies::Joined } else { Cookies::Alone };
        let identified = origin.identified(behaviour.login.as_ref());
        let acts: Vec<Act> = (0..plan.endpoints.len())
            .map(|position| Act::new(plan, position, &identified, &supplies, cookies))
            .collect::<Result<_, _>>()?;
        let deletion = |it: &Endpoint| {
            let Some(cleanup) = &it.cleanup else { return Ok(None) };
            let whom = format!("the cleanup of {}", it.name);
            let request = Request::new(&identified, cleanup, &whom, &supplies, names, cookies)?;
            let names: BTreeSet<Slot> = cleanup.templates().flat_map(Template::slots).collect();
            Ok(Some(Deletion { request, names: names.into_iter().collect() }))
        };
        let deletions =
            plan.endpoints.iter().map(deletion).collect::<Result<Vec<_>, EngineError>>()?;
        let login = match &behaviour.login {
            None => None,
            Some(login) => Some(Login {
                request: Request::new(
                    origin,
                    &login.request,
                    "the login",
                    &supplies,
                    names,
                    cookies,
                )?,
                slots: login.then.iter().flat_map(|(_, then)| then.slots()).collect(),
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
        let (trust, resumption) = (Trust::of(&plan.connection), plan.connection.tls.resumption);
        Ok(Self {
            inspects: all().any(Request::inspects),
            origin: follows.then(|| origin.clone()),
            abroad: if follows {
                Abroad::new(trust, resumption, &plan.off_limits)
            } else {
                Abroad::nowhere()
            },
            personal,
            acts,
            deletions,
            login,
            given: Vec::new(),
            supplies,
            cast,
            seed: plan.seed,
            values: behaviour.values.len(),
            users: u64::from(plan.load.most_users()),
            tls: origin.tls,
            host: origin.host.clone(),
            timeout: plan.connection.timeout,
            nobodys: HeaderMap::new(),
        })
    }

    /// The values that say who a user is.
    pub(crate) fn identity(&self) -> &[Slot] {
        self.login.as_ref().map_or(&[], |login| &login.slots)
    }

    /// Most requests that a user has reason to send at a time.
    pub(crate) fn at_once(&self) -> usize {
        self.acts.iter().map(Act::at_once).max().unwrap_or(1)
    }

    /// The same request without end, as of a user who is nobody.
    pub(crate) fn of(requests: Vec<Request>, timeout: Duration) -> Self {
        Self {
            deletions: vec![None; requests.len()],
            acts: requests.into_iter().map(Act::Request).collect(),
            login: None,
            given: Vec::new(),
            supplies: Supplies::new(&[]),
            cast: Cast::default(),
            seed: 0,
            values: 0,
            users: 1,
            personal: false,
            inspects: false,
            origin: None,
            abroad: Abroad::nowhere(),
            tls: false,
            host: String::new(),
            timeout,
            nobodys: HeaderMap::new(),
        }
    }
}

impl Deletion {
    /// The values that name what a request made, which ended so: after a success those of its user,
    /// else what its answer has for itself. Nothing if the answer does not name it.
    pub(crate) fn named(
        &self,
        captures: &Captures,
        reply: &Reply,
        values: &Values,
        outcome: Outcome,
    ) -> Option<Named> {
        if outcome == Outcome::Success {
            Some(self.of(values))
        } else {
            self.named_by(captures, reply, values)
        }
    }

    /// The same where the user has kept nothing of the answer.
    pub(crate) fn named_by(
        &self,
        captures: &Captures,
        reply: &Reply,
        values: &Values,
    ) -> Option<Named> {
        let mut own = values.clone();
        captures.take_for(&self.names, reply, &mut own).ok()?;
        Some(self.of(&own))
    }

    fn of(&self, values: &Values) -> Named {
        let named = self.names.iter();
        named.filter_map(|&slot| Some((slot, values.get(slot)?.clone()))).collect()
    }
}

/// Whether the users of `plan` have anything of their own. What only the steward knows does not
/// make them.
fn is_personal(plan: &Plan) -> bool {
    let behaviour = &plan.behaviour;
    let has_values = |endpoint: &Endpoint| {
        let action = &endpoint.action;
        let mut slots = action.templates().into_iter().flat_map(Template::slots);
        let saves = action.requests().into_iter().any(|request| !request.saves.is_empty());
        slots.next().is_some() || saves || endpoint.cleanup.is_some()
    };
    behaviour.login.is_some()
        || !behaviour.classes.is_empty()
        || plan.endpoints.iter().any(has_values)
}
