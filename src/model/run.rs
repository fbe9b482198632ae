//! One measurement of a plan, round by round.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Anchors, Budgets, Cleanup, Count, EndpointKind, EndpointName, EnvironmentName, GeneratorHealth,
    Kind, Lookup, MachineClass, Metric, Pooled, Rate, Requirement, Sample, ScenarioName, Session,
    Share, Staged, Workload,
};

/// Identity of a run: a UUID version 7, so that later runs sort later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Uuid);

impl RunId {
    /// The run with that UUID.
    #[must_use]
    pub fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for RunId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// One measurement of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Where it comes from; holds its identity.
    pub session: Session,
    /// What was measured.
    pub scenario: ScenarioName,
    /// Where the service ran.
    pub environment: EnvironmentName,
    /// The address as written, without secrets.
    pub url: String,
    /// Where its name led; absent if it has none, or none that can be told.
    pub lookup: Option<Lookup>,
    /// What makes it comparable.
    pub workload: Workload,
    /// Its endpoints, in the order of the plan; holds every planned one.
    pub endpoints: Vec<RunEndpoint>,
    /// The seed it was run with.
    pub seed: u64,
    /// The machine that measured.
    pub machine: MachineClass,
    /// How it ended.
    pub state: RunState,
    /// Its metrics that add up, each with what it must come to a second, in the order of the plan.
    pub counters: Vec<(EndpointName, Option<Rate>)>,
    /// Every round, in order, valid or not.
    pub rounds: Vec<Round>,
    /// The latencies of those rounds that count and are settled.
    pub pooled: Pooled,
    /// What must hold besides the percentiles, as far as perfbase's own requests found it out.
    /// What follows from the samples is the judge's to say.
    pub requirements: Vec<Requirement>,
    /// What became of what it made.
    pub cleanups: Vec<Cleanup>,
}

/// An endpoint of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEndpoint {
    /// Its name.
    pub name: EndpointName,
    /// What is measured under it.
    pub kind: EndpointKind,
    /// Its absolute limits.
    pub budgets: Budgets,
}

impl RunEndpoint {
    /// Requests under that name, without limits.
    #[must_use]
    pub fn new(name: EndpointName) -> Self {
        Self { name, kind: EndpointKind::Request, budgets: Budgets::default() }
    }

    /// Whether it is part of what is said of all requests together.
    #[must_use]
    pub fn counts_as_request(&self) -> bool {
        self.kind.counts_as_request()
    }
}

impl Run {
    /// The run's identity.
    #[must_use]
    pub fn id(&self) -> RunId {
        self.session.run
    }

    /// The endpoint of that name.
    #[must_use]
    pub fn endpoint(&self, name: &EndpointName) -> Option<&RunEndpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.name == *name)
    }

    /// What is measured under that name; requests, if nobody knows.
    #[must_use]
    pub fn kind_of(&self, name: &EndpointName) -> EndpointKind {
        self.endpoint(name).map(|endpoint| endpoint.kind).unwrap_or_default()
    }

    /// Adds a round that was measured, and settles it: it keeps the percentiles of its latencies, and those
    /// of a round that counts are pooled. So a run takes a histogram for each pass and endpoint, however
    /// many rounds it has.
    pub fn add(&mut self, mut round: Round) {
        if let Some(staged) = &mut round.staged {
            staged.settle(&self.endpoints);
        }
        for (endpoint, sample) in &mut round.samples {
            let latency = sample.settle();
            if round.validity.is_valid() {
                self.pooled.add(round.block, endpoint, latency);
            }
        }
        self.rounds.push(round);
    }

    /// The rounds that count, in order.
    pub fn valid_rounds(&self) -> impl Iterator<Item = &Round> {
        self.rounds.iter().filter(|round| round.validity.is_valid())
    }

    /// Whether too few first-pass rounds were valid for any verdict (fewer than
    /// [`Self::LEAST_ROUNDS`], though at least one was invalid).
    #[must_use]
    pub fn is_saturated(&self) -> bool {
        let first_pass = || self.rounds.iter().filter(|round| round.block == Block::First);
        first_pass().any(|round| !round.validity.is_valid())
            && first_pass().filter(|round| round.validity.is_valid()).count() < Self::LEAST_ROUNDS
    }

    /// The word of its scenario's kind, if that is another than load for a time.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.workload.parts.get(Kind::PART).map(String::as_str)
    }

    /// What was spoken, if that is another protocol than HTTP/1.1: `HTTP/2`.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        let connection = self.workload.parts.get("connection")?;
        connection.split(", ").find(|part| part.starts_with("HTTP/") && *part != "HTTP/1.1")
    }

    /// Whether only failures and invariants are judged of it.
    #[must_use]
    pub fn is_correctness(&self) -> bool {
        self.kind() == Some(Kind::CORRECTNESS)
    }

    /// Fewest valid rounds a verdict can rest on.
    pub const LEAST_ROUNDS: usize = 3;
}

/// How a run ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Still going on, or killed without a chance to say so.
    Running,
    /// Measured to its end.
    Complete,
    /// Stopped by a signal; finished rounds are there.
    Interrupted,
    /// Given up because the measurement broke; finished rounds are there.
    Broken,
}

impl RunState {
    /// The state's name, as stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Interrupted => "interrupted",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One replication of the measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    /// Position in the run, from 0; a redone round has its own.
    pub index: u32,
    /// The pass it belongs to.
    pub block: Block,
    /// When it began.
    pub started: Timestamp,
    /// Time of its measured slices together.
    pub measured: Duration,
    /// Whether it counts.
    pub validity: Validity,
    /// The machine's speed and the harness's floor during it.
    pub anchors: Anchors,
    /// What the generator says of itself.
    pub generator: GeneratorHealth,
    /// What each endpoint gave; with stages, in those on which endpoints are judged.
    pub samples: BTreeMap<EndpointName, Sample>,
    /// What each counter gave.
    pub counts: BTreeMap<EndpointName, Count>,
    /// What each stage gave; `None` where the load does not change.
    pub staged: Option<Staged>,
}

impl Round {
    /// What the generator says of itself, as far as it speaks against the round: starts that were
    /// dropped where a stage bears it count as sent. `endpoints` are those of its run.
    #[must_use]
    pub fn health(&self, endpoints: &[RunEndpoint]) -> GeneratorHealth {
        let staged = self.staged.as_ref();
        let tolerated = staged.map_or(0, |staged| staged.tolerated_drops(endpoints));
        GeneratorHealth { sent: self.generator.sent + tolerated, ..self.generator }
    }
}

/// The pass a round belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Block {
    /// The scenario itself.
    First,
    /// Suspects measured again.
    Confirmation,
    /// Suspects measured once more because the first two passes disagreed.
    Decider,
}

impl Block {
    /// Every pass, in order.
    pub const ALL: [Self; 3] = [Self::First, Self::Confirmation, Self::Decider];

    /// The block's number: 0, 1 or 2.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::First => 0,
            Self::Confirmation => 1,
            Self::Decider => 2,
        }
    }

    /// The block of that number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|block| block.number() == number)
    }
}

/// Whether a round counts. Decided on grounds that never look at the measured latency's size.
#[derive(Debug, Clone, PartialEq)]
pub enum Validity {
    /// It counts.
    Valid,
    /// It does not, for every one of these reasons.
    Invalid(Vec<Unsound>),
}

impl Validity {
    /// Whether the round counts.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Valid)
    }
}

/// Why a round does not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsound {
    /// The generator sent too late.
    Lag(Delay),
    /// The generator let answers lie too long.
    PollDelay(Delay),
    /// The hypervisor took too much CPU time.
    Steal(Share),
    /// Other processes took too much CPU time.
    Crowding(Share),
    /// The generator's threads were too busy.
    Busy(Share),
    /// The schedule's rate was not reached: the share that was sent.
    MissedRate(Share),
}

/// A delay of the generator that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// Which percentile of it.
    pub percentile: Metric,
    /// How long it is, nanoseconds.
    pub nanos: u64,
    /// How long it may be, nanoseconds.
    pub limit_nanos: u64,
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [is, may] = [self.nanos, self.limit_nanos].map(|nanos| nanos as f64 / 1e6);
        write!(f, "{} {is:.2} ms is over {may:.2} ms", self.percentile)
    }
}

impl Unsound {
    /// What to change, as one line.
    #[must_use]
    pub fn way_out(&self) -> &'static str {
        match self {
            Self::Lag(_) | Self::PollDelay(_) => {
                "lower the load (--users, --rate), stop what else runs here, or use a larger machine"
            }
            Self::Steal(_) => {
                "this machine gets too little CPU time: use a dedicated one, or raise its quota"
            }
            Self::Crowding(_) => "stop what else runs on this machine, or wait until it is done",
            Self::Busy(_) => "lower the load (--users, --rate), or use a machine with more CPUs",
            Self::MissedRate(_) => {
                "the service answers fewer than are due: lower the rate (--rate, or that of the \
                 class of users), or raise --connections (or users) if it can take more"
            }
        }
    }
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Lag(delay) => write!(f, "generator lag {delay}"),
            Self::PollDelay(delay) => write!(f, "generator poll delay {delay}"),
            Self::Steal(share) => write!(f, "CPU steal {share} is over 5%"),
            Self::Crowding(share) => {
                write!(f, "other processes took {share} of the CPU, over 33%")
            }
            Self::Busy(share) => write!(f, "generator threads {share} busy, over 85%"),
            Self::MissedRate(share) => {
                write!(f, "only {share} of the intended starts were sent, under 95%")
            }
        }
    }
}
