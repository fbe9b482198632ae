//! The nouns: plain data that every room speaks of.
//!
//! Nothing here reads a clock, a file or a socket, and nothing here decides. The words are those
//! of `docs/glossary.md`.

mod baseline;
mod behaviour;
mod comparison;
mod data;
mod exit;
mod histogram;
mod machine;
mod name;
mod noise;
mod paired;
mod plan;
mod policy;
mod resolved;
mod run;
mod sample;
mod session;
mod summary;
mod template;
mod units;
mod visible;
mod workload;

pub use baseline::{
    Acceptance, Baseline, BaselineEndpoint, BaselineFile, BaselineKey, EndpointSession, Quantile,
    Refusal, Waiver,
};
pub use behaviour::{Behaviour, Login, Pause, Save, Source, Task, UserClass};
pub use comparison::{
    Banner, Comparison, Coverage, Decision, Limit, Reason, Row, Side, Verdict, Warning,
};
pub use data::{Data, Per, Pick, Rows, Supply, TimeFormat, Value};
pub use exit::ExitStatus;
pub use histogram::Histogram;
pub use machine::{Anchors, GeneratorHealth, MachineClass};
pub use name::{EndpointName, EnvironmentName, NameError, ScenarioName};
pub use noise::{EndpointNoise, FalseAlarms, GateProposal, Gating, Noise};
pub use paired::{PairedComparison, PairedGate, PairedRow};
pub use plan::{
    Body, ConnectionPolicy, Endpoint, Expect, Load, Method, Plan, Readiness, StatusRange, WarmUp,
};
pub use policy::{Budgets, EndpointGate, FailOn, Gate, Metric, Policy, Strictness, UnknownMetric};
pub use resolved::Resolved;
pub use run::{Block, Round, Run, RunId, RunState, Unsound, Validity};
pub use sample::{Failure, Outcome, Outcomes, Sample, UnknownFailure};
pub use session::{CiJob, GitFacts, Session};
pub use summary::{Carried, EndpointSummary, RoundPercentiles, RunSummary};
pub use template::{Escape, Part, Slot, Template};
pub use units::{Rate, Share, UnitError, parse_duration, show_duration};
pub use visible::{is_unseen, visible};
pub use workload::{Difference, Workload};
