//! The ways to say which run is meant.

use std::fmt;
use std::str::FromStr;

use crate::model::RunId;

/// The small integer people type for a run: its place in one database, from 1, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunNumber(u32);

impl RunNumber {
    /// The run of that number.
    #[must_use]
    pub fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number, 1 or more for every stored run.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for RunNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A stored run as it is named on the command line: `12`, `last`, `last~1` or its full id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunRef {
    /// The run of that number.
    Number(RunNumber),
    /// The run that many before the newest; 0 is the newest itself, whatever its state.
    Last(u32),
    /// The run with that identity.
    Id(RunId),
}

impl fmt::Display for RunRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Last(0) => write!(f, "last"),
            Self::Last(back) => write!(f, "last~{back}"),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

impl FromStr for RunRef {
    type Err = RunRefError;

    fn from_str(text: &str) -> Result<Self, RunRefError> {
        let error = || RunRefError(text.to_owned());
        if let Some(back) = text.strip_prefix("last") {
            return match back.strip_prefix('~') {
                None if back.is_empty() => Ok(Self::Last(0)),
                Some(number) => digits(number).map(Self::Last).ok_or_else(error),
                None => Err(error()),
            };
        }
        if let Some(number) = digits(text) {
            return Ok(Self::Number(RunNumber(number)));
        }
        text.parse().map(Self::Id).map_err(|_| error())
    }
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A text that names no run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a run: write its number (`12`), `last`, `last~1` or its full id")]
pub struct RunRefError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_run_is_read_and_shown_alike() {
        for text in ["12", "last", "last~1", "0198f1a2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"] {
            assert_eq!(text.parse::<RunRef>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "first", "last1", "last~", "last~-1", "last~+1", "-3", "+3", "1.5", "0198f"]
        {
            assert_eq!(text.parse::<RunRef>(), Err(RunRefError(text.to_owned())));
        }
        assert_eq!("last~0".parse(), Ok(RunRef::Last(0)));
    }
}
