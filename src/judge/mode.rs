//! What is possible while judging.

/// Whether a suspect can be measured again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The run is still there to be continued: a suspect without a second look stays open.
    Live,
    /// Stored runs: a suspect is decided on what there is.
    Stored,
}
