//! References from one section to another: what users can do, flows and classes of users.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeString;

use crate::model::EndpointName;

use super::endpoint_key::identity;
use super::problem::Problem;
use super::section::{Reading, likeliest};

/// What users can do, by the names that a file has for it, broken ones included.
#[derive(Debug, Clone, Default)]
pub(super) struct EndpointNames {
    /// By what is the same for every spelling.
    by_identity: BTreeMap<String, Named>,
    /// Names of what is measured that nothing can refer to, in the same way.
    reserved: BTreeMap<String, Named>,
    /// In the order of the file.
    in_order: Vec<String>,
    /// Whether some cannot be read: then nobody knows what a reference was to mean.
    unreadable: bool,
}

/// A name and its place.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// What has it: `an endpoint`.
    pub(super) what: &'static str,
    pub(super) name: EndpointName,
    /// As the file has it, with all its blanks.
    pub(super) written: String,
    /// Where it stands in the file.
    pub(super) at: usize,
}

impl EndpointNames {
    /// Adds a name; if it is there already, what had it first.
    pub(super) fn add(&mut self, named: Named) -> Option<&Named> {
        let words: Vec<&str> = named.written.split_whitespace().collect();
        let key = words.join(" ");
        self.enter(key, named)
    }

    /// Adds the name that the file gives to an endpoint besides its method and path; if another
    /// endpoint is called so, that one.
    pub(super) fn add_name(&mut self, named: Named) -> Option<&Named> {
        self.enter(named.name.to_string(), named)
    }

    fn enter(&mut self, called: String, named: Named) -> Option<&Named> {
        match self.by_identity.entry(identity(&called)) {
            Entry::Occupied(first) => Some(first.into_mut()),
            Entry::Vacant(place) => {
                self.in_order.push(called);
                place.insert(named);
                None
            }
        }
    }

    /// Adds the name of something else than an endpoint; tells it if another thing has it.
    pub(super) fn add_other(
        &mut self,
        what: &'static str,
        name: EndpointName,
        key: &Spanned<DeString<'_>>,
        reading: &Reading<'_>,
    ) {
        let written = key.get_ref().to_string();
        let named = Named { what, name, written, at: key.span().start };
        let reserved = self.reserved.get(&identity(named.name.as_str())).cloned();
        let first = reserved.or_else(|| self.add(named.clone()).cloned());
        tell_taken(first, &named, key, reading);
    }

    /// Keeps a name that is measured but cannot be referred to from being given twice; tells it if
    /// another thing has it.
    pub(super) fn reserve(
        &mut self,
        what: &'static str,
        name: EndpointName,
        key: &Spanned<DeString<'_>>,
        reading: &Reading<'_>,
    ) {
        let identity = identity(name.as_str());
        let named = Named { what, written: name.to_string(), name, at: key.span().start };
        let first = self.by_identity.get(&identity).or_else(|| self.reserved.get(&identity));
        tell_taken(first.cloned(), &named, key, reading);
        self.reserved.entry(identity).or_insert(named);
    }

    /// Notes that one cannot be read.
    pub(super) fn add_unreadable(&mut self) {
        self.unreadable = true;
    }

    /// All of them in the order of the file; nothing if one cannot be read.
    pub(super) fn all(&self) -> Option<&[String]> {
        (!self.unreadable).then_some(&self.in_order)
    }

    /// What is meant by `written`.
    pub(super) fn find(&self, written: &str) -> Option<&Named> {
        self.by_identity.get(&identity(written))
    }

    /// The name that is meant by `written`; tells it if there is none. `others` are words that
    /// could be meant as well.
    pub(super) fn refer(
        &self,
        written: &str,
        span: Range<usize>,
        what: &'static str,
        others: &[String],
        reading: &Reading<'_>,
    ) -> Option<EndpointName> {
        let found = self.find(written);
        if found.is_none() && !self.unreadable {
            let known: Vec<String> = self.in_order.iter().chain(others).cloned().collect();
            reading.problems.at(span, unknown(what, written, known));
        }
        found.map(|named| named.name.clone())
    }
}

fn tell_taken(
    first: Option<Named>,
    named: &Named,
    key: &Spanned<DeString<'_>>,
    reading: &Reading<'_>,
) {
    if let Some(first) = first {
        let (name, line) = (named.written.clone(), reading.line(first.at));
        reading.problems.at(key.span(), Problem::Taken { name, by: first.what, line });
    }
}

/// The problem of a name that nothing has.
pub(super) fn unknown(what: &'static str, name: &str, known: Vec<String>) -> Problem {
    let likely = likeliest(name, known.iter().map(String::as_str));
    Problem::Unknown { what, name: name.to_owned(), likely, known }
}
