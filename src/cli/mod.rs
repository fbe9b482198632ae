//! What was typed, validated but not resolved.

mod args;
mod baseline;
mod experiment;
mod init;
mod measure;
mod parse;
mod value;

pub use args::{
    Cli, ColourChoice, CompareArgs, DemoArgs, Format, Global, HistoryArgs, Output, RecordArgs,
    RunArgs, ShowArgs, Verb,
};
pub use baseline::{
    BaselineChoice, BaselineDiffArgs, BaselineShowArgs, BaselineVerb, BlessArgs, WaiveArgs,
};
pub use experiment::{AaArgs, AbArgs};
pub use init::InitArgs;
pub use measure::{GateArgs, MeasureArgs};
pub use parse::{Stop, parse};
