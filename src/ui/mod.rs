//! What people are told besides the report: progress and messages, on stderr.
//!
//! [`Printer`] is the one door for text. Reports go to stdout, everything else to stderr; colours
//! and the progress bar stay away where there is no terminal. Nothing here measures or decides.

mod printer;
mod progress;
mod status;

pub use anstream::ColorChoice;
pub use printer::{Printer, Redraw, Volume};
pub use progress::Progress;
