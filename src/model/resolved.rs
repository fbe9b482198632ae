//! Text whose references to the environment have been replaced.

use std::fmt;

/// A text in two forms: as written (`Bearer ${TOKEN}`) and with its references replaced.
///
/// Only the written form is ever shown, hashed or stored; the value goes to the service alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Resolved {
    written: String,
    value: String,
}

impl Resolved {
    /// A text without references: both forms are the same.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { written: text.clone(), value: text }
    }

    /// A text as written, and what it stands for.
    #[must_use]
    pub fn new(written: impl Into<String>, value: impl Into<String>) -> Self {
        Self { written: written.into(), value: value.into() }
    }

    /// The text as written, safe to show.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The text to send. May hold a secret: never show, log or store it.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.written, f)
    }
}

impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let text = Resolved::new("Bearer ${TOKEN}", "Bearer hunter2");
        assert_eq!(format!("{text} {text:?}"), "Bearer ${TOKEN} \"Bearer ${TOKEN}\"");
        assert_eq!(text.value(), "Bearer hunter2");
    }
}
