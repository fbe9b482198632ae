//! curl commands, as people keep them in documents and browsers copy them.

mod call;
mod option;
mod read;
mod shell;

pub use read::from_curl;
