//! References from one section to another: endpoints, flows and classes of users.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use crate::model::EndpointName;

use super::endpoint_key::identity;
use super::problem::Problem;
use super::section::{Reading, likeliest};

/// The endpoints of a file, broken ones included.
#[derive(Debug, Default)]
pub(super) struct EndpointNames {
    /// By what is the same for every spelling.
    by_identity: BTreeMap<String, Named>,
    /// In the order of the file.
    in_order: Vec<String>,
    /// Whether some cannot be read: then nobody knows what a reference was to mean.
    unreadable: bool,
}

/// An endpoint's name and its place.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: EndpointName,
    /// As the file has it, with all its blanks.
    pub(super) written: String,
    /// Where it stands in the file.
    pub(super) at: usize,
}

impl EndpointNames {
    /// Adds an endpoint; if it is there already, what it was called first.
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

    /// Notes that one cannot be read.
    pub(super) fn add_unreadable(&mut self) {
        self.unreadable = true;
    }

    /// All of them in the order of the file; nothing if one cannot be read.
    pub(super) fn all(&self) -> Option<&[String]> {
        (!self.unreadable).then_some(&self.in_order)
    }

    /// The endpoint that is meant by `written`.
    pub(super) fn find(&self, written: &str) -> Option<&Named> {
        self.by_identity.get(&identity(written))
    }

    /// The endpoint that is meant by `written`; tells it if there is none. `others` are words that
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

/// The problem of a name that nothing has.
pub(super) fn unknown(what: &'static str, name: &str, known: Vec<String>) -> Problem {
    let likely = likeliest(name, known.iter().map(String::as_str));
    Problem::Unknown { what, name: name.to_owned(), likely, known }
}
