//! What would be measured, in `perfbase check --format json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::request::RequestDoc;
use crate::model::{Action, Endpoint, Metric, Plan, Rate, Share};
use crate::report::figure::millis;

/// What would be measured under one name.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlannedDoc {
    endpoint: String,
    /// What users do: `request`, whose parts stand beside this, or `page`.
    action: &'static str,
    #[serde(flatten)]
    request: Option<RequestDoc>,
    /// The requests of a page, in the order in which they are begun; empty for anything else.
    requests: Vec<RequestDoc>,
    target_ms: Option<f64>,
    acceptable_ms: Option<f64>,
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
}

impl PlannedDoc {
    pub(super) fn of(endpoint: &Endpoint, plan: &Plan) -> Self {
        let doc = |request| RequestDoc::of(request, &plan.behaviour);
        let (action, request, requests) = match &endpoint.action {
            Action::Request(request) => ("request", Some(doc(request)), Vec::new()),
            Action::Page(page) => {
                ("page", None, page.requests.iter().map(|(_, request)| doc(request)).collect())
            }
        };
        Self {
            endpoint: endpoint.name.to_string(),
            action,
            request,
            requests,
            target_ms: endpoint.budgets.target.map(millis),
            acceptable_ms: endpoint.budgets.acceptable.map(millis),
            throughput: endpoint.budgets.throughput.map(Rate::get),
            factor: endpoint.gate.factor,
            min_delta_ms: endpoint.gate.min_delta.map(millis),
            errors_share: endpoint.gate.errors.map(Share::get),
            metric: endpoint.gate.metric.map(Metric::as_str),
        }
    }
}
