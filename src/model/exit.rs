//! How the process ends.

use std::process::ExitCode;

/// What the exit code says. The README's table and this type are held together by a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done; for `compare`, every judged endpoint passed.
    Pass,
    /// The gate failed: regressed, errors, missing, budget, or a failed invariant.
    GateFailed,
    /// Wrong usage or configuration, or runs that are not comparable.
    Usage,
    /// No verdict: too few, another machine, saturated, or no baseline.
    Inconclusive,
    /// The target is unreachable or the measurement broke.
    Broken,
    /// Stopped by SIGHUP, as a terminal is closed; never a pass.
    HungUp,
    /// Stopped by Ctrl-C; never a pass.
    Interrupted,
    /// Stopped by SIGTERM; never a pass.
    Terminated,
}

impl ExitStatus {
    /// Every status, in the order of the codes.
    pub const ALL: [Self; 8] = [
        Self::Pass,
        Self::GateFailed,
        Self::Usage,
        Self::Inconclusive,
        Self::Broken,
        Self::HungUp,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The process exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::GateFailed => 1,
            Self::Usage => 2,
            Self::Inconclusive => 3,
            Self::Broken => 4,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The code's word, as the last line of a comparison shows it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::GateFailed => "gate failed",
            Self::Usage => "usage",
            Self::Inconclusive => "inconclusive",
            Self::Broken => "broken",
            Self::HungUp => "hung up",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
