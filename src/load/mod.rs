//! A plan becomes rounds of histograms; the only async room besides the sample service.
//!
//! The coordinator ([`Engine`]) cuts a round into slices and orders them from workers. A worker is
//! a thread with a runtime, users, connections and a recorder of its own; nothing is shared while
//! requests are under way, and what was recorded is added up when a slice ends. What counts as
//! slow, or as a regression, is not known here.

mod abroad;
mod act;
mod alarm;
mod around;
mod assess;
mod busy;
mod calls;
mod capture;
mod cast;
mod check;
mod clean;
mod coding;
mod cookies;
mod correctness;
mod deadline;
mod delivery;
mod desk;
mod dial;
mod engine;
mod errand;
mod error;
mod event;
#[cfg(test)]
mod fake;
mod follow;
mod found;
mod handshake;
mod http1;
mod http2;
mod json;
mod ledger;
mod length;
mod letter;
mod lifetime;
mod limiter;
mod line;
mod log_in;
mod message;
mod multipart;
mod null_handler;
mod open_files;
mod origin;
mod own_cookies;
mod paced;
mod page;
mod parsed;
mod parts;
mod passage;
mod path;
mod person;
mod presence;
mod probe;
mod ready;
mod recorder;
mod redirect;
mod remarks;
mod render;
mod request;
mod retry_after;
mod schedule;
mod script;
mod sequence;
mod shape;
mod shift;
mod shortage;
mod shutdown;
mod sleepers;
mod slice;
mod slices;
mod slope;
mod socket;
mod spin;
mod spoken;
mod staging;
mod steward;
mod stream;
mod supply;
mod tally;
mod tcp;
mod team;
mod tls;
mod transport;
mod turn;
mod turns;
mod turnstile;
mod values;
mod visitor;
mod websocket;
mod worker;

pub use engine::{Engine, Machine, RoundOrder};
pub use error::EngineError;
pub use event::{Event, LimiterStep, Observer};
#[cfg(any(test, fuzzing))]
pub use http1::fuzz_response;
pub use length::{REDONE, most_time};
pub use limiter::LimiterWatch;
pub use open_files::raise_open_files;
pub use remarks::remarks;
pub use schedule::Schedule;
pub use shutdown::{Shutdown, Signal, listen};
pub use slope::Slope;
