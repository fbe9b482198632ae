//! What must hold besides the percentiles, and whether it does.

use std::fmt;
use std::str::FromStr;

/// Something that must hold besides the percentiles: what was demanded, what was found, and
/// whether that will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// What sort of thing is required.
    pub kind: RequirementKind,
    /// Of what: an endpoint, or the name that the configuration gives to it.
    pub subject: String,
    /// What must hold, with its unit: `at least 1000/s`.
    pub demand: String,
    /// What was found, with its unit; where nothing could be, why.
    pub found: String,
    /// Whether it holds.
    pub met: Met,
}

/// The sorts of requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequirementKind {
    /// Successes a second of one endpoint.
    Throughput,
    /// Success share at a number of users.
    Level,
    /// A metric of the configuration's own.
    Counter,
    /// A statement over the whole run and an answer of the service.
    Invariant,
    /// What a rate limiter lets through, refuses, and how it recovers.
    Limiter,
    /// Failures where there may be none.
    Failures,
}

impl RequirementKind {
    /// Every one, in the order of the type.
    pub const ALL: [Self; 6] = [
        Self::Throughput,
        Self::Level,
        Self::Counter,
        Self::Invariant,
        Self::Limiter,
        Self::Failures,
    ];

    /// Its word, as stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Level => "level",
            Self::Counter => "counter",
            Self::Invariant => "invariant",
            Self::Limiter => "limiter",
            Self::Failures => "failures",
        }
    }
}

impl fmt::Display for RequirementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whether a requirement holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It holds.
    Yes,
    /// It does not: red.
    No,
    /// That could not be found out: no verdict.
    Unknown,
}

impl Met {
    /// Every one, in the order of the type.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Unknown];

    /// `Yes` if it holds, else `No`.
    #[must_use]
    pub fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Its word, as stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "met",
            Self::No => "not met",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that is no word of a requirement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no word of a requirement")]
pub struct UnknownRequirement(String);

impl FromStr for RequirementKind {
    type Err = UnknownRequirement;

    fn from_str(text: &str) -> Result<Self, UnknownRequirement> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| UnknownRequirement(text.to_owned()))
    }
}

impl FromStr for Met {
    type Err = UnknownRequirement;

    fn from_str(text: &str) -> Result<Self, UnknownRequirement> {
        let found = Self::ALL.into_iter().find(|met| met.as_str() == text);
        found.ok_or_else(|| UnknownRequirement(text.to_owned()))
    }
}

/// `invariant counter is exact: demanded …, found …`.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, subject, demand, found, .. } = self;
        write!(f, "{kind} {subject}: demanded {demand}, found {found}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for kind in RequirementKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for met in Met::ALL {
            assert_eq!(met.as_str().parse(), Ok(met));
        }
        assert!("perhaps".parse::<Met>().is_err());
    }
}
