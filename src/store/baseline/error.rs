//! Why the baseline file could not be read or written, and what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why the baseline file could not be read or written. A file that is there is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// There is no such file.
    #[error("there is no baseline file {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is JSON of something else: it lacks perfbase's marker.
    #[error("{} is not perfbase's file: it lacks the key `perfbase_baseline`", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A later perfbase has written the file.
    #[error(
        "{} was written by a newer perfbase: its schema is {found}, this perfbase knows {known}",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u64,
        /// The latest one that is known here.
        known: u64,
    },
    /// The text is no JSON, is cut off, or has not the fields that it should have.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1; 0 before the first character of a line.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A figure makes no sense.
    #[error("{}: {flaw}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Which one, and why.
        flaw: Flaw,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file or its directory cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A value of the file that makes no sense, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Scenario and environment of the baseline it is in.
    pub baseline: String,
    /// The endpoint, if it is one's.
    pub endpoint: Option<String>,
    /// The field, such as `latency_ms.p95`.
    pub field: String,
    /// What is wrong with it, such as `is 0`.
    pub problem: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "baseline {}: ", self.baseline)?;
        if let Some(endpoint) = &self.endpoint {
            write!(f, "{endpoint}: ")?;
        }
        write!(f, "`{}` {}", self.field, self.problem)
    }
}

impl BaselineError {
    /// What to do about it, as one line.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("make one with `perfbase record`".into()),
            Self::Foreign { .. } => {
                Some("it was left as it is; name another file for the baseline".into())
            }
            Self::Newer { .. } => Some("it was left as it is; update perfbase".into()),
            Self::Syntax { path, .. } => Some(format!(
                "restore it with `git checkout -- {0}`; or remove it, then `perfbase record`",
                path.display()
            )),
            Self::Invalid { .. } => {
                Some("measure it anew with `perfbase record`, or restore the file from git".into())
            }
            Self::Unreadable { .. } => Some("check its permissions".into()),
            Self::Unwritable { source, .. } => Some(match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    "free some space".into()
                }
                _ => "check the permissions of the file and of its directory".into(),
            }),
        }
    }
}
