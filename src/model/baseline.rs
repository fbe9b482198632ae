//! The accepted figures, as the committed file holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{
    Anchors, BaselineCounter, EndpointName, EnvironmentName, MachineClass, Met, Metric,
    Requirement, RunId, ScenarioName, Session, Share, Unsound, Workload,
};

/// Everything in `performance_baselines.json`: at most one baseline for each key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BaselineFile {
    /// Sorted by key.
    pub baselines: BTreeMap<BaselineKey, Baseline>,
}

impl BaselineFile {
    /// The baseline for `key`; when only other machine classes have one for the same scenario and
    /// environment, the most recently measured of those.
    #[must_use]
    pub fn nearest(&self, key: &BaselineKey) -> Option<(&BaselineKey, &Baseline)> {
        self.baselines.get_key_value(key).or_else(|| {
            self.baselines
                .iter()
                .filter(|(other, _)| {
                    other.scenario == key.scenario && other.environment == key.environment
                })
                .max_by_key(|(_, baseline)| baseline.sessions.last().map(|session| session.started))
        })
    }
}

impl BaselineFile {
    /// The runs whose figures it holds.
    #[must_use]
    pub fn runs(&self) -> BTreeSet<RunId> {
        let endpoints = self.baselines.values().flat_map(|baseline| baseline.endpoints.values());
        endpoints.flat_map(|endpoint| &endpoint.sessions).map(|session| session.run).collect()
    }
}

/// What a baseline is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BaselineKey {
    /// The scenario.
    pub scenario: ScenarioName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The kind of machine that measured.
    pub machine: MachineClass,
}

/// The accepted figures for one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// What makes a run comparable with it.
    pub workload: Workload,
    /// The machine during the last session.
    pub anchors: Anchors,
    /// The sessions whose rounds it holds, oldest first; at least one, at most
    /// [`Self::MOST_SESSIONS`].
    pub sessions: Vec<Session>,
    /// Who accepted it and why.
    pub acceptance: Acceptance,
    /// By name.
    pub endpoints: BTreeMap<EndpointName, BaselineEndpoint>,
    /// Metrics that add up, by name.
    pub counters: BTreeMap<EndpointName, BaselineCounter>,
    /// Endpoints that may exceed their limit for a while.
    pub waivers: BTreeMap<EndpointName, Waiver>,
}

impl Baseline {
    /// How many sessions `record --append` keeps.
    pub const MOST_SESSIONS: usize = 10;
}

/// One endpoint's accepted figures.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselineEndpoint {
    /// Median over all rounds of the rounds' p50.
    pub p50: Duration,
    /// Median over all rounds of the rounds' p95: the *B* of the limit.
    pub p95: Duration,
    /// Median over all rounds of the rounds' p99; absent if the rounds were too small for it.
    pub p99: Option<Duration>,
    /// The largest latency of all.
    pub max: Duration,
    /// Successful requests over all sessions.
    pub successes: u64,
    /// Failed requests over all sessions.
    pub failures: u64,
    /// Those of the successes whose request had to be sent a second time.
    pub repeated: u64,
    /// Those of the successes that had an allowed status.
    pub allowed: u64,
    /// The last session's pooled latencies at a few quantiles, ascending.
    pub ladder: Vec<Quantile>,
    /// What each session gave, in the order of the sessions.
    pub sessions: Vec<EndpointSession>,
    /// Set when this endpoint alone was moved by `bless`.
    pub blessed: Option<Acceptance>,
}

impl BaselineEndpoint {
    /// Every round's p95, oldest session first.
    pub fn round_p95s(&self) -> impl Iterator<Item = Duration> {
        self.sessions.iter().flat_map(|session| session.p95s.iter().copied())
    }

    /// The median over all rounds of the rounds' `metric`; absent where there is no p99.
    #[must_use]
    pub fn at(&self, metric: Metric) -> Option<Duration> {
        match metric {
            Metric::P50 => Some(self.p50),
            Metric::P95 => Some(self.p95),
            Metric::P99 => self.p99,
        }
    }

    /// Every round's `metric`, oldest session first.
    pub fn rounds_at(&self, metric: Metric) -> impl Iterator<Item = Duration> {
        self.sessions.iter().flat_map(move |session| {
            let rounds = match metric {
                Metric::P50 => &session.p50s,
                Metric::P95 => &session.p95s,
                Metric::P99 => &session.p99s,
            };
            rounds.iter().copied()
        })
    }

    /// Fewest successes of any round; 0 without rounds.
    #[must_use]
    pub fn least_successes(&self) -> u64 {
        self.sessions.iter().map(|session| session.least_successes).min().unwrap_or(0)
    }

    /// Failures, and requests that were sent again, among all requests.
    #[must_use]
    pub fn lost_share(&self) -> Share {
        Share::of(self.failures + self.repeated, self.successes + self.failures)
    }

    /// Those with an allowed status among the successes.
    #[must_use]
    pub fn allowed_share(&self) -> Share {
        Share::of(self.allowed, self.successes)
    }
}

/// What one session gave for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSession {
    /// The session's run.
    pub run: RunId,
    /// Each round's p50.
    pub p50s: Vec<Duration>,
    /// Each round's p95.
    pub p95s: Vec<Duration>,
    /// Each round's p99; empty if the rounds were too small for it.
    pub p99s: Vec<Duration>,
    /// The largest latency.
    pub max: Duration,
    /// Successful requests.
    pub successes: u64,
    /// Failed requests.
    pub failures: u64,
    /// Those of the successes whose request had to be sent a second time.
    pub repeated: u64,
    /// Those of the successes that had an allowed status.
    pub allowed: u64,
    /// Fewest successes of any round.
    pub least_successes: u64,
}

/// One step of a quantile ladder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// 0 to 1.
    pub p: f64,
    /// The latency at `p`.
    pub value: Duration,
}

/// Who accepted a baseline, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// When.
    pub at: Timestamp,
    /// The name git or CI gives; absent where neither gives one.
    pub by: Option<String>,
    /// The reason given with `--reason` or `--accept-anyway`.
    pub reason: Option<String>,
    /// The refusals that `--accept-anyway` overruled, as text; empty in the normal case.
    pub overruled: Vec<String>,
}

/// Leave for one endpoint to exceed its limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// What is judged of it, its p95 unless its gate has another metric, may not exceed this even
    /// so; nor may its p95 exceed it where it has an absolute limit.
    pub ceiling: Duration,
    /// Last day on which the waiver holds.
    pub until: Date,
    /// Why.
    pub reason: String,
}

/// Why a run cannot be a baseline.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// An endpoint got no request.
    NothingSent(EndpointName),
    /// An endpoint failed too often.
    Failures {
        /// The endpoint.
        endpoint: EndpointName,
        /// Its share of failures.
        share: Share,
        /// The most frequent class, and its count.
        mostly: (super::Failure, u64),
    },
    /// An endpoint gave wrong answers too often, in all rounds together.
    Wrong {
        /// The endpoint.
        endpoint: EndpointName,
        /// The share of wrong answers.
        share: Share,
        /// The most frequent class, and its count.
        mostly: (super::Failure, u64),
    },
    /// An endpoint failed, or lost the connection of a request that was sent again, too often.
    Lost {
        /// The endpoint.
        endpoint: EndpointName,
        /// Its share of both.
        share: Share,
        /// What became of them, as a verb.
        how: &'static str,
    },
    /// Not one answer of an endpoint is as expected.
    NothingExpected {
        /// The endpoint.
        endpoint: EndpointName,
        /// Answers with an allowed status.
        answers: u64,
    },
    /// An endpoint has a round with too few successes.
    TooFew {
        /// The endpoint.
        endpoint: EndpointName,
        /// Fewest successes of any valid round.
        least: u64,
        /// What it takes.
        needed: u64,
    },
    /// Too few valid rounds, because the generator or the machine was not up to it.
    Saturated(Vec<Unsound>),
    /// Too few rounds for a median that means something.
    TooFewRounds {
        /// Rounds there are.
        rounds: usize,
        /// What it takes.
        needed: usize,
    },
    /// The run was not measured to its end.
    Unfinished,
    /// Something that must hold besides the percentiles does not, or nobody knows.
    Requirement(Requirement),
}

impl Refusal {
    /// What to do about it, as one line.
    #[must_use]
    pub fn way_out(&self) -> String {
        match self {
            Self::NothingSent(_) => {
                "give the scenario more time (--duration) or users, or drop the endpoint from it"
                    .into()
            }
            Self::Failures { mostly: (super::Failure::Limited, _), .. } => {
                "a limiter answered in place of the service: lower --users or --rate, or raise the \
                 service's limit"
                    .into()
            }
            Self::Failures { .. } | Self::Wrong { .. } => {
                "fix the service or the request; list statuses that are fine in `expect` or `allow`"
                    .into()
            }
            Self::Lost { .. } => "find out why the service ends connections; where it is known for how \
                                  long it keeps them, use them for less (`connection_lifetime`)"
                .into(),
            Self::NothingExpected { .. } => {
                "fix the service or the request; a status that is what is wanted belongs into `expect`"
                    .into()
            }
            Self::TooFew { .. } => "give it more time (--duration) or more users".into(),
            Self::Saturated(grounds) if grounds.is_empty() => {
                "lower the load, free the machine, or measure from a larger one".into()
            }
            Self::Saturated(grounds) => {
                let ways: Vec<&str> = grounds.iter().map(Unsound::way_out).collect();
                ways.join("; ")
            }
            Self::TooFewRounds { needed, .. } => format!("use --rounds {needed} or more"),
            Self::Unfinished => "let it run to its end".into(),
            Self::Requirement(Requirement { met: Met::Unknown, .. }) => {
                "mend what kept it from being found out".into()
            }
            Self::Requirement(_) => "fix the service, or demand what it is to give".into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingSent(endpoint) => write!(f, "{endpoint} got no request at all"),
            Self::Failures { endpoint, share, mostly: (failure, count) } => {
                write!(
                    f,
                    "{share} of the requests to {endpoint} failed ({count} with {failure}), over 1%"
                )
            }
            Self::Lost { endpoint, share, how } => {
                write!(f, "{share} of the requests to {endpoint} {how}, over 1%")
            }
            Self::Wrong { endpoint, share, mostly: (failure, count) } => write!(
                f,
                "{share} of the requests to {endpoint} in all rounds, also those that do not count, \
                 had a wrong answer ({count} with {failure}), over 1%"
            ),
            Self::NothingExpected { endpoint, answers } => write!(
                f,
                "not one answer of {endpoint} is as expected; {answers} have a status that is only \
                 allowed"
            ),
            Self::TooFew { endpoint, least, needed } => {
                write!(f, "{endpoint} has a round with {least} successes; it takes {needed}")
            }
            Self::Saturated(grounds) => {
                write!(f, "the run is saturated")?;
                for (index, ground) in grounds.iter().enumerate() {
                    write!(f, "{}{ground}", if index == 0 { ": " } else { "; " })?;
                }
                Ok(())
            }
            Self::TooFewRounds { rounds, needed } => {
                write!(f, "only {rounds} valid rounds; it takes {needed}")
            }
            Self::Unfinished => write!(f, "the run was interrupted"),
            Self::Requirement(requirement) => write!(f, "{}: {requirement}", requirement.met),
        }
    }
}
