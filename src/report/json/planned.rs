//! What would be measured, in `perfbase check --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::limiter::LimiterDoc;
use super::request::RequestDoc;
use crate::model::{Action, Endpoint, Metric, Plan, Rate, Request, Share};
use crate::report::figure::millis;

/// What would be measured under one name.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlannedDoc {
    endpoint: String,
    /// What users do: `request`, whose parts stand beside this, `page` or `socket`; or `messages`, which
    /// are a part of a socket; or `timer`, which answers tell.
    action: &'static str,
    #[serde(flatten)]
    request: Option<RequestDoc>,
    /// The requests of a page, in the order in which they are begun; empty for anything else.
    requests: Vec<RequestDoc>,
    /// Null for anything but a timer.
    timer: Option<TimerDoc>,
    /// Null for anything but a socket.
    socket: Option<SocketDoc>,
    /// Method and path of what deletes that which it made; null if nothing does.
    cleanup: Option<String>,
    target_ms: Option<f64>,
    acceptable_ms: Option<f64>,
    /// The p99 that is accepted.
    acceptable_p99_ms: Option<f64>,
    /// The successes a second that are demanded.
    throughput: Option<f64>,
    /// Null where the gate's own value holds.
    factor: Option<f64>,
    /// Null where the gate's own value holds.
    min_delta_ms: Option<f64>,
    /// Null where the gate's own value holds.
    errors_share: Option<f64>,
    /// Null where the gate's own value holds.
    metric: Option<&'static str>,
    /// The rate limiter that guards it; null without.
    limiter: Option<LimiterDoc>,
}

impl PlannedDoc {
    pub(super) fn of(endpoint: &Endpoint, plan: &Plan) -> Self {
        let doc = |request| RequestDoc::of(request, &plan.behaviour);
        let (action, request, requests) = match &endpoint.action {
            Action::Request(request) => ("request", Some(doc(request)), Vec::new()),
            Action::Page(page) => {
                ("page", None, page.requests.iter().map(|(_, request)| doc(request)).collect())
            }
            Action::Socket(_) => ("socket", None, Vec::new()),
            Action::Messages(_) => ("messages", None, Vec::new()),
            Action::Timer(_) => ("timer", None, Vec::new()),
        };
        Self {
            endpoint: endpoint.name.to_string(),
            action,
            request,
            requests,
            timer: TimerDoc::of(endpoint),
            socket: SocketDoc::of(endpoint),
            cleanup: endpoint.cleanup.as_ref().map(Request::line),
            target_ms: endpoint.budgets.target.map(millis),
            acceptable_ms: endpoint.budgets.acceptable.map(millis),
            acceptable_p99_ms: endpoint.budgets.acceptable_p99.map(millis),
            throughput: endpoint.budgets.throughput.map(Rate::get),
            factor: endpoint.gate.factor,
            min_delta_ms: endpoint.gate.min_delta.map(millis),
            errors_share: endpoint.gate.errors.map(Share::get),
            metric: endpoint.gate.metric.map(Metric::as_str),
            limiter: endpoint.limiter.as_ref().map(LimiterDoc::of),
        }
    }
}

/// A WebSocket: its opening is measured under this name, its messages under one of their own.
#[derive(Debug, Serialize, JsonSchema)]
struct SocketDoc {
    /// What tasks call it.
    socket: String,
    /// Path and query as written.
    path: String,
    /// Names of the headers that open it, in lower case.
    headers: Vec<String>,
    /// Each message as written.
    send: String,
    /// What makes a message the answer; null where it is the next one, whatever it is.
    awaits: Option<String>,
    /// What makes a message say that the answer will not come; null where none does.
    fails: Option<String>,
    /// Messages that are sent before it is closed.
    messages: u32,
}

impl SocketDoc {
    fn of(endpoint: &Endpoint) -> Option<Self> {
        let Action::Socket(socket) = &endpoint.action else { return None };
        Some(Self {
            socket: socket.name.to_string(),
            path: socket.open.path.written().to_owned(),
            headers: socket.open.headers.iter().map(|(name, _)| name.clone()).collect(),
            send: socket.send.written().to_owned(),
            awaits: socket.awaited.as_ref().map(|check| check.written.clone()),
            fails: socket.failed.as_ref().map(|check| check.written.clone()),
            messages: socket.messages.get(),
        })
    }
}

/// A time that answers tell.
#[derive(Debug, Serialize, JsonSchema)]
struct TimerDoc {
    /// The endpoint whose answers tell it.
    from: String,
    /// Where it stands in them.
    at: String,
    /// How long one of its unit is.
    unit_ms: f64,
}

impl TimerDoc {
    fn of(endpoint: &Endpoint) -> Option<Self> {
        let Action::Timer(timer) = &endpoint.action else { return None };
        Some(Self {
            from: timer.from.to_string(),
            at: timer.at.to_string(),
            unit_ms: millis(timer.unit),
        })
    }
}
