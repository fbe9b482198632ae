//! The nouns: plain data that every room speaks of.
//!
//! Nothing here reads a clock, a file or a socket, and nothing here decides. The words are those
//! of `docs/glossary.md`.

mod action;
mod baseline;
mod behaviour;
mod check;
mod comparison;
mod connection;
mod counter;
mod data;
mod decision;
mod endpoint_kind;
mod exit;
mod histogram;
mod invariant;
mod kind;
mod limiter;
mod load;
mod machine;
mod multipart;
mod name;
mod noise;
mod off_limits;
mod outcomes;
mod paired;
mod percentiles;
mod phase;
mod plan;
mod policy;
mod pooled;
mod protocol;
mod request;
mod requirement;
mod resolved;
mod run;
mod sample;
mod session;
mod stage;
mod staged;
mod steward;
mod summary;
mod template;
mod timing;
mod units;
mod visible;
mod wire;
mod workload;

pub use action::{Action, Page, Socket};
pub use baseline::{
    Acceptance, Baseline, BaselineEndpoint, BaselineFile, BaselineKey, EndpointSession, Quantile,
    Refusal, Waiver,
};
pub use behaviour::{Behaviour, Login, Pause, Task, UserClass};
pub use check::{Check, FailedCheck, Operand, Relation, Subject, Test};
pub use comparison::{Banner, Comparison, Coverage, Limit, Reason, Row, Side, Verdict, Warning};
pub use connection::{
    Authorities, CODINGS, ConnectionPolicy, Identity, KeepAlive, Lookup, PrivateKey, Resumption,
    SocketFile, Tls,
};
pub use counter::{
    BaselineCounter, Count, Counter, CounterRow, CounterSession, CounterSummary, CounterWarning,
    Timer,
};
pub use data::{Data, Per, Pick, Rows, Supply, TimeFormat, Value};
pub use decision::{Decision, Lacking};
pub use endpoint_kind::{EndpointKind, UnknownEndpointKind};
pub use exit::ExitStatus;
pub use histogram::Histogram;
pub use invariant::{
    Asked, Comparator, Counted, Found, Invariant, Number, Operation, Place, Scalar, Statement, Term,
};
pub use kind::Kind;
pub use limiter::{
    Answer, Limiter, LimiterSeen, Offer, Recovered, Rejections, RetryAfter, Returned, Span,
    Windowing,
};
pub use load::{Arrivals, Load};
pub use machine::{Anchors, GeneratorHealth, MachineClass};
pub use multipart::{Content, FormPart, Multipart};
pub use name::{EndpointName, EnvironmentName, NameError, ScenarioName};
pub use noise::{EndpointNoise, FalseAlarms, GateProposal, Gating, Noise};
pub use off_limits::{HostPort, OffLimits};
pub use outcomes::Outcomes;
pub use paired::{PairedComparison, PairedGate, PairedRow};
pub use percentiles::Percentiles;
pub use phase::{Phase, PhaseTimes, UnknownPhase};
pub use plan::{Endpoint, Plan, Readiness, WarmUp};
pub use policy::{Budgets, EndpointGate, FailOn, Gate, Metric, Policy, Strictness, UnknownMetric};
pub use pooled::Pooled;
pub use protocol::Protocol;
pub use request::{Body, Expect, Method, Request, Save, Source, StatusRange};
pub use requirement::{Met, Requirement, RequirementKind, UnknownRequirement};
pub use resolved::Resolved;
pub use run::{Block, Delay, Round, Run, RunEndpoint, RunId, RunState, Unsound, Validity};
pub use sample::{Failure, Outcome, Sample, UnknownFailure};
pub use session::{CiJob, GitFacts, Session};
pub use stage::{
    Degradation, Degraded, Quantity, Recovery, Stage, StageSummary, Stages, StagesSummary,
};
pub use staged::{Staged, Window};
pub use steward::{Cleanup, Left, Steward};
pub use summary::{Carried, EndpointSummary, PhaseSummary, RoundPercentiles, RunSummary};
pub use template::{Escape, Part, Slot, Template};
pub use timing::{Opening, Receipt, Timing};
pub use units::{Rate, Share, UnitError, parse_duration, show_duration};
pub use visible::{is_unseen, visible};
pub use wire::{is_reserved_header, without_secrets};
pub use workload::{Difference, Workload};
