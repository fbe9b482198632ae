//! What it is that one row measures.

use std::fmt;
use std::str::FromStr;

/// What is measured under an endpoint's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EndpointKind {
    /// Requests, each by itself.
    #[default]
    Request,
    /// Pages: several requests as one.
    Page,
    /// The opening of sockets.
    Opening,
    /// Messages on sockets, each until it is answered.
    Message,
    /// Times that answers tell: no requests, but what the answers to others' requests say.
    Timer,
}

impl EndpointKind {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Request, Self::Page, Self::Opening, Self::Message, Self::Timer];

    /// Whether it is part of what is said of all requests together: how many there were, how many
    /// failed, and how long they took.
    #[must_use]
    pub fn counts_as_request(self) -> bool {
        match self {
            Self::Request | Self::Page | Self::Opening | Self::Message => true,
            Self::Timer => false,
        }
    }

    /// Whether it happens only as often as another kind lets it, so that no load is made longer for
    /// its sake, and too few of it are no fault: a socket is opened once for all of its messages.
    #[must_use]
    pub fn may_be_rare(self) -> bool {
        match self {
            Self::Opening => true,
            Self::Request | Self::Page | Self::Message | Self::Timer => false,
        }
    }

    /// What several of it are called.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Request => "requests",
            Self::Page => "pages",
            Self::Opening => "openings",
            Self::Message => "messages",
            Self::Timer => "answers",
        }
    }

    /// Its name, as stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Page => "page",
            Self::Opening => "opening",
            Self::Message => "message",
            Self::Timer => "timer",
        }
    }
}

impl fmt::Display for EndpointKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no kind of endpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of endpoint")]
pub struct UnknownEndpointKind(String);

impl FromStr for EndpointKind {
    type Err = UnknownEndpointKind;

    fn from_str(text: &str) -> Result<Self, UnknownEndpointKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownEndpointKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_from_its_name() {
        for kind in EndpointKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }
}
