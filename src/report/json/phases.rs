//! How long the phases of an endpoint's requests took.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Phase, PhaseSummary};
use crate::report::figure::millis;

/// The phases of an endpoint's requests; null where a phase did not take place.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PhasesDoc {
    /// Looking up the name of another host, where redirects lead there. The service's own name is
    /// looked up once, before anything is measured.
    dns: Option<PhaseDoc>,
    /// Making a connection, as TCP has it; one for each connection.
    connect: Option<PhaseDoc>,
    /// The TLS handshake of a connection.
    tls: Option<PhaseDoc>,
    /// From the request to the first byte of its answer; one for each success.
    wait: Option<PhaseDoc>,
    /// From there to the last byte of the body; zero where one read brought the whole answer.
    body: Option<PhaseDoc>,
}

impl PhasesDoc {
    pub(super) fn of(phases: &BTreeMap<Phase, PhaseSummary>) -> Self {
        let of = |phase: Phase| phases.get(&phase).map(PhaseDoc::of);
        Self {
            dns: of(Phase::Dns),
            connect: of(Phase::Connect),
            tls: of(Phase::Tls),
            wait: of(Phase::Wait),
            body: of(Phase::Body),
        }
    }
}

/// How long one phase took.
#[derive(Debug, Serialize, JsonSchema)]
struct PhaseDoc {
    /// How often it took place, in the rounds that the requests are of.
    count: u64,
    /// The median over valid rounds of each round's median; null where none has 5.
    p50_ms: Option<f64>,
    /// The same of the 95th percentile; null where none has 59.
    p95_ms: Option<f64>,
    /// The same of the 99th percentile; null where none has 299.
    p99_ms: Option<f64>,
    /// The longest of all.
    max_ms: f64,
}

impl PhaseDoc {
    fn of(times: &PhaseSummary) -> Self {
        Self {
            count: times.count,
            p50_ms: times.p50.map(millis),
            p95_ms: times.p95.map(millis),
            p99_ms: times.p99.map(millis),
            max_ms: millis(times.max),
        }
    }
}
