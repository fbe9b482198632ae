//! What perfbase itself asks of the service around the load, and what became of what a run made.

use std::fmt;

use super::{Invariant, Request};

/// What perfbase itself asks of the service, before and after the load. Sent by one user, the
/// steward, one request after the other, and never measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Steward {
    /// Before the load; what these save is every user's from the start.
    pub setup: Vec<Request>,
    /// After everything, whatever came of the run.
    pub cleanup: Vec<Request>,
    /// What must hold of an answer after the load.
    pub invariants: Vec<Invariant>,
}

/// What became of the things that were to be cleaned up with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleanup {
    /// The endpoint whose requests made them; absent for a request of `[[cleanup]]`.
    pub endpoint: Option<String>,
    /// The request that deletes, as written.
    pub request: String,
    /// How many there were.
    pub made: u64,
    /// How many were deleted.
    pub deleted: u64,
    /// How many were gone already.
    pub gone: u64,
    /// Why the others are left, and how many each time.
    pub left: Vec<Left>,
    /// Requests whose fate is unknown, which may have made more.
    pub unknown: u64,
}

/// Things that are left for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The reason.
    pub why: String,
    /// How many.
    pub things: u64,
}

impl Cleanup {
    /// Nothing of these things has been deleted yet.
    #[must_use]
    pub fn new(endpoint: Option<String>, request: String) -> Self {
        Self { endpoint, request, made: 0, deleted: 0, gone: 0, left: Vec::new(), unknown: 0 }
    }

    /// Notes that `things` are left, and why.
    pub fn leave(&mut self, why: &str, things: u64) {
        if things == 0 {
            return;
        }
        match self.left.iter_mut().find(|left| left.why == why) {
            Some(left) => left.things += things,
            None => self.left.push(Left { why: why.to_owned(), things }),
        }
    }

    /// Adds what became of other things of the same kind.
    pub fn merge(&mut self, other: &Self) {
        self.made += other.made;
        self.deleted += other.deleted;
        self.gone += other.gone;
        self.unknown += other.unknown;
        for Left { why, things } in &other.left {
            self.leave(why, *things);
        }
    }

    /// Those of which it is known whether they are there.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.deleted + self.gone + self.left.iter().map(|left| left.things).sum::<u64>()
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.left.is_empty() && self.unknown == 0
    }

    /// What they belong to: the endpoint that made them, else the request that deletes.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.endpoint.as_deref().unwrap_or(&self.request)
    }
}

/// `deleted 118 of 120; left: 2 (status 500)`.
impl fmt::Display for Cleanup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.endpoint, self.deleted, self.gone) {
            (Some(_), deleted, 0) => write!(f, "deleted {deleted} of {}", self.made)?,
            (Some(_), deleted, gone) => {
                write!(f, "deleted {deleted} of {}, {gone} gone already", self.made)?;
            }
            (None, 0, 0) => f.write_str("not done")?,
            (None, 0, _) => f.write_str("gone already")?,
            (None, ..) => f.write_str("done")?,
        }
        for (index, Left { why, things }) in self.left.iter().enumerate() {
            match (&self.endpoint, index) {
                (Some(_), 0) => write!(f, "; left: {things} ({why})")?,
                (Some(_), _) => write!(f, ", {things} ({why})")?,
                (None, _) => write!(f, ": {why}")?,
            }
        }
        if self.unknown > 0 {
            let requests = if self.unknown == 1 { "request" } else { "requests" };
            write!(f, "; {} {requests} whose fate is unknown may have made more", self.unknown)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_with_its_reasons() {
        let mut builds = Cleanup::new(Some("POST /b".to_owned()), "DELETE /b/{id}".to_owned());
        (builds.made, builds.deleted) = (120, 117);
        assert_eq!(builds.to_string(), "deleted 117 of 120");
        builds.gone = 1;
        assert_eq!(builds.to_string(), "deleted 117 of 120, 1 gone already");
        builds.gone = 0;
        builds.leave("status 500", 1);
        builds.leave("no answer (timeout)", 1);
        builds.leave("status 500", 1);
        assert_eq!(
            builds.to_string(),
            "deleted 117 of 120; left: 2 (status 500), 1 (no answer (timeout))"
        );
        builds.unknown = 1;
        let said = builds.to_string();
        assert!(said.ends_with("; 1 request whose fate is unknown may have made more"), "{said}");
    }

    #[test]
    fn a_request_of_its_own_is_done_or_not() {
        let mut request = Cleanup::new(None, "POST /reset".to_owned());
        (request.made, request.deleted) = (1, 1);
        assert_eq!(request.to_string(), "done");
        (request.deleted, request.gone) = (0, 1);
        assert_eq!(request.to_string(), "gone already");
        request.gone = 0;
        request.leave("status 500", 1);
        assert_eq!(request.to_string(), "not done: status 500");
    }
}
