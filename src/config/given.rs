//! Whether users can ever have the values that their requests need.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::model::Per;

use super::act::Act;
use super::data::DataText;
use super::error::Problems;
use super::headers::Header;
use super::login::LoginText;
use super::problem::Problem;
use super::request::RequestText;
use super::steward::StewardText;
use super::template::TemplateText;
use super::values::{Known, base};

/// The requests of a plan, as far as values go from one to another.
pub(super) struct Exchange<'a> {
    /// The file's values; those of data are there from the beginning.
    pub(super) known: &'a Known,
    pub(super) data: &'a [DataText],
    /// Everything that users can do, to say where a value would come from.
    pub(super) all: &'a [Act<'a>],
    /// What the setup sends, in order.
    pub(super) setup: &'a [RequestText],
    pub(super) login: Option<&'a LoginText>,
    /// The headers of service and environment, as the login sends them.
    pub(super) of_login: [&'a [Header]; 2],
    /// The same, as all later requests send them.
    pub(super) of_endpoints: [&'a [Header]; 2],
}

impl Exchange<'_> {
    /// Tells every value that the login, or the headers it brings, need in vain.
    pub(super) fn check_login(&self, problems: &Problems) {
        let Some(login) = self.login else { return };
        let mut missing = self.missing(login.request.templates(self.of_login), &BTreeSet::new());
        let then = login.then.iter().map(|header| &header.value);
        missing.extend(self.missing(then, &login.request.gives().collect()));
        for (value, span) in missing {
            problems.at(span, Problem::NotAtLogin(value));
        }
        self.check_identity(login, problems);
    }

    /// Tells values of the login's headers that nobody draws for them.
    fn check_identity(&self, login: &LoginText, problems: &Problems) {
        let drawn: BTreeSet<&str> = login
            .request
            .templates(self.of_login)
            .iter()
            .flat_map(|text| text.values().map(base))
            .collect();
        for text in login.then.iter().map(|header| &header.value) {
            for value in text.values().filter(|value| !drawn.contains(base(value))) {
                let source = self.data.iter().find(|source| source.name == base(value));
                if source.is_some_and(|source| source.per() == Per::Request) {
                    problems.at(text.span.clone(), Problem::DrawnAnew(value.to_owned()));
                }
            }
        }
    }

    /// The values that every user has, once it is logged in.
    fn given(&self) -> BTreeSet<&str> {
        let login = self.login.iter().flat_map(|login| login.request.gives());
        login.chain(self.setup.iter().flat_map(RequestText::gives)).collect()
    }

    /// Tells every value that the steward's requests, and those that delete what endpoints made,
    /// need in vain.
    pub(super) fn check_steward(&self, steward: &StewardText, problems: &Problems) {
        let mut given: BTreeSet<&str> =
            self.login.iter().flat_map(|login| login.request.gives()).collect();
        for request in &steward.setup {
            let missing = self.missing(request.templates(self.of_endpoints), &given);
            self.tell(missing, "to the setup at this point", problems);
            given.extend(request.gives());
        }
        for request in steward.cleanup.iter().chain(steward.invariants.iter().map(|it| &it.request))
        {
            let missing = self.missing(request.templates(self.of_endpoints), &given);
            self.tell(
                missing,
                "to the steward, which knows [data] and what login and setup save",
                problems,
            );
        }
    }

    /// Tells what invariants count and pages of `acts` send: only pages as a whole are counted.
    pub(super) fn check_counts(steward: &StewardText, acts: &[Act<'_>], problems: &Problems) {
        for act in acts {
            let Act::Page(page) = act else { continue };
            for invariant in &steward.invariants {
                for endpoint in invariant.counts().filter(|name| act.sends(name)) {
                    let (endpoint, page) = (endpoint.to_string(), page.name.to_string());
                    let problem = Problem::CountedInPage(endpoint, page);
                    problems.at(invariant.span.clone(), problem);
                }
            }
        }
    }

    /// Tells every value that the deletions of what `acts` make need in vain.
    pub(super) fn check_cleanups(&self, acts: &[Act<'_>], problems: &Problems) {
        for act in acts {
            let Act::Request(endpoint) = act else { continue };
            let Some(cleanup) = &endpoint.cleanup else { continue };
            let mut given = self.given();
            given.extend(endpoint.request.gives());
            given.extend(
                endpoint
                    .request
                    .templates(self.of_endpoints)
                    .into_iter()
                    .flat_map(TemplateText::values),
            );
            let missing = self.missing(cleanup.templates(self.of_endpoints), &given);
            self.tell(missing, &format!("to the cleanup of `{}`", endpoint.name), problems);
        }
    }

    /// Tells every value that users who do `acts` and nothing else need in vain. `whom` says who
    /// they are.
    pub(super) fn check(&self, acts: &[Act<'_>], whom: &str, problems: &Problems) {
        let mut given = self.given();
        let mut waiting: Vec<Act<'_>> = acts.to_vec();
        loop {
            let (ready, rest): (Vec<Act<'_>>, Vec<Act<'_>>) =
                waiting.iter().partition(|act| self.of(**act, &given).is_empty());
            if ready.is_empty() {
                break;
            }
            given.extend(ready.iter().flat_map(|act| act.gives()));
            waiting = rest;
        }
        let missing: Vec<Need> = waiting.iter().flat_map(|act| self.of(*act, &given)).collect();
        // What one of these would save is missing only because they wait themselves, and needs no
        // words, unless they wait for each other.
        let by_themselves: BTreeSet<&str> = waiting.iter().flat_map(|act| act.gives()).collect();
        let (circular, roots): (Vec<_>, Vec<_>) =
            missing.into_iter().partition(|(name, _)| by_themselves.contains(name.as_str()));
        self.tell(if roots.is_empty() { circular } else { roots }, whom, problems);
    }

    fn of(&self, act: Act<'_>, given: &BTreeSet<&str>) -> Vec<Need> {
        self.missing(act.templates(self.of_endpoints), given)
    }

    /// The values of `texts` that are neither data nor `given`.
    fn missing<'t>(
        &self,
        texts: impl IntoIterator<Item = &'t TemplateText>,
        given: &BTreeSet<&str>,
    ) -> Vec<Need> {
        let needs = texts
            .into_iter()
            .flat_map(|text| text.values().map(|name| (name.to_owned(), text.span.clone())));
        needs
            .filter(|(name, _)| !self.known.is_data(name) && !given.contains(name.as_str()))
            .collect()
    }

    fn tell(&self, missing: Vec<Need>, whom: &str, problems: &Problems) {
        for (value, span) in missing {
            let saving = self.all.iter().filter(|act| act.gives().any(|it| it == value));
            let by = saving.map(|act| act.name().to_string()).collect();
            let whom = whom.to_owned();
            problems.at(span, Problem::NeverGiven { value, whom, by });
        }
    }
}

/// A value, and where it is needed.
type Need = (String, Range<usize>);
