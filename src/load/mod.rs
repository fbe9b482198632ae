//! A plan becomes rounds of histograms; the only async room besides the sample service.
//!
//! The coordinator ([`Engine`]) cuts a round into slices and orders them from workers. A worker is
//! a thread with a runtime, users, connections and a recorder of its own; nothing is shared while
//! requests are under way, and what was recorded is added up when a slice ends. What counts as
//! slow, or as a regression, is not known here.

mod alarm;
mod capture;
mod cast;
mod cookies;
mod deadline;
mod engine;
mod error;
mod event;
#[cfg(test)]
mod fake;
mod http1;
mod line;
mod null_handler;
mod paced;
mod path;
mod person;
mod ready;
mod recorder;
mod remarks;
mod render;
mod request;
mod schedule;
mod script;
mod sequence;
mod shift;
mod shutdown;
mod sleepers;
mod slice;
mod slices;
mod stream;
mod supply;
mod team;
mod tls;
mod transport;
mod turns;
mod turnstile;
mod values;
mod worker;

pub use engine::{Engine, Machine, RoundOrder};
pub use error::EngineError;
pub use event::{Event, Observer};
pub use remarks::remarks;
pub use schedule::{Schedule, Stage};
pub use shutdown::{Shutdown, Signal, listen};
