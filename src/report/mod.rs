//! What was found becomes text: tables for people, JSON for programs, Markdown for job summaries,
//! annotations for GitHub.
//!
//! Every verb hands its figures over as a [`Document`]; what it says is put together once, as a
//! page, and drawn on the terminal or in Markdown. JSON has types of its own, whose schemas are
//! published under `schemas/`. Nothing here prints, reads a clock or computes a statistic.

mod annotation;
mod document;
mod figure;
mod json;
mod markdown;
mod page;
mod pages;
mod terminal;
mod text;
mod words;

pub use annotation::{annotations, unmet};
pub use document::{
    AaReport, AbReport, Against, BaselineReport, ChangeReport, CheckReport, Colour, CompareReport,
    Document, Format, HistoryLine, RecordReport, RunReport, Style, UnknownFormat, Verbosity,
};
pub use json::schemas;
