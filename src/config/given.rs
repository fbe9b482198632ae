//! Whether users can ever have the values that their requests need.

use std::collections::BTreeSet;
use std::ops::Range;

use super::act::Act;
use super::error::Problems;
use super::headers::Header;
use super::login::LoginText;
use super::problem::Problem;
use super::template::TemplateText;
use super::values::Known;

/// The requests of a plan, as far as values go from one to another.
pub(super) struct Exchange<'a> {
    /// The file's values; those of data are there from the beginning.
    pub(super) known: &'a Known,
    /// Everything that users can do, to say where a value would come from.
    pub(super) all: &'a [Act<'a>],
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
    }

    /// Tells every value that users who do `acts` and nothing else need in vain. `whom` says who
    /// they are.
    pub(super) fn check(&self, acts: &[Act<'_>], whom: &str, problems: &Problems) {
        let mut given: BTreeSet<&str> =
            self.login.iter().flat_map(|login| login.request.gives()).collect();
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
