//! Between the file's shape and the model, refusing what makes no sense.

use std::collections::BTreeMap;
use std::time::Duration;

use super::agreement;
use super::counters;
use super::error::Flaw;
use super::sessions;
use super::shape::{
    AcceptedShape, AnchorsShape, BaselineShape, EndpointSessionShape, EndpointShape, FileShape,
    LatencyShape, RequestsShape, VERSION, WaiverShape, WorkloadShape,
};
use crate::model::{
    Acceptance, Anchors, Baseline, BaselineEndpoint, BaselineFile, BaselineKey, EndpointName,
    EndpointSession, Quantile, Waiver, Workload,
};

/// No request that is waited for takes longer than a day, nor does an answer tell of a longer time; a thousandth
/// is how much more it may be in a histogram.
const LONGEST: Duration = Duration::from_millis(24 * 3600 * 1001);
/// What one step of the file's last decimal stands for.
pub(super) const STEP_NANOS: u128 = 100;

/// The file's shape, with times rounded to what is written.
pub(super) fn to_shape(file: &BaselineFile) -> FileShape {
    FileShape {
        perfbase_baseline: VERSION,
        baselines: file.baselines.iter().map(|(key, baseline)| shape(key, baseline)).collect(),
    }
}

/// The model of what is written.
pub(super) fn from_shape(shape: FileShape) -> Result<BaselineFile, Flaw> {
    let mut baselines = BTreeMap::new();
    for shape in shape.baselines {
        let place = Place {
            baseline: format!("{} in {}", shape.scenario, shape.environment),
            endpoint: None,
        };
        let (key, baseline) = model(shape, &place)?;
        if baselines.contains_key(&key) {
            let problem = format!("is there twice for the machine class {}", key.machine);
            return Err(place.flaw("baselines", problem));
        }
        baselines.insert(key, baseline);
    }
    Ok(BaselineFile { baselines })
}

/// Where a flaw is.
pub(super) struct Place {
    baseline: String,
    endpoint: Option<String>,
}

impl Place {
    pub(super) fn endpoint(&self, name: &EndpointName) -> Self {
        Self { baseline: self.baseline.clone(), endpoint: Some(name.to_string()) }
    }

    pub(super) fn flaw(&self, field: impl Into<String>, problem: impl Into<String>) -> Flaw {
        Flaw {
            baseline: self.baseline.clone(),
            endpoint: self.endpoint.clone(),
            field: field.into(),
            problem: problem.into(),
        }
    }

    /// A time that may be 0.
    fn time(&self, field: &str, ms: f64) -> Result<Duration, Flaw> {
        if ms.is_nan() {
            return Err(self.flaw(field, "is not a number"));
        }
        if ms.is_sign_negative() && ms != 0.0 {
            return Err(self.flaw(field, format!("is negative: {ms}")));
        }
        if ms > LONGEST.as_secs_f64() * 1e3 {
            return Err(self.flaw(field, format!("is over 24 hours: {ms} ms")));
        }
        let steps = (ms * 1e6 / STEP_NANOS as f64).round() as u64;
        Ok(Duration::from_nanos(steps * STEP_NANOS as u64))
    }

    /// A time that is there and above 0.
    fn latency(&self, field: &str, ms: impl Into<Option<f64>>) -> Result<Duration, Flaw> {
        let Some(ms) = ms.into() else {
            return Err(self.flaw(field, "is absent"));
        };
        let time = self.time(field, ms)?;
        if time.is_zero() { Err(self.flaw(field, "is 0")) } else { Ok(time) }
    }

    fn latencies(&self, field: &str, ms: &[f64]) -> Result<Vec<Duration>, Flaw> {
        ms.iter().map(|ms| self.latency(field, *ms)).collect()
    }
}

/// In milliseconds, as it is written.
pub(super) fn millis(time: Duration) -> f64 {
    let steps = (time.as_nanos() + STEP_NANOS / 2) / STEP_NANOS;
    steps as f64 / (1e6 / STEP_NANOS as f64)
}

fn many(times: &[Duration]) -> Vec<f64> {
    times.iter().copied().map(millis).collect()
}

fn shape(key: &BaselineKey, baseline: &Baseline) -> BaselineShape {
    let Anchors { cpu_kernel, null_p50, null_p95 } = baseline.anchors;
    BaselineShape {
        accepted: accepted_shape(&baseline.acceptance),
        anchors_ms: AnchorsShape {
            cpu_kernel: millis(cpu_kernel),
            null_p50: millis(null_p50),
            null_p95: millis(null_p95),
        },
        endpoints: baseline
            .endpoints
            .iter()
            .map(|(name, endpoint)| (name.clone(), endpoint_shape(endpoint)))
            .collect(),
        counters: counters::shapes(&baseline.counters),
        environment: key.environment.clone(),
        machine: key.machine.clone(),
        scenario: key.scenario.clone(),
        sessions: baseline.sessions.clone(),
        waivers: baseline
            .waivers
            .iter()
            .map(|(name, waiver)| (name.clone(), waiver_shape(waiver)))
            .collect(),
        workload: WorkloadShape {
            endpoints: baseline.workload.endpoints.clone(),
            parts: baseline.workload.parts.clone(),
        },
    }
}

fn accepted_shape(acceptance: &Acceptance) -> AcceptedShape {
    AcceptedShape {
        at: acceptance.at,
        by: acceptance.by.clone(),
        overruled: acceptance.overruled.clone(),
        reason: acceptance.reason.clone(),
    }
}

fn endpoint_shape(endpoint: &BaselineEndpoint) -> EndpointShape {
    EndpointShape {
        blessed: endpoint.blessed.as_ref().map(accepted_shape),
        ladder_ms: endpoint
            .ladder
            .iter()
            .map(|step| (step.p.to_string(), millis(step.value)))
            .collect(),
        latency_ms: LatencyShape {
            max: Some(millis(endpoint.max)),
            p50: Some(millis(endpoint.p50)),
            p95: Some(millis(endpoint.p95)),
            p99: endpoint.p99.map(millis),
        },
        requests: RequestsShape {
            allowed: endpoint.allowed,
            failures: endpoint.failures,
            repeated: endpoint.repeated,
            successes: endpoint.successes,
        },
        sessions: endpoint.sessions.iter().map(session_shape).collect(),
    }
}

fn session_shape(session: &EndpointSession) -> EndpointSessionShape {
    EndpointSessionShape {
        allowed: session.allowed,
        failures: session.failures,
        least_successes: session.least_successes,
        max_ms: Some(millis(session.max)),
        p50s_ms: many(&session.p50s),
        p95s_ms: many(&session.p95s),
        p99s_ms: many(&session.p99s),
        repeated: session.repeated,
        run: session.run,
        successes: session.successes,
    }
}

fn waiver_shape(waiver: &Waiver) -> WaiverShape {
    WaiverShape {
        ceiling_ms: millis(waiver.ceiling),
        reason: waiver.reason.clone(),
        until: waiver.until,
    }
}

fn model(shape: BaselineShape, place: &Place) -> Result<(BaselineKey, Baseline), Flaw> {
    if shape.sessions.is_empty() {
        return Err(place.flaw("sessions", "is empty"));
    }
    // Each endpoint may have been blessed from a session of its own.
    let most = Baseline::MOST_SESSIONS + shape.endpoints.len();
    if shape.sessions.len() > most {
        let problem = format!("holds {}, over {most}", shape.sessions.len());
        return Err(place.flaw("sessions", problem));
    }
    let anchors = Anchors {
        cpu_kernel: place.latency("anchors_ms.cpu_kernel", shape.anchors_ms.cpu_kernel)?,
        null_p50: place.time("anchors_ms.null_p50", shape.anchors_ms.null_p50)?,
        null_p95: place.time("anchors_ms.null_p95", shape.anchors_ms.null_p95)?,
    };
    if anchors.null_p95 < anchors.null_p50 {
        return Err(place.flaw("anchors_ms.null_p95", "is below null_p50"));
    }
    let endpoints = shape
        .endpoints
        .into_iter()
        .map(|(name, shape)| {
            let endpoint = endpoint_model(shape, &place.endpoint(&name))?;
            Ok((name, endpoint))
        })
        .collect::<Result<_, Flaw>>()?;
    let counters = counters::models(shape.counters, place)?;
    let waivers = shape
        .waivers
        .into_iter()
        .map(|(name, shape)| {
            let ceiling = place.endpoint(&name).latency("ceiling_ms", shape.ceiling_ms)?;
            Ok((name, Waiver { ceiling, until: shape.until, reason: shape.reason }))
        })
        .collect::<Result<_, Flaw>>()?;
    let key = BaselineKey {
        scenario: shape.scenario,
        environment: shape.environment,
        machine: shape.machine,
    };
    let workload = Workload { parts: shape.workload.parts, endpoints: shape.workload.endpoints };
    let acceptance = accepted_model(shape.accepted);
    let sessions = shape.sessions;
    let baseline =
        Baseline { workload, anchors, sessions, acceptance, endpoints, counters, waivers };
    sessions::check(&baseline, place)?;
    Ok((key, baseline))
}

fn accepted_model(shape: AcceptedShape) -> Acceptance {
    Acceptance { at: shape.at, by: shape.by, reason: shape.reason, overruled: shape.overruled }
}

fn endpoint_model(shape: EndpointShape, place: &Place) -> Result<BaselineEndpoint, Flaw> {
    let LatencyShape { max, p50, p95, p99 } = shape.latency_ms;
    let p50 = place.latency("latency_ms.p50", p50)?;
    let p95 = place.latency("latency_ms.p95", p95)?;
    let p99 = p99.map(|p99| place.latency("latency_ms.p99", p99)).transpose()?;
    let max = place.latency("latency_ms.max", max)?;
    if p95 < p50 {
        return Err(place.flaw("latency_ms.p95", "is below p50"));
    }
    if max < p95 {
        return Err(place.flaw("latency_ms.max", "is below p95"));
    }
    if p99.is_some_and(|p99| max < p99) {
        return Err(place.flaw("latency_ms.max", "is below p99"));
    }
    if shape.requests.successes == 0 {
        return Err(place.flaw("requests.successes", "is 0"));
    }
    if shape.requests.allowed > shape.requests.successes {
        return Err(place.flaw("requests.allowed", "is above `successes`"));
    }
    if shape.requests.repeated > shape.requests.successes {
        return Err(place.flaw("requests.repeated", "is above `successes`"));
    }
    if shape.sessions.is_empty() {
        return Err(place.flaw("sessions", "is empty"));
    }
    let endpoint = BaselineEndpoint {
        p50,
        p95,
        p99,
        max,
        successes: shape.requests.successes,
        failures: shape.requests.failures,
        repeated: shape.requests.repeated,
        allowed: shape.requests.allowed,
        ladder: ladder(&shape.ladder_ms, place)?,
        sessions: shape
            .sessions
            .iter()
            .map(|session| session_model(session, place))
            .collect::<Result<_, Flaw>>()?,
        blessed: shape.blessed.map(accepted_model),
    };
    agreement::check(&endpoint, place)?;
    Ok(endpoint)
}

fn ladder(shape: &BTreeMap<String, f64>, place: &Place) -> Result<Vec<Quantile>, Flaw> {
    let mut ladder = Vec::with_capacity(shape.len());
    for (key, ms) in shape {
        let p = key.parse().ok().filter(|p: &f64| (0.0..=1.0).contains(p) && p.to_string() == *key);
        let Some(p) = p else {
            let problem = format!("has the key `{key}`, which is no fraction from 0 to 1");
            return Err(place.flaw("ladder_ms", problem));
        };
        ladder.push(Quantile { p, value: place.latency("ladder_ms", *ms)? });
    }
    ladder.sort_by(|a, b| a.p.total_cmp(&b.p));
    if let Some([_, higher]) = ladder.array_windows().find(|[a, b]| b.value < a.value) {
        return Err(place.flaw("ladder_ms", format!("falls at {}", higher.p)));
    }
    Ok(ladder)
}

fn session_model(shape: &EndpointSessionShape, place: &Place) -> Result<EndpointSession, Flaw> {
    let p50s = place.latencies("sessions.p50s_ms", &shape.p50s_ms)?;
    let p95s = place.latencies("sessions.p95s_ms", &shape.p95s_ms)?;
    let p99s = place.latencies("sessions.p99s_ms", &shape.p99s_ms)?;
    if p95s.is_empty() {
        return Err(place.flaw("sessions.p95s_ms", "is empty"));
    }
    let unequal = |field: &str, count: usize| {
        place.flaw(field, format!("has {count} rounds where `p95s_ms` has {}", p95s.len()))
    };
    if p50s.len() != p95s.len() {
        return Err(unequal("sessions.p50s_ms", p50s.len()));
    }
    if !p99s.is_empty() && p99s.len() != p95s.len() {
        return Err(unequal("sessions.p99s_ms", p99s.len()));
    }
    Ok(EndpointSession {
        run: shape.run,
        max: place.latency("sessions.max_ms", shape.max_ms)?,
        successes: shape.successes,
        failures: shape.failures,
        repeated: shape.repeated,
        allowed: shape.allowed,
        least_successes: shape.least_successes,
        p50s,
        p95s,
        p99s,
    })
}
