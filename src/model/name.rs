//! Names people give to things, checked once when they are made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text has nothing in it.
    #[error("a name cannot be empty")]
    Empty,
    /// The text is longer than 512 bytes.
    #[error("a name cannot be longer than {MAX_NAME} bytes")]
    TooLong,
    /// The text has a line break or another control character.
    #[error("a name cannot have control characters")]
    Control,
}

/// Longest name in bytes; enough for a deep path, short enough for a table and an index.
pub(super) const MAX_NAME: usize = 512;

fn checked(text: &str) -> Result<String, NameError> {
    if text.trim().is_empty() {
        Err(NameError::Empty)
    } else if text.len() > MAX_NAME {
        Err(NameError::TooLong)
    } else if text.chars().any(char::is_control) {
        Err(NameError::Control)
    } else {
        Ok(text.to_owned())
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                checked(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name! {
    /// An endpoint: method and path template (`GET /builds/{id}`), never the raw URL.
    EndpointName
}
name! {
    /// A scenario: how much load, for how long, on which endpoints.
    ScenarioName
}
name! {
    /// An environment: where the service runs (`default`, `staging`).
    EnvironmentName
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_written() {
        let name: EndpointName = "GET /builds/{id}".parse().unwrap();
        assert_eq!(name.as_str(), "GET /builds/{id}");
    }

    #[test]
    fn empty_long_and_control_names_are_refused() {
        assert_eq!("  ".parse::<ScenarioName>(), Err(NameError::Empty));
        assert_eq!("a\nb".parse::<ScenarioName>(), Err(NameError::Control));
        assert_eq!("x".repeat(MAX_NAME + 1).parse::<ScenarioName>(), Err(NameError::TooLong));
    }
}
