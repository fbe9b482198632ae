//! One file a verb: resolve, call, render, exit status; no arithmetic.

mod aa;
mod ab;
mod baseline;
mod check;
mod compare;
mod context;
mod demo;
mod dispatch;
mod error;
mod github;
mod history;
mod init;
mod limiters;
mod machine;
mod measurement;
mod record;
mod run;
mod session;
mod show;
mod stopping;

pub use dispatch::run;
