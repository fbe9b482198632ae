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
mod invariant;
mod kind;
mod machine;
mod name;
mod noise;
mod paired;
mod plan;
mod policy;
mod request;
mod requirement;
mod resolved;
mod run;
mod sample;
mod session;
mod steward;
mod summary;
mod template;
mod units;
mod visible;
mod wire;
mod workload;

pub use baseline::{
    Acceptance, Baseline, BaselineEndpoint, BaselineFile, BaselineKey, EndpointSession, Quantile,
    Refusal, Waiver,
};
pub use behaviour::{Behaviour, Login, Pause, Task, UserClass};
pub use comparison::{
    Banner, Comparison, Coverage, Decision, Limit, Reason, Row, Side, Verdict, Warning,
};
pub use data::{Data, Per, Pick, Rows, Supply, TimeFormat, Value};
pub use exit::ExitStatus;
pub use histogram::Histogram;
pub use invariant::{
    Asked, Counted, Found, Invariant, Operation, Place, Relation, Scalar, Statement, Term,
};
pub use kind::Kind;
pub use machine::{Anchors, GeneratorHealth, MachineClass};
pub use name::{EndpointName, EnvironmentName, NameError, ScenarioName};
pub use noise::{EndpointNoise, FalseAlarms, GateProposal, Gating, Noise};
pub use paired::{PairedComparison, PairedGate, PairedRow};
pub use plan::{ConnectionPolicy, Endpoint, Load, Plan, Readiness, WarmUp};
pub use policy::{Budgets, EndpointGate, FailOn, Gate, Metric, Policy, Strictness, UnknownMetric};
pub use request::{Body, Expect, Method, Request, Save, Source, StatusRange};
pub use requirement::{Met, Requirement, RequirementKind, UnknownRequirement};
pub use resolved::Resolved;
pub use run::{Block, Round, Run, RunId, RunState, Unsound, Validity};
pub use sample::{Failure, Outcome, Outcomes, Sample, UnknownFailure};
pub use session::{CiJob, GitFacts, Session};
pub use steward::{Cleanup, Left, Steward};
pub use summary::{Carried, EndpointSummary, RoundPercentiles, RunSummary};
pub use template::{Escape, Part, Slot, Template};
pub use units::{Rate, Share, UnitError, parse_duration, show_duration};
pub use visible::{is_unseen, visible};
pub use wire::{is_reserved_header, without_secrets};
pub use workload::{Difference, Workload};
