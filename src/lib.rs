//! perfbase tells after every change whether an HTTP endpoint got slower, and can be believed.
//!
//! The library is the program: `main.rs` only hands over the arguments. Data goes one way, from a
//! [`model::Plan`] through measured rounds to a comparison and its verdict; nothing that measures
//! prints, nothing that prints computes. Which room may use which is held by
//! `tests/architecture.rs`.

pub mod cli;
pub mod commands;
pub mod config;
pub mod demo;
pub mod host;
pub mod init;
pub mod judge;
pub mod load;
pub mod model;
pub mod report;
pub mod stats;
pub mod store;
pub mod ui;
